#!/usr/bin/env bash
# @deno/kv 0.14.0 and deno 2.9.6 (npm): one Deno KV file, written by node and by Deno in turns.
#
# The package says of its files that they are compatible with Deno's, and keys, stamps, bytes and KvU64 are. Other values
# are not. Deno writes format 16 of V8's serialization, node reads up to 15: of what Deno has written it gets bytes and
# counters and nothing else, not even a text. Node writes format 15, which Deno reads, but a typed array *inside* a value
# is then a host object of node's own, which it does not; and one such row is the end of every list that it lies in. An
# ArrayBuffer in its place passes. The package's client of KV Connect encodes in the same way (read, not run). Who keeps
# values as bytes, as a store of sealed rows does, meets none of it.
#
# Seen (2026-11, linux/amd64, node 20.20.2; the same with 24.9.0 and 26.9.0):
#   written by node, a text: "text"
#   written by node, bytes: Uint8Array of 3
#   written by node, a Map: Map
#   written by node, an ArrayBuffer inside: {"part":{}}
#   written by node, bytes inside: RangeError: could not deserialize value
#   a list of all five: ended by RangeError: could not deserialize value
#   written by Deno, a text: Error: Unable to deserialize cloned data due to invalid or unsupported version.
#   written by Deno, a number: Error: Unable to deserialize cloned data due to invalid or unsupported version.
#   written by Deno, bytes: Uint8Array of 3
#   written by Deno, a KvU64: 7
#   a list of all four: ended by Error: Unable to deserialize cloned data due to invalid or unsupported version.
#
# Needs node and npm. Ends with 1 when that is no longer so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export DENO_DIR="$work/deno" NO_COLOR=1
unset RUST_BACKTRACE
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact deno@2.9.6 @deno/kv@0.14.0 >/dev/null
cat > show.mjs <<'JS'
function text(value) {
  if (value instanceof Uint8Array) return `Uint8Array of ${value.length}`;
  if (value instanceof Map) return "Map";
  return typeof value?.value === "bigint" ? String(value.value) : JSON.stringify(value);
}

/** Gets each row by itself, then lists all of them. */
export async function show(kv, by, names, count) {
  for (const name of names) {
    try {
      console.log(`written by ${by}, ${name}: ${text((await kv.get([by, name])).value)}`);
    } catch (error) {
      console.log(`written by ${by}, ${name}: ${error}`);
    }
  }
  try {
    for await (const _row of kv.list({ prefix: [by] }));
    console.log(`a list of all ${count}: read`);
  } catch (error) {
    console.log(`a list of all ${count}: ended by ${error}`);
  }
}
JS
cat > node_writes.mjs <<'JS'
import { openKv } from "@deno/kv";
const kv = await openKv("finding.kv");
await kv.set(["node", "a text"], "text");
await kv.set(["node", "bytes"], new Uint8Array(3));
await kv.set(["node", "a Map"], new Map([[1, 2]]));
await kv.set(["node", "an ArrayBuffer inside"], { part: new ArrayBuffer(3) });
await kv.set(["node", "bytes inside"], { part: new Uint8Array(3) });
kv.close();
JS
cat > deno.mjs <<'JS'
import { show } from "./show.mjs";
const kv = await Deno.openKv("finding.kv");
await show(kv, "node", ["a text", "bytes", "a Map", "an ArrayBuffer inside", "bytes inside"], "five");
await kv.set(["Deno", "a text"], "text");
await kv.set(["Deno", "a number"], 7);
await kv.set(["Deno", "bytes"], new Uint8Array(3));
await kv.set(["Deno", "a KvU64"], new Deno.KvU64(7n));
kv.close();
JS
cat > node_reads.mjs <<'JS'
import { openKv } from "@deno/kv";
import { show } from "./show.mjs";
const kv = await openKv("finding.kv");
await show(kv, "Deno", ["a text", "a number", "bytes", "a KvU64"], "four");
kv.close();
JS
node node_writes.mjs
seen=$(node_modules/.bin/deno run -A --unstable-kv deno.mjs; node node_reads.mjs)
echo "$seen"
unsupported='Error: Unable to deserialize cloned data due to invalid or unsupported version.'
expected="written by node, a text: \"text\"
written by node, bytes: Uint8Array of 3
written by node, a Map: Map
written by node, an ArrayBuffer inside: {\"part\":{}}
written by node, bytes inside: RangeError: could not deserialize value
a list of all five: ended by RangeError: could not deserialize value
written by Deno, a text: $unsupported
written by Deno, a number: $unsupported
written by Deno, bytes: Uint8Array of 3
written by Deno, a KvU64: 7
a list of all four: ended by $unsupported"
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
