import { ok, strictEqual } from "node:assert/strict";
import { serveHttp } from "../../lib/sys/http.ts";
import { utf8 } from "../../lib/wire/bytes.ts";

const answer = async (request: Request): Promise<Response> =>
  new URL(request.url).pathname === "/long"
    ? new Response("x".repeat(16 * 1024 * 1024))
    : await Promise.resolve(new Response("ok"));

Deno.test("An HTTP server ends in 3 s, whatever clients have left half done; at once when they have not", async () => {
  const halves: [string, number][] = [
    ["", 1000],
    ["GET / HTTP/1.1\r\nHo", 1000],
    ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", 1000],
    ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", 3000],
    ["GET /long HTTP/1.1\r\nHost: x\r\n\r\n", 3000],
  ];
  await Promise.all(halves.map(async ([text, mostMs]) => {
    const server = serveHttp({ hostname: "127.0.0.1", port: 0 }, answer);
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(server.url).port) });
    if (text) await conn.write(utf8(text));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const startMs = performance.now();
    await server.close();
    const tookMs = performance.now() - startMs;
    conn.close();
    ok(tookMs < mostMs, `${JSON.stringify(text)}: ${tookMs} ms`);
  }));
});

Deno.test("An HTTP server that ends answers what is under way", async () => {
  const asked = Promise.withResolvers<void>();
  const server = serveHttp({ hostname: "127.0.0.1", port: 0 }, async () => {
    asked.resolve();
    await new Promise((resolve) => setTimeout(resolve, 300));
    return new Response("late");
  });
  const answered = fetch(server.url).then((response) => response.text());
  await asked.promise;
  await server.close();
  strictEqual(await answered, "late");
});
