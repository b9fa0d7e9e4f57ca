#!/usr/bin/env bash
# github.com/hashicorp/yamux v0.1.2 and github.com/skycoin/yamux v0.0.0-20200803175205-571ceb89da9f: dmsg's sessions.
#
# A reader grants credit when half of the window, 131072 bytes, has been read and not granted, and then for all of that;
# what it has read since waits for more to come, without a time limit. So behind a reader that has read everything the
# window is in general not whole again: it may stay at 131073 bytes for ever. Writers of these libraries send what fits
# and never see it. One that waits until a record or a batch fits as a whole, the window at most, works with a reader that
# happens to stop at a half, and waits for ever with the next; and who takes credit for a sign of life hears nothing
# meanwhile. The odd rest is granted behind the ends of both directions, for a stream that its sender has forgotten: a
# frame of an unknown stream is no fault there.
#
# Seen (2026-11, go 1.26.8, linux/amd64), the same in both:
#   262144 sent, 131071 of them read: credit 0, the peer may send 0
#   1 more read: credit 131072, the peer may send 131072
#   the rest read: credit 131072, the peer may send 262144
#   262144 sent, 200000 of them read: credit 200000, the peer may send 200000
#   the rest read: credit 0, the peer may send 200000
#   200000 sent, both directions ended, nothing read: credit 0, the peer may send 0
#   all read: credit 262144, the peer may send 262144
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
	"encoding/binary"
	"fmt"
	"io"
	"net"

	hashicorp "github.com/hashicorp/yamux"
	skycoin "github.com/skycoin/yamux"
)

// Types and flags of frames.
const (
	data, update, ping  = 0, 1, 2
	none, syn, ack, fin = 0, 1, 2, 4
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// peer is the other end of a session, byte by byte, with one stream.
type peer struct {
	net.Conn
	window uint32
}

func (p *peer) write(kind byte, flags uint16, stream, length uint32) {
	frame := make([]byte, 12)
	frame[1] = kind
	binary.BigEndian.PutUint16(frame[2:], flags)
	binary.BigEndian.PutUint32(frame[4:], stream)
	binary.BigEndian.PutUint32(frame[8:], length)
	if kind == data {
		frame = append(frame, make([]byte, length)...)
	}
	must(p.Write(frame))
}

func (p *peer) send(length uint32) {
	p.write(data, none, 1, length)
	p.window -= length
}

// credit gives what was granted until now: the answer to a ping comes behind it, and behind all that was sent.
func (p *peer) credit() (sum uint32) {
	p.write(ping, syn, 0, 7)
	for {
		header := make([]byte, 12)
		must(io.ReadFull(p, header))
		if header[1] == ping {
			p.window += sum
			return sum
		}
		sum += binary.BigEndian.Uint32(header[8:])
	}
}

// reading lets a stream of one of the libraries read what the peer sends.
func reading(library string, accept func(net.Conn) io.ReadCloser) {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	p := &peer{must(net.Dial("tcp", listener.Addr().String())), 262144}
	p.write(update, syn, 1, 0)
	stream := accept(must(listener.Accept()))
	read := func(length int) { must(io.ReadFull(stream, make([]byte, length))) }
	show := func(what string) {
		credit := p.credit()
		fmt.Printf("%s, %s: credit %d, the peer may send %d\n", library, what, credit, p.window)
	}
	p.send(262144)
	p.credit()
	read(131071)
	show("262144 sent, 131071 of them read")
	read(1)
	show("1 more read")
	read(131072)
	show("the rest read")
	p.send(262144)
	p.credit()
	read(200000)
	show("262144 sent, 200000 of them read")
	read(62144)
	show("the rest read")
	p.send(200000)
	p.write(update, fin, 1, 0)
	p.credit()
	_ = stream.Close()
	show("200000 sent, both directions ended, nothing read")
	read(200000)
	show("all read")
}

func main() {
	reading("hashicorp", func(conn net.Conn) io.ReadCloser {
		return must(must(hashicorp.Server(conn, nil)).AcceptStream())
	})
	reading("skycoin", func(conn net.Conn) io.ReadCloser {
		return must(must(skycoin.Server(conn, nil)).AcceptStream())
	})
}
GO
go mod tidy 2>/dev/null
seen=$(go run .)
echo "$seen"
lines='262144 sent, 131071 of them read: credit 0, the peer may send 0
1 more read: credit 131072, the peer may send 131072
the rest read: credit 131072, the peer may send 262144
262144 sent, 200000 of them read: credit 200000, the peer may send 200000
the rest read: credit 0, the peer may send 200000
200000 sent, both directions ended, nothing read: credit 0, the peer may send 0
all read: credit 262144, the peer may send 262144'
expected=$(for library in hashicorp skycoin; do sed "s/^/$library, /" <<< "$lines"; done)
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
