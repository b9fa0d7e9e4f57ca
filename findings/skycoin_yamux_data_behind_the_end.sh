#!/usr/bin/env bash
# github.com/skycoin/yamux v0.0.0-20200803175205-571ceb89da9f: the streams of dmsg v1.1.0, a fork of hashicorp's.
#
# `Close` ends our direction, and the peer may still answer. A read behind it waits for nothing: it is io.EOF at once,
# also while the peer is about to write. The answer is taken all the same: a later read gives it, and then io.EOF again.
# So io.EOF is not the end, and who asks, closes and reads to the end has an empty answer without an error. In the
# library that it was forked from (v0.1.2, seen here; dmsg of 2024 uses it) a read behind Close waits for the peer. There,
# though, a read that waits already is not woken by Close, as net.Conn has it: it also waits for the peer.
#
# Seen (2026-11, go 1.26.8, linux/amd64), the peer answers 300 ms after the question:
#   skycoin, at once: "", EOF
#   skycoin, after the answer: "answer", <nil>
#   skycoin, again: "", EOF
#   hashicorp, at once: "answer", <nil>
#   hashicorp, again: "", EOF
#   hashicorp, a read that waits when we close: nothing for a second
#
# Needs go and a module proxy; uses the loopback. Ends with 1 when that is no longer so.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir "$work/finding"
cd "$work/finding"
export GOFLAGS=-mod=mod GOPATH="$work/go" GOTOOLCHAIN=local
cat > go.mod <<'MOD'
module finding

go 1.21

require (
	github.com/hashicorp/yamux v0.1.2
	github.com/skycoin/yamux v0.0.0-20200803175205-571ceb89da9f
)
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"net"
	"time"

	hashicorp "github.com/hashicorp/yamux"
	skycoin "github.com/skycoin/yamux"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// tcp gives the ends of a connection over the loopback.
func tcp() (net.Conn, net.Conn) {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	dialled := must(net.Dial("tcp", listener.Addr().String()))
	return dialled, must(listener.Accept())
}

// ask says something over a stream; the peer answers 300 ms later, and ends.
func ask(ours, theirs net.Conn) (answered chan struct{}) {
	must(ours.Write([]byte("question")))
	answered = make(chan struct{})
	go func() {
		must(io.ReadFull(theirs, make([]byte, 8)))
		time.Sleep(300 * time.Millisecond)
		must(theirs.Write([]byte("answer")))
		_ = theirs.Close()
		close(answered)
	}()
	return answered
}

func read(what string, stream net.Conn) {
	buffer := make([]byte, 10)
	n, err := stream.Read(buffer)
	fmt.Printf("%s: %q, %v\n", what, buffer[:n], err)
}

func skycoinPair() (net.Conn, net.Conn) {
	a, b := tcp()
	client, server := must(skycoin.Client(a, nil)), must(skycoin.Server(b, nil))
	stream := must(client.OpenStream())
	return stream, must(server.AcceptStream())
}

func hashicorpPair() (net.Conn, net.Conn) {
	a, b := tcp()
	client, server := must(hashicorp.Client(a, nil)), must(hashicorp.Server(b, nil))
	stream := must(client.OpenStream())
	return stream, must(server.AcceptStream())
}

func main() {
	ours, theirs := skycoinPair()
	answered := ask(ours, theirs)
	_ = ours.Close()
	read("skycoin, at once", ours)
	<-answered
	time.Sleep(100 * time.Millisecond)
	read("skycoin, after the answer", ours)
	read("skycoin, again", ours)

	ours, theirs = hashicorpPair()
	ask(ours, theirs)
	_ = ours.Close()
	read("hashicorp, at once", ours)
	read("hashicorp, again", ours)

	ours, _ = hashicorpPair()
	woken := make(chan error, 1)
	go func() {
		_, err := ours.Read(make([]byte, 1))
		woken <- err
	}()
	time.Sleep(100 * time.Millisecond)
	_ = ours.Close()
	select {
	case err := <-woken:
		fmt.Printf("hashicorp, a read that waits when we close: %v\n", err)
	case <-time.After(time.Second):
		fmt.Println("hashicorp, a read that waits when we close: nothing for a second")
	}
}
GO
go mod tidy 2>/dev/null
seen=$(go run .)
echo "$seen"
expected='skycoin, at once: "", EOF
skycoin, after the answer: "answer", <nil>
skycoin, again: "", EOF
hashicorp, at once: "answer", <nil>
hashicorp, again: "", EOF
hashicorp, a read that waits when we close: nothing for a second'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
