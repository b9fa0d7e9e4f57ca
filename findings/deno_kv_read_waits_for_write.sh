#!/usr/bin/env bash
# deno 2.9.6 (npm), Deno KV in a file: a read that is asked for while a commit is under way.
#
# One handle answers one call at a time: a read that is asked for behind a commit waits for it, unless it gets hold of the
# database first, and however long that takes, though the file is in WAL mode and SQLite itself lets readers go on. A
# second handle of the same file, opened by the same program, answers beside the commit, with what was committed before.
# (Of twelve rows of 60,000 bytes a commit takes some milliseconds here; on a slow disk hundreds.)
#
# Seen (2026-11, linux/amd64), of 50 reads that were asked for while a commit was under way:
#   same handle: 0 to 4 came before it, 11 on a busy machine
#   second handle: 49 or 50 came before it, with the row of the commit before
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
const ROUNDS = 50;
const writer = await Deno.openKv("finding.kv");
const second = await Deno.openKv("finding.kv");
const rows = Array.from({ length: 12 }, (_, n) => ["row", n]);

async function commit(round) {
  const change = writer.atomic();
  for (const key of rows) change.set(key, new Uint8Array(60_000).fill(round));
  await change.commit();
}

/** How many reads came before the commit under way, and whether each of them has a value that was committed. */
async function reading(reader) {
  await commit(0);
  let [early, asBefore] = [0, true];
  for (let round = 1; round <= ROUNDS; round++) {
    let isWritten = false;
    const writing = commit(round).then(() => isWritten = true);
    const { value } = await reader.get(rows[0]);
    if (!isWritten) {
      early++;
      asBefore &&= value[0] === round - 1 || value[0] === round;
    }
    await writing;
  }
  return { early, asBefore };
}

const same = await reading(writer);
const other = await reading(second);
console.error(`before the commit: same handle ${same.early}, second handle ${other.early} of ${ROUNDS}`);
console.log(`same handle: most reads wait for the commit: ${same.early < ROUNDS / 2}`);
console.log(`second handle: few do: ${other.early > ROUNDS * 3 / 4}, and they have what was committed: ${other.asBefore}`);
second.close();
writer.close();
JS
seen=$(node_modules/.bin/deno run -A --unstable-kv finding.mjs)
echo "$seen"
expected='same handle: most reads wait for the commit: true
second handle: few do: true, and they have what was committed: true'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
