#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0: the text of an address, KEY:PORT.
#
# The port is scanned off the front of its text as a number of Go's source code, and what is behind it is not looked at. A
# zero in front makes it octal, and 8 and 9 end an octal number: "0120" is 80, "080" and "08080" are 0, which is said as
# "~" and is the default port of whoever uses it. So a port that a script fills up with zeros leads elsewhere, without an
# error, and "1e3" leads to port 1; a sign is an error. An address without a port leaves the port that the variable had,
# one with an empty port sets it to 0. The key may be left out, and the text of such an address, with its 66 zeros, can't
# be read again.
#
# Seen (2026-11, go 1.26.8, linux/amd64), the port that a variable with port 7 has then:
#   80 -> 80
#   080 -> 0
#   08080 -> 0
#   0120 -> 80
#   0x50 -> 80
#   0b1010000 -> 80
#   8_0 -> 80
#   80abc -> 80
#   80 81 -> 80
#   1e3 -> 1
#   +80 -> expected integer
#   65616 -> unsigned integer overflow on token 65616
#   an empty one -> 0
#   none, and no colon -> 7
#   no key: <nil>, its text again: Invalid public key
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

require github.com/skycoin/dmsg v1.1.0
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"

	"github.com/skycoin/dmsg/pkg/dmsg"
	"github.com/skycoin/skywire-utilities/pkg/cipher"
)

func main() {
	pk, _ := cipher.GenerateKeyPair()
	show := func(what, behindKey string) {
		address := dmsg.Addr{Port: 7}
		if err := address.Set(pk.String() + behindKey); err != nil {
			fmt.Printf("%s -> %v\n", what, err)
			return
		}
		fmt.Printf("%s -> %d\n", what, address.Port)
	}
	for _, port := range []string{
		"80", "080", "08080", "0120", "0x50", "0b1010000", "8_0", "80abc", "80 81", "1e3", "+80", "65616",
	} {
		show(port, ":"+port)
	}
	show("an empty one", ":")
	show("none, and no colon", "")
	var address dmsg.Addr
	err := address.Set(":80")
	fmt.Printf("no key: %v, its text again: %v\n", err, new(dmsg.Addr).Set(address.String()))
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
expected='80 -> 80
080 -> 0
08080 -> 0
0120 -> 80
0x50 -> 80
0b1010000 -> 80
8_0 -> 80
80abc -> 80
80 81 -> 80
1e3 -> 1
+80 -> expected integer
65616 -> unsigned integer overflow on token 65616
an empty one -> 0
none, and no colon -> 7
no key: <nil>, its text again: Invalid public key'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
