#!/usr/bin/env bash
# deno 2.9.6 (npm), Deno KV in a file: values that hold bytes.
#
# A `Uint8Array` that is the value is stored as its own bytes. One *inside* a value (a member, an array's element) is
# stored with the whole buffer that it is a view of: 4 bytes cut with `subarray` from a frame of 70,000 are refused as too
# large, and those cut from 1,000 come back as 4 with the other 996 behind them. `slice` stores 4. Who keeps parts of
# what was read from a socket fills the file many times over, and meets the limit of 65,536 bytes with small rows.
#
# Seen (2026-11, linux/amd64):
#   the value itself, 4 of 1000: 4 bytes, buffer of 4
#   a member, subarray, 4 of 1000: 4 bytes, buffer of 1000
#   a member, slice, 4 of 1000: 4 bytes, buffer of 4
#   the value itself, 4 of 70000: 4 bytes, buffer of 4
#   a member, subarray, 4 of 70000: TypeError: Value too large (max 65536 bytes)
#   a member, slice, 4 of 70000: 4 bytes, buffer of 4
#
# Needs node and npm. Ends with 1 when that is no longer so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export DENO_DIR="$work/deno" NO_COLOR=1
unset RUST_BACKTRACE
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact deno@2.9.6 >/dev/null
cat > finding.mjs <<'JS'
const kv = await Deno.openKv("finding.kv");
for (const size of [1000, 70000]) {
  const whole = new Uint8Array(size);
  const cases = {
    "the value itself": whole.subarray(0, 4),
    "a member, subarray": { part: whole.subarray(0, 4) },
    "a member, slice": { part: whole.slice(0, 4) },
  };
  for (const [name, value] of Object.entries(cases)) {
    let seen;
    try {
      await kv.set(["row"], value);
      const row = (await kv.get(["row"])).value;
      const part = row instanceof Uint8Array ? row : row.part;
      seen = `${part.length} bytes, buffer of ${part.buffer.byteLength}`;
    } catch (error) {
      seen = String(error);
    }
    console.log(`${name}, 4 of ${size}: ${seen}`);
  }
}
kv.close();
JS
seen=$(node_modules/.bin/deno run -A --unstable-kv finding.mjs)
echo "$seen"
expected='the value itself, 4 of 1000: 4 bytes, buffer of 4
a member, subarray, 4 of 1000: 4 bytes, buffer of 1000
a member, slice, 4 of 1000: 4 bytes, buffer of 4
the value itself, 4 of 70000: 4 bytes, buffer of 4
a member, subarray, 4 of 70000: TypeError: Value too large (max 65536 bytes)
a member, slice, 4 of 70000: 4 bytes, buffer of 4'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
