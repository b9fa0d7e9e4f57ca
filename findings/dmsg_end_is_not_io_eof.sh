#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0, package noise: what the two ends of a dmsg stream read and write.
#
# The end of a stream, a peer's orderly Close, is not io.EOF: it is another error that wraps it. Its text is "EOF", so a
# log shows nothing odd, but `err == io.EOF` is false, and that is what the standard library asks: io.ReadAll and io.Copy
# give all of the data *and an error* for every stream that ends, a Scanner of lines as well, and an HTTP answer that ends
# with its connection fails behind its last byte. errors.Is knows it. It tells no more, though: the end inside of a frame
# is the same error. So a Go program at the other side must be told in the data, by a length or a mark, where they end, or
# takes every good end for a failure, or every cut for a good end.
#
# Seen (2026-11, go 1.26.8, linux/amd64), of a peer that sends "hello" and a line break, and ends:
#   tcp, io.ReadAll: 6 bytes, error <nil>
#   dmsg, io.ReadAll: 6 bytes, error EOF, == io.EOF false, errors.Is true
#   dmsg, io.Copy: 6 bytes, error EOF, == io.EOF false, errors.Is true
#   dmsg, bufio.Scanner: 1 lines, error EOF, == io.EOF false, errors.Is true
#   dmsg, an HTTP answer without a length: 6 bytes, error EOF, == io.EOF false, errors.Is true
#   dmsg, ended in its next frame, io.ReadAll: 6 bytes, error EOF, == io.EOF false, errors.Is true
#
# Needs go and a module proxy; uses the loopback; takes a minute. Ends with 1 when that is no longer so.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir "$work/finding"
cd "$work/finding"
export GOFLAGS=-mod=mod GOPATH="$work/go" GOTOOLCHAIN=local
cat > go.mod <<'MOD'
module finding

go 1.21

require github.com/skycoin/dmsg v1.1.0
MOD
cat > main.go <<'GO'
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/skycoin/dmsg/pkg/noise"
	"github.com/skycoin/skywire-utilities/pkg/cipher"
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

// sealed gives the two ends of a conversation as a dmsg stream has it, and the peer's connection below.
func sealed() (ours, peer *noise.ReadWriter, below net.Conn) {
	a, b := tcp()
	ourPK, ourSK := cipher.GenerateKeyPair()
	peerPK, peerSK := cipher.GenerateKeyPair()
	end := func(conn net.Conn, config noise.Config) *noise.ReadWriter {
		return noise.NewReadWriter(conn, must(noise.New(noise.HandshakeKK, config)))
	}
	ours = end(a, noise.Config{LocalPK: ourPK, LocalSK: ourSK, RemotePK: peerPK, Initiator: true})
	peer = end(b, noise.Config{LocalPK: peerPK, LocalSK: peerSK, RemotePK: ourPK, Initiator: false})
	done := make(chan error, 1)
	go func() { done <- peer.Handshake(5 * time.Second) }()
	if err := ours.Handshake(5 * time.Second); err != nil {
		panic(err)
	}
	if err := <-done; err != nil {
		panic(err)
	}
	return ours, peer, b
}

func show(what, of string, n int, err error) {
	fmt.Printf("dmsg, %s: %d %s, error %v, == io.EOF %v, errors.Is %v\n",
		what, n, of, err, err == io.EOF, errors.Is(err, io.EOF))
}

// ended is our end of a conversation in which the peer has said all and gone.
func ended(text string) io.Reader {
	ours, peer, below := sealed()
	must(peer.Write([]byte(text)))
	_ = below.Close()
	return ours
}

func main() {
	a, b := tcp()
	must(b.Write([]byte("hello\n")))
	_ = b.Close()
	data, err := io.ReadAll(a)
	fmt.Printf("tcp, io.ReadAll: %d bytes, error %v\n", len(data), err)

	data, err = io.ReadAll(ended("hello\n"))
	show("io.ReadAll", "bytes", len(data), err)
	n, err := io.Copy(io.Discard, ended("hello\n"))
	show("io.Copy", "bytes", int(n), err)
	scanner := bufio.NewScanner(ended("hello\n"))
	lines := 0
	for scanner.Scan() {
		lines++
	}
	show("bufio.Scanner", "lines", lines, scanner.Err())
	answer := ended("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello\n")
	data, err = io.ReadAll(must(http.ReadResponse(bufio.NewReader(answer), nil)).Body)
	show("an HTTP answer without a length", "bytes", len(data), err)

	ours, peer, below := sealed()
	must(peer.Write([]byte("hello\n")))
	must(below.Write([]byte{0, 100, 0, 0})) // a frame of 100 bytes, of which two come
	_ = below.Close()
	data, err = io.ReadAll(ours)
	show("ended in its next frame, io.ReadAll", "bytes", len(data), err)
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
expected='tcp, io.ReadAll: 6 bytes, error <nil>
dmsg, io.ReadAll: 6 bytes, error EOF, == io.EOF false, errors.Is true
dmsg, io.Copy: 6 bytes, error EOF, == io.EOF false, errors.Is true
dmsg, bufio.Scanner: 1 lines, error EOF, == io.EOF false, errors.Is true
dmsg, an HTTP answer without a length: 6 bytes, error EOF, == io.EOF false, errors.Is true
dmsg, ended in its next frame, io.ReadAll: 6 bytes, error EOF, == io.EOF false, errors.Is true'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
