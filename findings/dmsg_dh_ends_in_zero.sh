#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0, package noise, beside github.com/flynn/noise v1.1.0, which goes by the Noise paper.
#
# In the Noise paper (revision 34, section 4.1) a DH gives as many bytes as a public key has, and on secp256k1 that is 33.
# dmsg's DH is neither the shared point nor its x: it is the SHA-256 of the compressed point, 32 bytes, and one zero byte
# that fills the number up. All 33 are mixed into the keys. A library that is given 32 misses nothing, for HMAC takes any
# length, and has another key. Who uses libsecp256k1, which gives that very hash unless it is told otherwise, has 32 of
# the 33 bytes right and fails at the first tag, as with any other guess. The name of the handshake,
# Noise_KK_Secp256k1_ChaChaPoly_SHA256, says nothing of it.
#
# Seen (2026-11, go 1.26.8, linux/amd64), dmsg's first message of KK at flynn's library with a DH of
#   x of the point (32 bytes): chacha20poly1305: message authentication failed
#   the point, compressed (33 bytes): chacha20poly1305: message authentication failed
#   SHA-256 of x (32 bytes): chacha20poly1305: message authentication failed
#   SHA-256 of the point (32 bytes): chacha20poly1305: message authentication failed
#   a zero, SHA-256 of the point (33 bytes): chacha20poly1305: message authentication failed
#   SHA-256 of the point, a zero (33 bytes): taken
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
	"crypto/sha256"
	"fmt"
	"io"

	flynn "github.com/flynn/noise"
	"github.com/skycoin/dmsg/pkg/noise"
	"github.com/skycoin/skycoin/src/cipher/secp256k1-go"
	"github.com/skycoin/skywire-utilities/pkg/cipher"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// curve is secp256k1 for flynn's library, with a DH made of the shared point, which is 02 or 03 and x.
type curve struct {
	noise.Secp256k1
	of func(point []byte) []byte
}

func (c curve) GenerateKeypair(random io.Reader) (flynn.DHKey, error) {
	pair, err := c.Secp256k1.GenerateKeypair(random)
	return flynn.DHKey{Private: pair.Private, Public: pair.Public}, err
}

func (c curve) DH(secret, public []byte) ([]byte, error) { return c.of(secp256k1.ECDH(public, secret)), nil }

// take gives a first message of dmsg to flynn's library.
func take(what string, of func(point []byte) []byte) {
	ourPK, ourSK := cipher.GenerateKeyPair()
	theirPK, theirSK := cipher.GenerateKeyPair()
	config := noise.Config{LocalPK: ourPK, LocalSK: ourSK, RemotePK: theirPK, Initiator: true}
	message := must(must(noise.KKAndSecp256k1(config)).MakeHandshakeMessage())
	theirs := must(flynn.NewHandshakeState(flynn.Config{
		CipherSuite:   flynn.NewCipherSuite(curve{of: of}, flynn.CipherChaChaPoly, flynn.HashSHA256),
		Pattern:       flynn.HandshakeKK,
		StaticKeypair: flynn.DHKey{Private: theirSK[:], Public: theirPK[:]},
		PeerStatic:    ourPK[:],
	}))
	result := "taken"
	if _, _, _, err := theirs.ReadMessage(nil, message); err != nil {
		result = err.Error()
	}
	fmt.Printf("%s (%d bytes): %s\n", what, len(of(ourPK[:])), result)
}

func hash(of []byte) []byte {
	sum := sha256.Sum256(of)
	return sum[:]
}

func main() {
	take("x of the point", func(point []byte) []byte { return point[1:] })
	take("the point, compressed", func(point []byte) []byte { return point })
	take("SHA-256 of x", func(point []byte) []byte { return hash(point[1:]) })
	take("SHA-256 of the point", hash)
	take("a zero, SHA-256 of the point", func(point []byte) []byte { return append([]byte{0}, hash(point)...) })
	take("SHA-256 of the point, a zero", func(point []byte) []byte { return append(hash(point), 0) })
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
failed='chacha20poly1305: message authentication failed'
expected="x of the point (32 bytes): $failed
the point, compressed (33 bytes): $failed
SHA-256 of x (32 bytes): $failed
SHA-256 of the point (32 bytes): $failed
a zero, SHA-256 of the point (33 bytes): $failed
SHA-256 of the point, a zero (33 bytes): taken"
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
