#!/usr/bin/env bash
# deno 2.9.6 and @deno/kv 0.14.0 (npm): a commit on a KV Connect server whose answer is lost.
#
# The client writes it again by itself, the same bytes (the protocol's text wants it, the API's does not say so), and the
# second answer is what `commit` resolves to. Nothing in a write tells the server that it has it already. So a `sum` of 1
# counts 2, with `ok: true`; a row that is set if it is absent is there, and `ok` is false, as if another writer had been
# quicker. The exception that is documented for failures comes with 4xx alone. Behind a cut connection Deno writes again
# as well, and node's package throws. Who counts, or takes `false` for a rival, must write a name of the commit beside it,
# and look whether it is there.
#
# Seen (2026-11, linux/amd64, node 20.20.2), the server has written each time, and answers the first post so:
#   deno, sum of 1, answered: 1 post, ok true, the counter is 1
#   deno, sum of 1, connection cut: 2 posts, ok true, the counter is 2
#   deno, sum of 1, 503: 2 posts, ok true, the counter is 2
#   deno, sum of 1, 429: 1 post, Error, the counter is 1
#   deno, set if absent, answered: 1 post, ok true, the row is there
#   deno, set if absent, connection cut: 2 posts, ok false, the row is there
#   deno, set if absent, 503: 2 posts, ok false, the row is there
#   deno, set if absent, 429: 1 post, Error, the row is there
#   node, the same eight, but where the connection is cut: 1 post, TypeError
#
# Needs node and npm; uses the loopback. Ends with 1 when that is no longer so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export DENO_DIR="$work/deno" NO_COLOR=1 DENO_LOG=off DENO_KV_ACCESS_TOKEN=example
unset RUST_BACKTRACE
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact deno@2.9.6 @deno/kv@0.14.0 >/dev/null
cat > server.mjs <<'JS'
const WRITTEN = [8, 1, 18, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]; // success, and a stamp of 10 bytes
const CHECK_FAILED = [8, 2];
const CHECKS = 0x0a; // the first byte of a write that begins with a check

/**
 * As much of a server as the commits below need: a counter, to which each write without a check adds 1, and a row, which
 * one with a check sets if it is absent.
 * @param createServer  Of HTTP/2 for Deno, of HTTP/1.1 for node.
 */
export async function serve(createServer) {
  const state = { posts: 0, counter: 0, row: false, loss: "answered" };
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { port } = server.address();
    if (!request.url.endsWith("/atomic_write")) {
      response.setHeader("content-type", "application/json");
      return response.end(JSON.stringify({
        version: 3,
        databaseId: "00000000-0000-4000-8000-000000000000",
        endpoints: [{ url: `http://127.0.0.1:${port}/data`, consistency: "strong" }],
        token: "example",
        expiresAt: new Date(Date.now() + 3_600_000),
      }));
    }
    let answer = WRITTEN;
    if (Buffer.concat(parts)[0] !== CHECKS) state.counter++;
    else if (state.row) answer = CHECK_FAILED;
    else state.row = true;
    if (++state.posts === 1 && state.loss !== "answered") {
      if (state.loss === "connection cut") return (request.stream?.session ?? request.socket).destroy();
      response.statusCode = Number(state.loss);
      return response.end();
    }
    response.setHeader("content-type", "application/x-protobuf");
    response.end(Uint8Array.from(answer));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { state, url: `http://127.0.0.1:${server.address().port}` };
}

/** Commits once for each loss, and says what came of it. */
export async function commits(name, { state }, kv) {
  const sum = () => kv.atomic().sum(["counter"], 1n);
  const set = () => kv.atomic().check({ key: ["row"], versionstamp: null }).set(["row"], "text");
  for (const [what, change] of [["sum of 1", sum], ["set if absent", set]]) {
    for (const loss of ["answered", "connection cut", "503", "429"]) {
      Object.assign(state, { posts: 0, counter: 0, row: false, loss });
      const result = await change().commit().then(({ ok }) => `ok ${ok}`, (error) => error.name);
      const kept = what === "sum of 1" ? `counter is ${state.counter}` : `row is ${state.row ? "there" : "absent"}`;
      console.log(`${name}, ${what}, ${loss}: ${state.posts} post${state.posts > 1 ? "s" : ""}, ${result}, the ${kept}`);
    }
  }
}
JS
cat > deno.mjs <<'JS'
import { createServer } from "node:http2";
import { commits, serve } from "./server.mjs";
const server = await serve(createServer);
await commits("deno", server, await Deno.openKv(server.url));
Deno.exit();
JS
cat > node.mjs <<'JS'
import { createServer } from "node:http";
import { openKv } from "@deno/kv";
import { commits, serve } from "./server.mjs";
const server = await serve(createServer);
await commits("node", server, await openKv(server.url));
process.exit();
JS
seen=$(node_modules/.bin/deno run -A --unstable-kv deno.mjs; node node.mjs)
echo "$seen"
expected='deno, sum of 1, answered: 1 post, ok true, the counter is 1
deno, sum of 1, connection cut: 2 posts, ok true, the counter is 2
deno, sum of 1, 503: 2 posts, ok true, the counter is 2
deno, sum of 1, 429: 1 post, Error, the counter is 1
deno, set if absent, answered: 1 post, ok true, the row is there
deno, set if absent, connection cut: 2 posts, ok false, the row is there
deno, set if absent, 503: 2 posts, ok false, the row is there
deno, set if absent, 429: 1 post, Error, the row is there
node, sum of 1, answered: 1 post, ok true, the counter is 1
node, sum of 1, connection cut: 1 post, TypeError, the counter is 1
node, sum of 1, 503: 2 posts, ok true, the counter is 2
node, sum of 1, 429: 1 post, Error, the counter is 1
node, set if absent, answered: 1 post, ok true, the row is there
node, set if absent, connection cut: 1 post, TypeError, the row is there
node, set if absent, 503: 2 posts, ok false, the row is there
node, set if absent, 429: 1 post, Error, the row is there'
[ "$seen" = "$expected" ] || { echo "CHANGED"; exit 1; }
