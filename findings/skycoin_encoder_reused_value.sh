#!/usr/bin/env bash
# github.com/skycoin/skycoin v0.27.1, package cipher/encoder: the encoding of CXO's messages and objects.
#
# Decoding into a value that was used before is not decoding into a fresh one: an empty byte slice or list in the input
# leaves what the field held, an empty string or array element replaces it. So a program that reuses one message value
# shows the body of the message before where the peer sent an empty one, without an error.
#
# Seen (2026-11, go 1.26.8, linux/amd64):
#   bytes=[1 2] list=[7] string="" number=0, read 16 of 16 bytes, no error
#   fresh: bytes=[] list=[] string="" number=0
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

	"github.com/skycoin/skycoin/src/cipher/encoder"
)

type message struct {
	Bytes  []byte
	List   []uint16
	String string
	Number uint32
}

func main() {
	empty := encoder.Serialize(message{})
	used := message{Bytes: []byte{1, 2}, List: []uint16{7}, String: "old", Number: 9}
	n, err := encoder.DeserializeRaw(empty, &used)
	fmt.Printf("bytes=%v list=%v string=%q number=%d, read %d of %d bytes, ", used.Bytes, used.List, used.String, used.Number, n, len(empty))
	if err != nil {
		fmt.Println(err)
	} else {
		fmt.Println("no error")
	}
	var fresh message
	if _, err := encoder.DeserializeRaw(empty, &fresh); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("fresh: bytes=%v list=%v string=%q number=%d\n", fresh.Bytes, fresh.List, fresh.String, fresh.Number)
}
GO
go mod tidy 2>/dev/null
seen=$(go run .)
echo "$seen"
expected='bytes=[1 2] list=[7] string="" number=0, read 16 of 16 bytes, no error
fresh: bytes=[] list=[] string="" number=0'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
