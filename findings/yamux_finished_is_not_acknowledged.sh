#!/usr/bin/env bash
# github.com/hashicorp/yamux v0.1.2: the side that takes a stream (dmsg of 2024 and later).
#
# The ACK flag of a stream goes out when the application takes it (AcceptStream), not when its SYN comes. When the opener
# has ended its direction by then the flag is lost: the stream is taken, read to its end and answered, the answer reaches
# the opener, and no frame of it ever says ACK, not even the FIN at the end. A short request that ends at once is just
# that. So who opens must not wait for an ACK behind its own FIN, and must not end the session for want of one; the Go
# opener stops waiting with its Close.
#
# Seen (2026-12, go 1.26.8, linux/amd64), frames of the stream by whom it was taken:
#   taken before the opener's end: credit ACK, data, credit FIN
#   taken behind it: data, credit FIN
#   both read "hello"
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
	"strings"
	"time"

	"github.com/hashicorp/yamux"
)

// Types and flags of frames.
const (
	data, credit        = 0, 1
	syn, ack, fin       = 1, 2, 4
	headerBytes, stream = 12, 1
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// frame is one of the stream, as its opener writes it.
func frame(kind byte, flags uint16, body string) []byte {
	header := make([]byte, headerBytes)
	header[1] = kind
	binary.BigEndian.PutUint16(header[2:], flags)
	binary.BigEndian.PutUint32(header[4:], stream)
	binary.BigEndian.PutUint32(header[8:], uint32(len(body)))
	return append(header, body...)
}

// told is what comes of a stream until nothing more does.
func told(peer net.Conn) string {
	var seen []string
	for {
		header := make([]byte, headerBytes)
		_ = peer.SetReadDeadline(time.Now().Add(2 * time.Second))
		if _, err := io.ReadFull(peer, header); err != nil {
			return strings.Join(seen, ", ")
		}
		flags := binary.BigEndian.Uint16(header[2:])
		if binary.BigEndian.Uint32(header[4:]) != stream {
			continue
		}
		name := []string{"data", "credit"}[header[1]]
		if header[1] == data {
			_ = must(io.CopyN(io.Discard, peer, int64(binary.BigEndian.Uint32(header[8:]))))
		}
		if flags&ack != 0 {
			name += " ACK"
		}
		if flags&fin != 0 {
			name += " FIN"
		}
		seen = append(seen, name)
	}
}

// taking lets an application take, read, answer and close a stream of which the opener's end comes before or behind that.
func taking(isEarly bool) (frames, text string) {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	peer := must(net.Dial("tcp", listener.Addr().String()))
	config := yamux.DefaultConfig()
	config.EnableKeepAlive = false
	config.LogOutput = io.Discard
	session := must(yamux.Server(must(listener.Accept()), config))
	must(peer.Write(append(frame(credit, syn, ""), frame(data, 0, "hello")...)))
	end := frame(credit, fin, "")
	if isEarly {
		must(peer.Write(end))
		time.Sleep(500 * time.Millisecond)
	}
	taken := must(session.AcceptStream())
	if !isEarly {
		time.Sleep(500 * time.Millisecond)
		must(peer.Write(end))
	}
	text = string(must(io.ReadAll(taken)))
	must(taken.Write([]byte("yes")))
	_ = taken.Close()
	return told(peer), text
}

func main() {
	before, one := taking(false)
	behind, other := taking(true)
	fmt.Println("taken before the opener's end:", before)
	fmt.Println("taken behind it:", behind)
	if one == other {
		fmt.Printf("both read %q\n", one)
	}
}
GO
go mod tidy 2>/dev/null
seen=$(go run .)
echo "$seen"
expected="taken before the opener's end: credit ACK, data, credit FIN
taken behind it: data, credit FIN
both read \"hello\""
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
