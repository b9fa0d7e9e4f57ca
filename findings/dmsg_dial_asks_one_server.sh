#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0: a host, callers and two servers between them, with the mock discovery of the package.
#
# An entry lists several servers, and a dial asks one: the first of the list with which the caller has a session, or, if
# it has none with any, the first to which it can make one (read, not run). Where that server does not have the host (it
# may lose it without the host's knowledge, dmsg_second_program_of_a_key.sh) the dial waits for its time-out and fails, and
# so does each one after it, though the next server of the list has the host and a session with the caller. So a second
# server helps only those who can't connect to the first, and one that is in the entry and lacks the host hides it, from
# some callers and not from others. Which one is first is chance: a client posts them in the order of a Go map.
#
# Seen (2026-11, go 1.26.8, linux/amd64), with a time-out of 3 s for a dial, 20 unless set; the host is at B alone:
#   its entry lists B, A, the caller is at A, B: through B
#   its entry lists A, B, the caller is at B: through B
#   its entry lists A, B, the caller is at A, B: i/o deadline reached; once more: i/o deadline reached
#   its entry lists B, A, the caller is at A: i/o deadline reached; once more: i/o deadline reached
#   clients at A, B: some list A first, and some B: true
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
	"strings"
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

var (
	discovery = disc.NewMock(0)
	keys      = map[string]cipher.PubKey{}
	names     = map[cipher.PubKey]string{}
)

// serve runs a server on the loopback.
func serve(name string) {
	pk, sk := cipher.GenerateKeyPair()
	server := dmsg.NewServer(pk, sk, discovery, dmsg.DefaultServerConfig(), nil)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() { _ = server.Serve(listener, "") }()
	<-server.Ready()
	keys[name], names[pk] = pk, name
}

func keysOf(servers string) (out []cipher.PubKey) {
	for _, name := range strings.Split(servers, ", ") {
		out = append(out, keys[name])
	}
	return out
}

// offering is the discovery as one sees it to whom it offers these servers alone.
type offering struct {
	disc.APIClient
	servers []cipher.PubKey
}

func (o offering) AvailableServers(ctx context.Context) (out []*disc.Entry, err error) {
	for _, pk := range o.servers {
		out = append(out, must(o.Entry(ctx, pk)))
	}
	return out, nil
}

// at gives a client with a session at each of the servers. When it is returned all of them are in its entry, and are
// behind the handshake: one that dials before may lose its session (dmsg_bytes_behind_handshake.sh).
func at(servers string) *dmsg.Client {
	pk, sk := cipher.GenerateKeyPair()
	config := dmsg.DefaultConfig()
	config.MinSessions = 0 // all
	c := dmsg.NewClient(pk, sk, offering{discovery, keysOf(servers)}, config)
	go c.Serve(context.Background())
	<-c.Ready()
	for len(listed(c)) < len(keysOf(servers)) {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(200 * time.Millisecond)
	return c
}

func listed(c *dmsg.Client) []cipher.PubKey {
	return must(discovery.Entry(context.Background(), c.LocalPK())).Client.DelegatedServers
}

// dial says through which server a client reaches the host.
func dial(from, host *dmsg.Client) string {
	stream, err := from.DialStream(context.Background(), dmsg.Addr{PK: host.LocalPK(), Port: 80})
	if err != nil {
		return err.Error()
	}
	return "through " + names[stream.ServerPK()]
}

func main() {
	logging.SetLevel(logrus.PanicLevel)
	logrus.SetLevel(logrus.PanicLevel)
	dmsg.HandshakeTimeout = 3 * time.Second
	serve("A")
	serve("B")
	host := at("B")
	must(host.Listen(80))
	sequence := uint64(10)
	reach := func(servers, where string) {
		sequence += 10
		entry := disc.NewClientEntry(host.LocalPK(), sequence, keysOf(servers))
		if err := discovery.PutEntry(context.Background(), host.LocalSK(), entry); err != nil {
			panic(err)
		}
		caller := at(where)
		heard := dial(caller, host)
		fmt.Printf("its entry lists %s, the caller is at %s: %s", servers, where, heard)
		if !strings.HasPrefix(heard, "through") {
			fmt.Printf("; once more: %s", dial(caller, host))
		}
		fmt.Println()
	}
	reach("B, A", "A, B")
	reach("A, B", "B")
	reach("A, B", "A, B")
	reach("B, A", "A")

	first := map[string]bool{}
	for i := 0; i < 24 && len(first) < 2; i++ {
		first[names[listed(at("A, B"))[0]]] = true
	}
	fmt.Printf("clients at A, B: some list A first, and some B: %v\n", first["A"] && first["B"])
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
expected='its entry lists B, A, the caller is at A, B: through B
its entry lists A, B, the caller is at B: through B
its entry lists A, B, the caller is at A, B: i/o deadline reached; once more: i/o deadline reached
its entry lists B, A, the caller is at A: i/o deadline reached; once more: i/o deadline reached
clients at A, B: some list A first, and some B: true'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
