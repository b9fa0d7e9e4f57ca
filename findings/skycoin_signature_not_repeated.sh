#!/usr/bin/env bash
# github.com/skycoin/skycoin v0.27.1, package cipher: the signatures of dmsg entries, CXO Roots and group leaves.
#
# Signing is not deterministic (no RFC 6979): one key signs one hash with other bytes each time, and every one of them
# verifies. So what a Go program publishes again, unchanged, under the same time and text has another signature: a
# reader that names decisions or messages by their signatures must be ready for several names of one.
#
# Seen (2026-11, go 1.26.8, linux/amd64):
#   100 signatures of one hash: 100 different, 100 valid, 100 recover the signer's key
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

require github.com/skycoin/skycoin v0.27.1
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"

	"github.com/skycoin/skycoin/src/cipher"
)

func main() {
	pk, sk := cipher.MustGenerateDeterministicKeyPair([]byte("an example"))
	hash := cipher.SumSHA256([]byte("a message"))
	different := map[cipher.Sig]bool{}
	valid, recovered := 0, 0
	for i := 0; i < 100; i++ {
		sig := cipher.MustSignHash(hash, sk)
		different[sig] = true
		if cipher.VerifyPubKeySignedHash(pk, sig, hash) == nil {
			valid++
		}
		if by, err := cipher.PubKeyFromSig(sig, hash); err == nil && by == pk {
			recovered++
		}
	}
	fmt.Printf("100 signatures of one hash: %d different, %d valid, %d recover the signer's key\n", len(different), valid, recovered)
}
GO
go mod tidy 2>/dev/null
seen=$(go run .)
echo "$seen"
[ "$seen" = "100 signatures of one hash: 100 different, 100 valid, 100 recover the signer's key" ] || { echo "CHANGED"; exit 1; }
