#!/usr/bin/env bash
# github.com/skycoin/noise v0.0.0-20180327030543-2492fe189ae6: the Noise of the Go peers of dmsg.
#
# A handshake message that fails is not the end of the handshake in XK's messages 1 and 2: the state goes back, and the
# right bytes are taken afterwards. In message 3 it is the end, in two ways: the state goes back without the nonce that
# the failed static key took, and without the static key when only the payload failed. So a peer that lets a handshake
# be tried again after a bad message works in a test with the first two and never with the third. The library that it
# was forked from, github.com/flynn/noise v1.1.0, takes the right message 3 after the first of the two.
#
# Seen (2026-11, go 1.26.8, linux/amd64), the right message after one with a flipped bit in
#   skycoin, message 1, payload: taken
#   skycoin, message 2, payload: taken
#   skycoin, message 3, static key: chacha20poly1305: message authentication failed
#   skycoin, message 3, payload: noise: invalid state, rs is not nil
#   flynn, message 3, static key: taken
#   flynn, message 3, payload: chacha20poly1305: message authentication failed
#
# Needs go and a module proxy. Ends with 1 when that is no longer so.
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
	github.com/skycoin/noise v0.0.0-20180327030543-2492fe189ae6
)
MOD
cat > main.go <<'GO'
package main

import (
	"bytes"
	"crypto/rand"
	"fmt"

	flynn "github.com/flynn/noise"
	skycoin "github.com/skycoin/noise"
)

// side is one end of a handshake: both libraries' states, without the cipher states at the end.
type side struct {
	write func() []byte
	read  func([]byte) error
}

func skycoinPair() (side, side) {
	suite := skycoin.NewCipherSuite(skycoin.DH25519, skycoin.CipherChaChaPoly, skycoin.HashSHA256)
	ours, _ := suite.GenerateKeypair(rand.Reader)
	theirs, _ := suite.GenerateKeypair(rand.Reader)
	of := func(config skycoin.Config) side {
		config.CipherSuite, config.Pattern = suite, skycoin.HandshakeXK
		state, err := skycoin.NewHandshakeState(config)
		if err != nil {
			panic(err)
		}
		return side{
			func() []byte { message, _, _, _ := state.WriteMessage(nil, nil); return message },
			func(message []byte) error { _, _, _, err := state.ReadMessage(nil, message); return err },
		}
	}
	return of(skycoin.Config{Initiator: true, StaticKeypair: ours, PeerStatic: theirs.Public}),
		of(skycoin.Config{StaticKeypair: theirs})
}

func flynnPair() (side, side) {
	suite := flynn.NewCipherSuite(flynn.DH25519, flynn.CipherChaChaPoly, flynn.HashSHA256)
	ours, _ := suite.GenerateKeypair(rand.Reader)
	theirs, _ := suite.GenerateKeypair(rand.Reader)
	of := func(config flynn.Config) side {
		config.CipherSuite, config.Pattern = suite, flynn.HandshakeXK
		state, err := flynn.NewHandshakeState(config)
		if err != nil {
			panic(err)
		}
		return side{
			func() []byte { message, _, _, _ := state.WriteMessage(nil, nil); return message },
			func(message []byte) error { _, _, _, err := state.ReadMessage(nil, message); return err },
		}
	}
	return of(flynn.Config{Initiator: true, StaticKeypair: ours, PeerStatic: theirs.Public}),
		of(flynn.Config{StaticKeypair: theirs})
}

// retry shakes hands up to a message, gives it with a flipped bit, and then as it is.
func retry(name string, pair func() (side, side), number int, part string, at int) {
	from, to := pair()
	for i := 1; ; i++ {
		message := from.write()
		if i == number {
			bad := bytes.Clone(message)
			bad[at] ^= 1
			if to.read(bad) == nil {
				panic("the flipped bit was not seen")
			}
			result := "taken"
			if err := to.read(message); err != nil {
				result = err.Error()
			}
			fmt.Printf("%s, message %d, %s: %s\n", name, number, part, result)
			return
		}
		if err := to.read(message); err != nil {
			panic(err)
		}
		from, to = to, from
	}
}

func main() {
	// Messages 1 and 2: 32 bytes of a key, 16 of an empty payload. Message 3: 32 + 16 of the static key, 16.
	retry("skycoin", skycoinPair, 1, "payload", 40)
	retry("skycoin", skycoinPair, 2, "payload", 40)
	retry("skycoin", skycoinPair, 3, "static key", 0)
	retry("skycoin", skycoinPair, 3, "payload", 60)
	retry("flynn", flynnPair, 3, "static key", 0)
	retry("flynn", flynnPair, 3, "payload", 60)
}
GO
go mod tidy 2>/dev/null
seen=$(go run .)
echo "$seen"
expected='skycoin, message 1, payload: taken
skycoin, message 2, payload: taken
skycoin, message 3, static key: chacha20poly1305: message authentication failed
skycoin, message 3, payload: noise: invalid state, rs is not nil
flynn, message 3, static key: taken
flynn, message 3, payload: chacha20poly1305: message authentication failed'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
