#!/usr/bin/env bash
# github.com/skycoin/dmsg v1.1.0, package disc: the client of a discovery.
#
# What a discovery refuses a client knows by the *text* of the message, letter by letter, and by nothing else: of the
# status it looks only whether it is 200, and at the code in the message never. An update of an entry that is refused with
# the very text for a wrong sequence (which says "+ 1" where the rule is "greater") is counted on from what is stored and
# posted again; refused with any other words it fails, whatever the status. With 200 every text is a success. And PutEntry
# says nil, too, when the entry that it finds then is later than its own: nothing was written, and its caller goes on as
# if it were registered. So a discovery must have these texts by heart, and nil proves no entry.
#
# Seen (2026-11, go 1.26.8, linux/amd64), PutEntry while an entry of sequence 41 is stored, by the answer to the first
# post ("exact": the text of ErrValidationWrongSequence):
#   200, "refused": posted 7, <nil>
#   422, exact: posted 7 42, <nil>
#   500, exact: posted 7 42, <nil>
#   422, exact without its prefix: posted 7, something unexpected happened
#   409, "wrong sequence": posted 7, something unexpected happened
#   422, exact, what is stored is an hour later: posted 7, <nil>
#   GET with 404, "no such entry": something unexpected happened
#   GET with 500, the text for an absent entry: entry of public key is not found
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
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/skycoin/dmsg/pkg/disc"
	"github.com/skycoin/skywire-utilities/pkg/cipher"
	"github.com/skycoin/skywire-utilities/pkg/logging"
)

var (
	pk, sk = cipher.GenerateKeyPair()
	exact  = disc.ErrValidationWrongSequence.Error()
)

func say(w http.ResponseWriter, status int, value any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// with runs `do` against a discovery of our own, and gives the sequences that were posted to it.
func with(answer http.HandlerFunc, do func(client disc.APIClient)) (posted []uint64) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if request.Method == http.MethodPost {
			var entry disc.Entry
			if err := json.NewDecoder(request.Body).Decode(&entry); err != nil {
				panic(err)
			}
			if posted = append(posted, entry.Sequence); len(posted) > 1 {
				say(w, http.StatusOK, disc.MsgEntryUpdated)
				return
			}
		}
		answer(w, request)
	}))
	defer server.Close()
	do(disc.NewHTTP(server.URL, &http.Client{}, logging.MustGetLogger("finding")))
	return posted
}

// put updates an entry of sequence 6; the first post is answered with the message, a GET with what is stored.
func put(what string, status int, message string, ahead time.Duration) {
	stored := disc.NewClientEntry(pk, 41, nil)
	stored.Timestamp += ahead.Nanoseconds()
	var err error
	posted := with(func(w http.ResponseWriter, request *http.Request) {
		if request.Method == http.MethodGet {
			say(w, http.StatusOK, stored)
			return
		}
		say(w, status, disc.HTTPMessage{Message: message, Code: status})
	}, func(client disc.APIClient) {
		err = client.PutEntry(context.Background(), sk, disc.NewClientEntry(pk, 6, nil))
	})
	fmt.Printf("%d, %s: posted %s, %v\n", status, what, strings.Trim(fmt.Sprint(posted), "[]"), err)
}

func get(what string, status int, message string) {
	with(func(w http.ResponseWriter, _ *http.Request) {
		say(w, status, disc.HTTPMessage{Message: message, Code: status})
	}, func(client disc.APIClient) {
		_, err := client.Entry(context.Background(), pk)
		fmt.Printf("GET with %d, %s: %v\n", status, what, err)
	})
}

func main() {
	logging.SetLevel(logrus.PanicLevel)
	put(`"refused"`, 200, "refused", 0)
	put("exact", 422, exact, -time.Hour)
	put("exact", 500, exact, -time.Hour)
	put("exact without its prefix", 422, strings.TrimPrefix(exact, "entry validation error: "), -time.Hour)
	put(`"wrong sequence"`, 409, "wrong sequence", -time.Hour)
	put("exact, what is stored is an hour later", 422, exact, time.Hour)
	get(`"no such entry"`, 404, "no such entry")
	get("the text for an absent entry", 500, disc.ErrKeyNotFound.Error())
}
GO
go build -o run . 2>build.log || { cat build.log; exit 1; }
seen=$(./run)
echo "$seen"
expected='200, "refused": posted 7, <nil>
422, exact: posted 7 42, <nil>
500, exact: posted 7 42, <nil>
422, exact without its prefix: posted 7, something unexpected happened
409, "wrong sequence": posted 7, something unexpected happened
422, exact, what is stored is an hour later: posted 7, <nil>
GET with 404, "no such entry": something unexpected happened
GET with 500, the text for an absent entry: entry of public key is not found'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
