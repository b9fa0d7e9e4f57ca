#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0: two clients and a server between them, with the mock discovery of the package.
#
# A stream has two directions in yamux, and each ends by itself. Through a server the first end ends both: it passes the
# end on, and drops what the other side says from then on. That side is not told, its writes give nil. So what works over
# TCP, and over yamux without a server, to ask, to end one's direction and to read the answer, gives an empty answer here,
# and who answers takes it for delivered. A conversation needs its ends in the data, and whoever has asked has to leave
# the stream open until the answer is there.
#
# Seen (2026-11, go 1.26.8, linux/amd64), who ends its direction reads again and again for 2 s after the other's write:
#   yamux alone: the peer reads "question", EOF, and writes the answer: 6, <nil>; it is heard: "answer"
#   the caller ends first: the peer reads "question", EOF, and writes the answer: 6, <nil>; it is heard: ""
#   the host ends first: the peer reads "question", EOF, and writes the answer: 6, <nil>; it is heard: ""
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

require (
	github.com/skycoin/dmsg v1.1.0
	github.com/skycoin/yamux v0.0.0-20200803175205-571ceb89da9f
)
MOD
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/skycoin/dmsg/pkg/disc"
	"github.com/skycoin/dmsg/pkg/dmsg"
	"github.com/skycoin/skywire-utilities/pkg/cipher"
	"github.com/skycoin/skywire-utilities/pkg/logging"
	"github.com/skycoin/yamux"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

var discovery = disc.NewMock(0)

// serve runs a server on the loopback.
func serve() {
	pk, sk := cipher.GenerateKeyPair()
	server := dmsg.NewServer(pk, sk, discovery, dmsg.DefaultServerConfig(), nil)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() { _ = server.Serve(listener, "") }()
	<-server.Ready()
}

// client is registered when it is returned, and the server is behind the handshake: one that dials before may lose its
// session (dmsg_bytes_behind_handshake.sh).
func client() *dmsg.Client {
	pk, sk := cipher.GenerateKeyPair()
	c := dmsg.NewClient(pk, sk, discovery, dmsg.DefaultConfig())
	go c.Serve(context.Background())
	<-c.Ready()
	time.Sleep(200 * time.Millisecond)
	return c
}

// asking asks over a stream and ends its direction; the peer reads to that end and answers.
func asking(what string, ours, peers net.Conn) {
	must(ours.Write([]byte("question")))
	_ = ours.Close()
	buffer := make([]byte, 10)
	n := must(peers.Read(buffer))
	_, end := peers.Read(make([]byte, 1))
	time.Sleep(200 * time.Millisecond) // the server passes the end on and then ends the other direction
	written, err := peers.Write([]byte("answer"))
	fmt.Printf("%s: the peer reads %q, %v, and writes the answer: %d, %v; ", what, buffer[:n], end, written, err)
	// A read behind Close says io.EOF before there is anything (skycoin_yamux_data_behind_the_end.sh): so again and again.
	heard := ""
	for until := time.Now().Add(2 * time.Second); heard == "" && time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		n, _ := ours.Read(buffer)
		heard = string(buffer[:n])
	}
	fmt.Printf("it is heard: %q\n", heard)
}

func main() {
	logging.SetLevel(logrus.PanicLevel)
	logrus.SetLevel(logrus.PanicLevel)
	below := must(net.Listen("tcp", "127.0.0.1:0"))
	dialled := must(net.Dial("tcp", below.Addr().String()))
	a, b := must(yamux.Client(dialled, nil)), must(yamux.Server(must(below.Accept()), nil))
	ours := must(a.OpenStream())
	asking("yamux alone", ours, must(b.AcceptStream()))

	serve()
	host, caller := client(), client()
	listener := must(host.Listen(80))
	address := dmsg.Addr{PK: host.LocalPK(), Port: 80}
	stream := must(caller.DialStream(context.Background(), address))
	asking("the caller ends first", stream, must(listener.Accept()))
	stream = must(caller.DialStream(context.Background(), address))
	asking("the host ends first", must(listener.Accept()), stream)
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
expected='yamux alone: the peer reads "question", EOF, and writes the answer: 6, <nil>; it is heard: "answer"
the caller ends first: the peer reads "question", EOF, and writes the answer: 6, <nil>; it is heard: ""
the host ends first: the peer reads "question", EOF, and writes the answer: 6, <nil>; it is heard: ""'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
