#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0: the server's end of a session.
#
# The last message of the Noise handshake is the client's, and yamux begins behind it on the same connection, so a client
# has nothing to wait for. But the server reads the handshake through a buffer, and when there is anything in it behind
# that message it closes the connection, without a word, instead of handing it on to yamux. A frame that follows 100 ms
# later is answered. So what a client writes first must not arrive together with that message, whoever joined them: who
# gathers writes fails always, who does not fails now and then. The package's own client is such a one: of 90 that dialled
# right behind their Ready over the loopback 43 lost the session, of 90 that waited for 200 ms none (not repeated here). A
# round trip to a discovery hides it. The table of errors has 203 for it, which stays on the server.
#
# Seen (2026-11, go 1.26.8, linux/amd64), a ping of yamux and the last message of the handshake:
#   in one write: 0 bytes, EOF
#   100 ms apart: 12 bytes, <nil>
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
	"bytes"
	"fmt"
	"io"
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

// ping shakes hands and sends a ping behind it, with or without a pause; an answer has 12 bytes.
func ping(what string, address net.Addr, server cipher.PubKey, pause time.Duration) {
	conn := must(net.Dial("tcp", address.String()))
	defer conn.Close()
	pk, sk := cipher.GenerateKeyPair()
	config := noise.Config{LocalPK: pk, LocalSK: sk, RemotePK: server, Initiator: true}
	state := must(noise.New(noise.HandshakeXK, config))
	must(noise.WriteRawFrame(conn, must(state.MakeHandshakeMessage())))
	second := must(noise.ReadRawFrame(bufio.NewReader(conn)))
	if err := state.ProcessHandshakeMessage(second); err != nil {
		panic(err)
	}
	var out bytes.Buffer
	must(noise.WriteRawFrame(&out, must(state.MakeHandshakeMessage())))
	if pause > 0 {
		must(out.WriteTo(conn))
		time.Sleep(pause)
	}
	// Version 0, type 2, flag SYN, stream 0, token 7.
	out.Write([]byte{0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7})
	must(out.WriteTo(conn))
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, err := io.ReadFull(conn, make([]byte, 12))
	fmt.Printf("%s: %d bytes, %v\n", what, n, err)
}

func main() {
	logging.SetLevel(logrus.PanicLevel)
	logrus.SetLevel(logrus.PanicLevel)
	pk, sk := cipher.GenerateKeyPair()
	server := dmsg.NewServer(pk, sk, disc.NewMock(0), dmsg.DefaultServerConfig(), nil)
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() { _ = server.Serve(listener, "") }()
	<-server.Ready()
	ping("in one write", listener.Addr(), pk, 0)
	ping("100 ms apart", listener.Addr(), pk, 100*time.Millisecond)
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
expected='in one write: 0 bytes, EOF
100 ms apart: 12 bytes, <nil>'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
