import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { leanFetch } from "../../lib/sys/fetch.ts";
import { concat, fromUtf8 } from "../../lib/wire/bytes.ts";

/** Answers each connection with fixed bytes, and keeps what it was asked. */
function rawServer(...answers: string[]): { url: string; asked: string[] } & Disposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  void (async () => {
    for await (const conn of listener) {
      const bytes = new Uint8Array(4096);
      const count = await conn.read(bytes);
      asked.push(fromUtf8(bytes.subarray(0, count ?? 0)));
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      for (const part of answer.split("|")) await conn.write(new TextEncoder().encode(part));
      conn.close();
    }
  })().catch(() => {});
  const url = `http://127.0.0.1:${listener.addr.port}/a/b?c=d`;
  return { url, asked, [Symbol.dispose]: () => listener.close() };
}

async function bodyOf(answer: Awaited<ReturnType<typeof leanFetch>>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of answer.body!) parts.push(part);
  return fromUtf8(concat(...parts));
}

const PLAIN = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
/** What the runtime's own client begins its requests with. */
const FULL = /^GET \/a\/b\?c=d HTTP\/1\.1\r\n/;
const LEAN = /^GET \/a\/b\?c=d HTTP\/1\.0\r\nHost: 127\.0\.0\.1:\d+\r\n\r\n$/;

Deno.test("Lean fetch gets a small answer in any pieces", async () => {
  for (const text of [PLAIN, [...PLAIN].join("|"), PLAIN + "more than it says"]) {
    using server = rawServer(text);
    const answer = await leanFetch(server.url);
    deepStrictEqual([answer.status, await bodyOf(answer), answer.headers.get("Content-Length")], [
      200,
      "hello",
      "5",
    ]);
    deepStrictEqual(server.asked.length, 1);
    match(server.asked[0], LEAN);
  }
});

Deno.test("Lean fetch gives refusals like any answer", async () => {
  using server = rawServer("HTTP/1.0 404 Not Found\r\nX: y\r\nCONTENT-LENGTH:  2 \r\n\r\nno");
  const answer = await leanFetch(server.url);
  deepStrictEqual([answer.status, await bodyOf(answer)], [404, "no"]);
});

Deno.test("Lean fetch leaves unusual answers to fetch", async () => {
  const unusual = [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\n\r\nhello",
    "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
    "nonsense\r\n\r\n",
    "",
  ];
  for (const text of unusual) {
    using server = rawServer(text, PLAIN);
    strictEqual(await bodyOf(await leanFetch(server.url)), "hello", text);
    strictEqual(server.asked.length, 2);
    match(server.asked[1], FULL);
  }
});

Deno.test("Lean fetch leaves everything but a plain GET to fetch", async () => {
  using server = rawServer(PLAIN);
  await bodyOf(await leanFetch(server.url, { method: "POST", body: "x" }));
  await bodyOf(await leanFetch(server.url, { headers: { "x-y": "z" } }));
  match(server.asked[0], /^POST .* HTTP\/1\.1\r\n/);
  match(server.asked[1], FULL);
});

Deno.test("Lean fetch fails as fetch does", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}/`;
  const stop = new AbortController();
  const asked = leanFetch(url, { signal: stop.signal }); // nobody answers
  setTimeout(() => stop.abort(new Error("given up")), 20);
  await rejects(asked, /given up/);
  listener.close();
  await rejects(leanFetch(url), TypeError);
  await rejects(leanFetch("no url"), TypeError);
});
