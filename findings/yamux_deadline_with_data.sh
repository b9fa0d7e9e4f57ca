#!/usr/bin/env bash
# github.com/hashicorp/yamux v0.1.2: the streams of dmsg's sessions.
#
# A deadline counts only while a call *waits*. With a deadline an hour ago a read gives what is buffered and a write goes
# out, both without an error, as long as there are bytes and window; where the window ends in the middle of a write, all
# that fitted has been sent beside the error. A TCP connection fails each of them at once, with nothing read or sent, so
# the usual way to stop a conversation from another goroutine, a deadline in the past, stops it here only once the peer
# is slow. The error is a net.Error with Timeout, and not the os.ErrDeadlineExceeded that net.Conn asks for.
#
# Seen (2026-11, go 1.26.8, linux/amd64), with a deadline an hour ago:
#   yamux read, 3 bytes are buffered: 3 bytes, no error
#   yamux read, nothing is buffered: 0 bytes, i/o deadline reached, Timeout true, ErrDeadlineExceeded false
#   yamux write of 100, window of 262144: 100 bytes, no error
#   yamux write of 300000, window of 262044: 262044 bytes, i/o deadline reached, Timeout true, ErrDeadlineExceeded false
#   the peer has 262144 bytes
#   tcp read, 3 bytes are buffered: 0 bytes, i/o timeout, Timeout true, ErrDeadlineExceeded true
#   tcp write of 100: 0 bytes, i/o timeout, Timeout true, ErrDeadlineExceeded true
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
	"os"
	"time"

	"github.com/hashicorp/yamux"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func show(what string, n int, err error) {
	if err == nil {
		fmt.Printf("%s: %d bytes, no error\n", what, n)
		return
	}
	text := err
	var op *net.OpError
	if errors.As(err, &op) {
		text = op.Err
	}
	var timeout net.Error
	fmt.Printf("%s: %d bytes, %v, Timeout %v, ErrDeadlineExceeded %v\n", what, n, text,
		errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, os.ErrDeadlineExceeded))
}

// tcp gives the ends of a connection over the loopback.
func tcp() (net.Conn, net.Conn) {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	dialled := must(net.Dial("tcp", listener.Addr().String()))
	return dialled, must(listener.Accept())
}

// primed has read one byte of four, so that the other three are there.
func primed(from, to net.Conn) {
	must(from.Write([]byte("1234")))
	must(io.ReadFull(to, make([]byte, 1)))
	if err := to.SetDeadline(time.Now().Add(-time.Hour)); err != nil {
		panic(err)
	}
}

func main() {
	a, b := tcp()
	client := must(yamux.Client(a, nil))
	server := must(yamux.Server(b, nil))
	peer := must(client.OpenStream())
	stream := must(server.AcceptStream())
	primed(peer, stream)
	buffer := make([]byte, 10)
	n, err := stream.Read(buffer)
	show("yamux read, 3 bytes are buffered", n, err)
	n, err = stream.Read(buffer)
	show("yamux read, nothing is buffered", n, err)
	n, err = stream.Write(make([]byte, 100))
	show("yamux write of 100, window of 262144", n, err)
	n, err = stream.Write(make([]byte, 300000))
	show("yamux write of 300000, window of 262044", n, err)
	fmt.Printf("the peer has %d bytes\n", must(io.ReadFull(peer, make([]byte, 262144))))

	c, d := tcp()
	primed(c, d)
	n, err = d.Read(buffer)
	show("tcp read, 3 bytes are buffered", n, err)
	n, err = d.Write(make([]byte, 100))
	show("tcp write of 100", n, err)
}
GO
go mod tidy 2>/dev/null
seen=$(go run .)
echo "$seen"
expected='yamux read, 3 bytes are buffered: 3 bytes, no error
yamux read, nothing is buffered: 0 bytes, i/o deadline reached, Timeout true, ErrDeadlineExceeded false
yamux write of 100, window of 262144: 100 bytes, no error
yamux write of 300000, window of 262044: 262044 bytes, i/o deadline reached, Timeout true, ErrDeadlineExceeded false
the peer has 262144 bytes
tcp read, 3 bytes are buffered: 0 bytes, i/o timeout, Timeout true, ErrDeadlineExceeded true
tcp write of 100: 0 bytes, i/o timeout, Timeout true, ErrDeadlineExceeded true'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
