#!/usr/bin/env bash
# github.com/hashicorp/yamux v0.1.2: the streams of dmsg's sessions.
#
# What ends a stream is not told by reading it. When the connection below is reset, or ends in the middle of a frame, a
# read of a stream gives what there was and then io.EOF, as behind the peer's own Close: `io.ReadAll` returns a part of
# the data and no error. The TCP connection says "connection reset by peer", the session drops it. Only a write, or the
# session's IsClosed, tells the two apart, and neither is asked by who reads to the end. So a protocol over such streams
# needs an end mark or a length of its own; those that end with the stream take half of a file for the whole.
#
# Seen (2026-11, go 1.26.8, linux/amd64):
#   the peer closes the stream: "half", error <nil>, then a write: <nil>, session closed: false
#   the connection is reset: "half", error <nil>, then a write: stream closed, session closed: true
#   the connection ends in a frame: "half of", error <nil>, then a write: stream closed, session closed: true
#   tcp alone, reset: "", error connection reset by peer
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
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/hashicorp/yamux"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// tcp gives the ends of a connection over the loopback.
func tcp() (*net.TCPConn, *net.TCPConn) {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	dialled := must(net.Dial("tcp", listener.Addr().String()))
	return dialled.(*net.TCPConn), must(listener.Accept()).(*net.TCPConn)
}

// reset ends a connection without a FIN.
func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	_ = conn.Close()
}

func quiet() *yamux.Config {
	config := yamux.DefaultConfig()
	config.LogOutput = io.Discard
	return config
}

// reading sends "half" over a stream, lets the end come, and reads.
func reading(what string, end func(stream *yamux.Stream, below *net.TCPConn)) {
	a, b := tcp()
	here := must(yamux.Client(a, quiet()))
	there := must(yamux.Server(b, quiet()))
	stream := must(here.OpenStream())
	peer := must(there.AcceptStream())
	must(peer.Write([]byte("half")))
	// A session reads by itself: once it has answered a ping it has what was sent before.
	must(there.Ping())
	end(peer, b)
	data, err := io.ReadAll(stream)
	time.Sleep(50 * time.Millisecond)
	_, written := stream.Write([]byte("x"))
	fmt.Printf("%s: %q, error %v, then a write: %v, session closed: %v\n", what, data, err, written, here.IsClosed())
}

func main() {
	reading("the peer closes the stream", func(stream *yamux.Stream, _ *net.TCPConn) { _ = stream.Close() })
	reading("the connection is reset", func(_ *yamux.Stream, below *net.TCPConn) { reset(below) })
	reading("the connection ends in a frame", func(stream *yamux.Stream, below *net.TCPConn) {
		// Of a frame of 100 bytes (version 0, type 0, no flags) three are sent.
		header := []byte{0, 0, 0, 0, 0, 0, 0, byte(stream.StreamID()), 0, 0, 0, 100}
		must(below.Write(append(header, " of"...)))
		_ = below.Close()
	})

	a, b := tcp()
	reset(b)
	time.Sleep(50 * time.Millisecond)
	data, err := io.ReadAll(a)
	var number syscall.Errno
	errors.As(err, &number)
	fmt.Printf("tcp alone, reset: %q, error %v\n", data, number)
}
GO
go mod tidy 2>/dev/null
seen=$(go run .)
echo "$seen"
expected='the peer closes the stream: "half", error <nil>, then a write: <nil>, session closed: false
the connection is reset: "half", error <nil>, then a write: stream closed, session closed: true
the connection ends in a frame: "half of", error <nil>, then a write: stream closed, session closed: true
tcp alone, reset: "", error connection reset by peer'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
