#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0: a client, a host and a server between them, with the mock discovery of the package.
#
# The table of errors has 306 (no listener) and 401 (the listener's queue is full, temporary), and a response has a place
# for the code, but no dialler hears one of the two. Where nobody listens a dial waits for its 20 s, and the context that
# it was given ends nothing: the handshake is not told of it. Where the queue is full the host accepts first and closes
# then, so the dial succeeds, a first write too, and the read says io.EOF, as behind a peer that had nothing to say. A
# connection that is refused by TCP fails in a round trip, so a retry that is built on "refused" never starts here, and
# a scan of ten ports takes minutes. Only a key that is in no discovery fails at once.
#
# Seen (2026-11, go 1.26.8, linux/amd64):
#   a key without an entry: dmsg error 100 - entry is not found in discovery, after 0s
#   nobody listens, context of 1 s: i/o deadline reached, after 20s
#   20 wait in the queue, dial: <nil>
#   20 wait in the queue, write: <nil>
#   20 wait in the queue, read: 0 bytes, EOF
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
	"context"
	"fmt"
	"net"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/skycoin/dmsg/pkg/disc"
	"github.com/skycoin/dmsg/pkg/dmsg"
	"github.com/skycoin/skywire-utilities/pkg/cipher"
	"github.com/skycoin/skywire-utilities/pkg/logging"
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

// dial says how a dial with a context of a second ends, and when, to five seconds.
func dial(what string, from *dmsg.Client, to cipher.PubKey, port uint16) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	begun := time.Now()
	_, err := from.DialStream(ctx, dmsg.Addr{PK: to, Port: port})
	fmt.Printf("%s: %v, after %v\n", what, err, time.Since(begun).Round(5*time.Second))
}

func main() {
	logging.SetLevel(logrus.PanicLevel)
	logrus.SetLevel(logrus.PanicLevel)
	serve()
	host, caller := client(), client()
	unknown, _ := cipher.GenerateKeyPair()
	dial("a key without an entry", caller, unknown, 80)
	dial("nobody listens, context of 1 s", caller, host.LocalPK(), 81)

	must(host.Listen(80))
	address := dmsg.Addr{PK: host.LocalPK(), Port: 80}
	for i := 0; i < dmsg.AcceptBufferSize; i++ {
		must(caller.DialStream(context.Background(), address))
	}
	stream, err := caller.DialStream(context.Background(), address)
	fmt.Printf("%d wait in the queue, dial: %v\n", dmsg.AcceptBufferSize, err)
	_, err = stream.Write([]byte("hello"))
	fmt.Printf("%d wait in the queue, write: %v\n", dmsg.AcceptBufferSize, err)
	_ = stream.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, err := stream.Read(make([]byte, 10))
	fmt.Printf("%d wait in the queue, read: %d bytes, %v\n", dmsg.AcceptBufferSize, n, err)
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
expected='a key without an entry: dmsg error 100 - entry is not found in discovery, after 0s
nobody listens, context of 1 s: i/o deadline reached, after 20s
20 wait in the queue, dial: <nil>
20 wait in the queue, write: <nil>
20 wait in the queue, read: 0 bytes, EOF'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
