#!/usr/bin/env bash
# deno 2.9.6 (npm): a program under nohup.
#
# nohup has SIGHUP ignored when a program begins, and who leaves it alone outlives the terminal. The runtime installs a
# handler of its own for SIGHUP, SIGINT and SIGTERM, half a second after the program is up, also where it listens to no
# signal. It does in a thread what the system would have done by default: it ends. Only a listener for SIGHUP, one that
# does nothing is enough, keeps a program. Whether it was ignored can be asked of nobody: /proc/self/status takes
# --allow-all.
#
# Seen (2026-11, linux/amd64), of three programs that wait 4 s, after `kill -HUP` 2 s after they were up:
#   sleep              goes on
#   deno               ended by 129
#   deno, a listener   goes on
#
# Needs deno on the PATH. Ends with 1 when that is no longer so.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
up="$work/up"
echo 'Deno.writeTextFileSync(Deno.args[0], ""); await new Promise((resolve) => setTimeout(resolve, 4000));' > "$work/waits.ts"
{ echo 'Deno.addSignalListener("SIGHUP", () => {});'; cat "$work/waits.ts"; } > "$work/listens.ts"

under_nohup() {
  rm -f "$up"
  nohup "$@" < /dev/null > /dev/null 2>&1 &
  for _ in $(seq 300); do [ -e "$up" ] && break; sleep 0.1; done # a busy machine starts it later
  sleep 2
  kill -HUP $!
  if wait $! 2> /dev/null; then echo "goes on"; else echo "ended by $?"; fi
}
seen="sleep              $(under_nohup sh -c "touch '$up'; sleep 4")
deno               $(under_nohup deno run -W --no-config "$work/waits.ts" "$up")
deno, a listener   $(under_nohup deno run -W --no-config "$work/listens.ts" "$up")"
echo "$seen"
expected='sleep              goes on
deno               ended by 129
deno, a listener   goes on'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
