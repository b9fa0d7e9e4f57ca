#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0, package noise, beside github.com/flynn/noise v1.1.0, which goes by the Noise paper.
#
# By the paper (revision 34, section 5.2) the first of the two keys at the end of a handshake is for what the initiator
# sends. dmsg gives the first to whoever *received* the last message. In KK that is the initiator, and all is as it should
# be. In XK it is the responder: both ends agree on every hash and on both keys, and open nothing of each other's, until
# the two are swapped. A library that goes by the paper passes each vector of the handshake, and works between clients
# (KK); it fails at the server (XK) with the first record. That record's number is 1, and stands before it: 0 is never
# used.
#
# Seen (2026-11, go 1.26.8, linux/amd64), what opens the initiator's first record (dmsg) at the responder (flynn):
#   KK, record 1, first key: "hello"
#   KK, record 1, second key: chacha20poly1305: message authentication failed
#   XK, record 1, first key: chacha20poly1305: message authentication failed
#   XK, record 1, second key: "hello"
#
# Needs go and a module proxy; takes a minute. Ends with 1 when that is no longer so.
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
	github.com/flynn/noise v1.1.0
	github.com/skycoin/dmsg v1.1.0
)
MOD
cat > main.go <<'GO'
package main

import (
	"encoding/binary"
	"fmt"
	"io"

	flynn "github.com/flynn/noise"
	"github.com/skycoin/dmsg/pkg/noise"
	"github.com/skycoin/skywire-utilities/pkg/cipher"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// curve is dmsg's DH for flynn's library.
type curve struct{ noise.Secp256k1 }

func (c curve) GenerateKeypair(random io.Reader) (flynn.DHKey, error) {
	pair, err := c.Secp256k1.GenerateKeypair(random)
	return flynn.DHKey{Private: pair.Private, Public: pair.Public}, err
}

func (c curve) DH(secret, public []byte) ([]byte, error) { return c.Secp256k1.DH(secret, public), nil }

// open shakes hands, dmsg with flynn, and tries both keys of flynn's end on dmsg's first record.
func open(name string, initiator func(noise.Config) (*noise.Noise, error), pattern flynn.HandshakePattern) {
	ourPK, ourSK := cipher.GenerateKeyPair()
	theirPK, theirSK := cipher.GenerateKeyPair()
	ours := must(initiator(noise.Config{LocalPK: ourPK, LocalSK: ourSK, RemotePK: theirPK, Initiator: true}))
	config := flynn.Config{
		CipherSuite:   flynn.NewCipherSuite(curve{}, flynn.CipherChaChaPoly, flynn.HashSHA256),
		Pattern:       pattern,
		StaticKeypair: flynn.DHKey{Private: theirSK[:], Public: theirPK[:]},
	}
	if name == "KK" {
		config.PeerStatic = ourPK[:]
	}
	theirs := must(flynn.NewHandshakeState(config))

	var first, second *flynn.CipherState
	for turn := 0; !ours.HandshakeFinished(); turn++ {
		var message []byte
		var err error
		if turn%2 == 0 {
			_, first, second, err = theirs.ReadMessage(nil, must(ours.MakeHandshakeMessage()))
		} else {
			message, first, second, err = theirs.WriteMessage(nil, nil)
			if err == nil {
				err = ours.ProcessHandshakeMessage(message)
			}
		}
		if err != nil {
			panic(err)
		}
	}

	record := ours.EncryptUnsafe([]byte("hello"))
	number := binary.BigEndian.Uint64(record)
	for _, key := range []struct {
		name  string
		state *flynn.CipherState
	}{{"first", first}, {"second", second}} {
		text, err := key.state.Cipher().Decrypt(nil, number, nil, record[8:])
		if err != nil {
			fmt.Printf("%s, record %d, %s key: %v\n", name, number, key.name, err)
		} else {
			fmt.Printf("%s, record %d, %s key: %q\n", name, number, key.name, text)
		}
	}
}

func main() {
	open("KK", noise.KKAndSecp256k1, flynn.HandshakeKK)
	open("XK", noise.XKAndSecp256k1, flynn.HandshakeXK)
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
expected='KK, record 1, first key: "hello"
KK, record 1, second key: chacha20poly1305: message authentication failed
XK, record 1, first key: chacha20poly1305: message authentication failed
XK, record 1, second key: "hello"'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
