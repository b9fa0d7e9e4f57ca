#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0: a host, its clients and a server between them, with the mock discovery of the package.
#
# A port knows the streams that were accepted on it by the *other side's port* alone, without its key; and every client
# counts its own ports from 49153. So the first stream of each client has the same name, and the host keeps the first of
# them: of three clients AllStreams and ConnectionsSummary have one. All three work. After the listener's Close the port
# stays "occupied" for as long as that one stream is open, whatever becomes of the others (a TCP port can be listened on
# again at once), and is free when it ends, while the others go on. In a test, where one client dials again and again,
# each stream has a port of its own, and the counts are right.
#
# Seen (2026-11, go 1.26.8, linux/amd64):
#   3 clients, from ports 49153 49153 49153: AllStreams 1, ConnectionsSummary 1
#   one more stream of the first, from port 49154: AllStreams 2
#   listener closed, streams 2 and 3 closed, listen again: dmsg error 400 - port already occupied
#   streams 1 and 4 closed as well, listen again: <nil>
#   3 new clients, listener closed, the first one's stream closed, listen again: <nil>
#   the second one's stream then: "hello", <nil>
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
	"io"
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

// pair is a stream as its two ends have it.
type pair struct{ dialled, accepted *dmsg.Stream }

func connect(from *dmsg.Client, to *dmsg.Listener) pair {
	dialled := must(from.DialStream(context.Background(), to.DmsgAddr()))
	return pair{dialled, must(to.AcceptStream())}
}

func main() {
	logging.SetLevel(logrus.PanicLevel)
	logrus.SetLevel(logrus.PanicLevel)
	serve()
	host, first := client(), client()
	listener := must(host.Listen(80))
	one, two, three := connect(first, listener), connect(client(), listener), connect(client(), listener)
	port := func(of pair) uint16 { return of.accepted.RawRemoteAddr().Port }
	fmt.Printf("3 clients, from ports %d %d %d: AllStreams %d, ConnectionsSummary %d\n", port(one), port(two), port(three),
		len(host.AllStreams()), len(host.ConnectionsSummary()))
	four := connect(first, listener)
	fmt.Printf("one more stream of the first, from port %d: AllStreams %d\n", port(four), len(host.AllStreams()))
	_ = listener.Close()
	_, _ = two.accepted.Close(), three.accepted.Close()
	_, err := host.Listen(80)
	fmt.Printf("listener closed, streams 2 and 3 closed, listen again: %v\n", err)
	_, _ = one.accepted.Close(), four.accepted.Close()
	listener, err = host.Listen(80)
	fmt.Printf("streams 1 and 4 closed as well, listen again: %v\n", err)

	one, two = connect(client(), listener), connect(client(), listener)
	connect(client(), listener)
	_ = listener.Close()
	_ = one.accepted.Close()
	_, err = host.Listen(80)
	fmt.Printf("3 new clients, listener closed, the first one's stream closed, listen again: %v\n", err)
	must(two.dialled.Write([]byte("hello")))
	buffer := make([]byte, 5)
	_, err = io.ReadFull(two.accepted, buffer)
	fmt.Printf("the second one's stream then: %q, %v\n", buffer, err)
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
expected='3 clients, from ports 49153 49153 49153: AllStreams 1, ConnectionsSummary 1
one more stream of the first, from port 49154: AllStreams 2
listener closed, streams 2 and 3 closed, listen again: dmsg error 400 - port already occupied
streams 1 and 4 closed as well, listen again: <nil>
3 new clients, listener closed, the first one'"'"'s stream closed, listen again: <nil>
the second one'"'"'s stream then: "hello", <nil>'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
