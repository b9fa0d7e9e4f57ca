#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0: a server and programs of one key, with the mock discovery of the package.
#
# A server keeps one session a key, and takes the key off its list whenever *any* session of it ends. A second one is
# closed right behind its handshake, without a word, and with that the first is off the list: it stays connected, its
# pings are answered, it can dial whom it wants, and nobody reaches it for as long as it lives. The next session of the
# key is served. When the first one ends then, this one is off the list too. And a client deletes at its end the entry of
# its key, whoever posted it. So a tool that borrows a key for a moment silences the program that has it. The session
# does not show it to that program; a dial of its own key does.
#
# Seen (2026-11, go 1.26.8, linux/amd64), with a time-out of 3 s for a dial, 20 unless set:
#   one program: a caller hears "first", it hears of itself "first"
#   a second session of its key: 0 bytes, EOF
#   the first one, ping: <nil>, it hears of the caller "caller", of itself i/o deadline reached
#   the caller hears i/o deadline reached
#   a third session: the caller hears "third"
#   the first one ends: the caller hears dmsg error 100 - entry is not found in discovery
#   the entry is posted again, ping of the third one: <nil>, the caller hears i/o deadline reached
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
	"github.com/skycoin/dmsg/pkg/noise"
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

// until waits for what the server does in its own time.
func until(what string, is func() bool) {
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			panic(what)
		}
	}
}

// program is a client that answers every caller on port 80 with its name. When it is returned the server is behind the
// handshake: one that dials before may lose its session (dmsg_bytes_behind_handshake.sh).
func program(name string, pk cipher.PubKey, sk cipher.SecKey) *dmsg.Client {
	client := dmsg.NewClient(pk, sk, discovery, dmsg.DefaultConfig())
	go client.Serve(context.Background())
	<-client.Ready()
	listener := must(client.Listen(80))
	go func() {
		for {
			stream, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = stream.Write([]byte(name))
			_ = stream.Close()
		}
	}()
	time.Sleep(200 * time.Millisecond)
	return client
}

// hears dials a key and says who answers.
func hears(from *dmsg.Client, to cipher.PubKey) string {
	stream, err := from.DialStream(context.Background(), dmsg.Addr{PK: to, Port: 80})
	if err != nil {
		return err.Error()
	}
	defer stream.Close()
	name := make([]byte, 10)
	return fmt.Sprintf("%q", name[:must(stream.Read(name))])
}

// ping asks the server over a client's session.
func ping(client *dmsg.Client) error {
	_, err := client.AllSessions()[0].Ping()
	return err
}

func main() {
	logging.SetLevel(logrus.PanicLevel)
	logrus.SetLevel(logrus.PanicLevel)
	dmsg.HandshakeTimeout = 3 * time.Second
	serverPK, serverSK := cipher.GenerateKeyPair()
	server := dmsg.NewServer(serverPK, serverSK, discovery, dmsg.DefaultServerConfig(), nil)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() { _ = server.Serve(listener, "") }()
	<-server.Ready()

	callerPK, callerSK := cipher.GenerateKeyPair()
	caller := program("caller", callerPK, callerSK)
	pk, sk := cipher.GenerateKeyPair()
	first := program("first", pk, sk)
	fmt.Printf("one program: a caller hears %s, it hears of itself %s\n", hears(caller, pk), hears(first, pk))

	conn := must(net.Dial("tcp", listener.Addr().String()))
	config := noise.Config{LocalPK: pk, LocalSK: sk, RemotePK: serverPK, Initiator: true}
	if err := noise.NewReadWriter(conn, must(noise.New(noise.HandshakeXK, config))).Handshake(5 * time.Second); err != nil {
		panic(err)
	}
	n, err := conn.Read(make([]byte, 12))
	fmt.Printf("a second session of its key: %d bytes, %v\n", n, err)
	until("the server lets the key go", func() bool { return server.SessionCount() == 1 })
	fmt.Printf("the first one, ping: %v, it hears of the caller %s, of itself %s\n",
		ping(first), hears(first, callerPK), hears(first, pk))
	fmt.Printf("the caller hears %s\n", hears(caller, pk))

	third := program("third", pk, sk)
	fmt.Printf("a third session: the caller hears %s\n", hears(caller, pk))
	_ = first.Close()
	until("the server lets the key go", func() bool { return server.SessionCount() == 1 })
	fmt.Printf("the first one ends: the caller hears %s\n", hears(caller, pk))
	entry := disc.NewClientEntry(pk, 0, []cipher.PubKey{serverPK})
	if err := entry.Sign(sk); err != nil {
		panic(err)
	}
	if err := discovery.PostEntry(context.Background(), entry); err != nil {
		panic(err)
	}
	fmt.Printf("the entry is posted again, ping of the third one: %v, the caller hears %s\n", ping(third), hears(caller, pk))
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
expected='one program: a caller hears "first", it hears of itself "first"
a second session of its key: 0 bytes, EOF
the first one, ping: <nil>, it hears of the caller "caller", of itself i/o deadline reached
the caller hears i/o deadline reached
a third session: the caller hears "third"
the first one ends: the caller hears dmsg error 100 - entry is not found in discovery
the entry is posted again, ping of the third one: <nil>, the caller hears i/o deadline reached'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
