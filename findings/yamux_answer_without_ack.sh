#!/usr/bin/env bash
# github.com/hashicorp/yamux v0.1.2: the side that opens a stream (dmsg of 2024 and later).
#
# A stream that is opened waits for the ACK flag of the peer, and when it has none after StreamOpenTimeout (75 s unless
# set) the *session* ends, with all of its streams and without a GoAway. Data is no ACK: a peer that answers, but forgets
# the flag, is read, and works in every test that takes less than 75 s. Nor is credit. It may be on any frame of the
# stream; FIN and RST end the wait as well, and so does our own Close. So a peer must send the flag as soon as it sees the
# stream, not when an application takes it: a busy one loses everybody's streams. The fork that dmsg of 2022 uses
# (github.com/skycoin/yamux) has no such limit (read, not run).
#
# Seen (2026-11, go 1.26.8, linux/amd64), with 1 s for StreamOpenTimeout, 3 s after a second stream was opened:
#   no answer: the session is over, its first stream: EOF, the peer got 0 bytes
#   data: "hello", the session is over, its first stream: EOF, the peer got 0 bytes
#   credit: the session is over, its first stream: EOF, the peer got 0 bytes
#   data with ACK: "hello", the session goes on
#   credit with ACK: the session goes on
#   RST: the session goes on
#   data with FIN: "hello", the session goes on
#   no answer, closed by the opener: the session goes on
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

require github.com/hashicorp/yamux v0.1.2
MOD
cat > main.go <<'GO'
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/hashicorp/yamux"
)

// Types and flags of frames.
const (
	data, credit        = 0, 1
	none, ack, fin, rst = 0, 2, 4, 8
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// frame is one of a stream, as the peer writes it.
func frame(kind byte, flags uint16, stream uint32, body string) []byte {
	header := make([]byte, 12)
	header[1] = kind
	binary.BigEndian.PutUint16(header[2:], flags)
	binary.BigEndian.PutUint32(header[4:], stream)
	binary.BigEndian.PutUint32(header[8:], uint32(len(body)))
	return append(header, body...)
}

// opening opens two streams: the peer takes the first, and answers the second, 3, with a frame.
func opening(what string, answer []byte, closes bool) {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	dialled := must(net.Dial("tcp", listener.Addr().String()))
	peer := must(listener.Accept())
	config := yamux.DefaultConfig()
	config.StreamOpenTimeout = time.Second
	config.LogOutput = io.Discard
	session := must(yamux.Client(dialled, config))
	opened := make([]byte, 12)
	first := must(session.OpenStream())
	must(io.ReadFull(peer, opened))
	must(peer.Write(frame(credit, ack, 1, "")))
	second := must(session.OpenStream())
	must(io.ReadFull(peer, opened))
	must(peer.Write(answer))

	fmt.Printf("%s: ", what)
	if len(answer) > 12 {
		text := make([]byte, 10)
		fmt.Printf("%q, ", text[:must(second.Read(text))])
	}
	if closes {
		_ = second.Close()
	}
	select {
	case <-session.CloseChan():
		_, err := first.Read(make([]byte, 1))
		rest := must(io.ReadAll(peer))
		fmt.Printf("the session is over, its first stream: %v, the peer got %d bytes\n", err, len(rest))
	case <-time.After(3 * time.Second):
		fmt.Println("the session goes on")
	}
}

func main() {
	opening("no answer", nil, false)
	opening("data", frame(data, none, 3, "hello"), false)
	opening("credit", frame(credit, none, 3, ""), false)
	opening("data with ACK", frame(data, ack, 3, "hello"), false)
	opening("credit with ACK", frame(credit, ack, 3, ""), false)
	opening("RST", frame(credit, rst, 3, ""), false)
	opening("data with FIN", frame(data, fin, 3, "hello"), false)
	opening("no answer, closed by the opener", nil, true)
}
GO
go mod tidy 2>/dev/null
seen=$(go run .)
echo "$seen"
expected='no answer: the session is over, its first stream: EOF, the peer got 0 bytes
data: "hello", the session is over, its first stream: EOF, the peer got 0 bytes
credit: the session is over, its first stream: EOF, the peer got 0 bytes
data with ACK: "hello", the session goes on
credit with ACK: the session goes on
RST: the session goes on
data with FIN: "hello", the session goes on
no answer, closed by the opener: the session goes on'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
