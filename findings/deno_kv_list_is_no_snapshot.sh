#!/usr/bin/env bash
# deno 2.9.6 (npm), Deno KV in a file: a list that is read while rows are written.
#
# A list is read in batches (100 rows unless `batchSize` says other), each with the rows of its own moment. So up to 99
# rows are a snapshot and a hundred and more are not: a loop that writes a row behind the end for every row it reads ends
# in a test with a few rows and never with many (here it stops writing after 500), and a loop that deletes the rows ahead
# still meets those of its batch, as they were, and no others.
#
# Seen (2026-11, linux/amd64):
#   99 rows, one more for each that is read: 99 read
#   100 rows, one more for each that is read: 600 read
#   100 rows, the same with batchSize 500: 100 read
#   150 rows, all others deleted at the first: 100 read
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

/** Fills a list with `rows` rows and reads it, with `during(read, n)` after each; gives the rows that were read. */
async function reading(rows, options, during) {
  const list = `${rows} ${JSON.stringify(options)} ${during.name}`;
  for (let n = 0; n < rows; n++) await kv.set([list, n], n);
  let read = 0;
  for await (const row of kv.list({ prefix: [list] }, options)) await during(++read, list, row);
  return read;
}

async function adding(read, list) {
  if (read <= 500) await kv.set([list, 10000 + read], read);
}

async function deleting(read, list, row) {
  if (read > 1) return;
  for (let n = 0; n < 150; n++) if (n !== row.key[1]) await kv.delete([list, n]);
}

console.log(`99 rows, one more for each that is read: ${await reading(99, {}, adding)} read`);
console.log(`100 rows, one more for each that is read: ${await reading(100, {}, adding)} read`);
console.log(`100 rows, the same with batchSize 500: ${await reading(100, { batchSize: 500 }, adding)} read`);
console.log(`150 rows, all others deleted at the first: ${await reading(150, {}, deleting)} read`);
kv.close();
JS
seen=$(node_modules/.bin/deno run -A --unstable-kv finding.mjs)
echo "$seen"
expected='99 rows, one more for each that is read: 99 read
100 rows, one more for each that is read: 600 read
100 rows, the same with batchSize 500: 100 read
150 rows, all others deleted at the first: 100 read'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
