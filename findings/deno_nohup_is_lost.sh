#!/usr/bin/env bash
# deno 2.9.6 (npm): a program under nohup.
#
# nohup has SIGHUP ignored when a program begins, and who leaves it alone outlives the terminal. The runtime installs a
# handler of its own for SIGHUP, SIGINT and SIGTERM, also in a program that listens to no signal, which does in a thread
# what the system would have done by default: it ends. Only a listener for SIGHUP, one that does nothing is enough, keeps
# a program. Whether it was ignored can be asked of nobody: /proc/self/status takes --allow-all.
#
# Seen (2026-11, linux/amd64), of three programs that wait 2 s, after `kill -HUP` in the first one:
#   sleep              goes on
#   deno               ended by 129
#   deno, a listener   goes on
#
# Needs deno on the PATH. Ends with 1 when that is no longer so.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo 'await new Promise((resolve) => setTimeout(resolve, 2000));' > "$work/waits.ts"
{ echo 'Deno.addSignalListener("SIGHUP", () => {});'; cat "$work/waits.ts"; } > "$work/listens.ts"

under_nohup() {
  nohup "$@" < /dev/null > /dev/null 2>&1 &
  sleep 0.7
  kill -HUP $!
  if wait $! 2> /dev/null; then echo "goes on"; else echo "ended by $?"; fi
}
seen="sleep              $(under_nohup sleep 2)
deno               $(under_nohup deno run --no-config "$work/waits.ts")
deno, a listener   $(under_nohup deno run --no-config "$work/listens.ts")"
echo "$seen"
expected='sleep              goes on
deno               ended by 129
deno, a listener   goes on'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
