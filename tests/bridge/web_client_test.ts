import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { ANSWER_STALL_MS, webGet, type WebReply } from "../../lib/bridge/web_client.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { memoryDuplexPair } from "../fakes/duplex.ts";
import { breakable } from "./web.ts";

const NEVER = new AbortController().signal;
const QUESTION = { host: "02ab:80", target: "/a?b", fields: ["Range", "bytes=1-"] };

/** A peer that has been asked. */
async function asked(chunk?: number, signal = NEVER) {
  const clock = new FakeClock();
  const [near, far] = memoryDuplexPair(chunk === undefined ? {} : { chunk: () => chunk });
  const reply = webGet(breakable(near), clock, QUESTION, signal);
  reply.catch(() => {});
  let request = "";
  while (!request.includes("\r\n\r\n")) request += fromUtf8((await far.read())!);
  return { clock, far, reply, request };
}

async function text({ body }: WebReply): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const piece of body) parts.push(Uint8Array.from(piece));
  return fromUtf8(concat(...parts));
}

Deno.test("A question is one request, and its answer is read in whatever pieces it comes", async () => {
  for (const chunk of [1, 3, 4096]) {
    for (
      const [head, body] of [
        ["Content-Length: 6\r\n", "answer"],
        ["Transfer-Encoding: chunked\r\n", "3\r\nans\r\n3\r\nwer\r\n0\r\n\r\n"],
        ["", "answer"],
      ]
    ) {
      const { far, reply, request } = await asked(chunk);
      match(
        request,
        /^GET \/a\?b HTTP\/1\.1\r\nHost: 02ab:80\r\nConnection: close\r\nRange: bytes=1-\r\n\r\n$/,
      );
      await far.write(utf8(`HTTP/1.1 206 Some\r\nX-A: 1\r\nx-a: 2\r\n${head}\r\n${body}`));
      await far.closeWrite();
      const { status, reason, fields } = await reply;
      deepStrictEqual([status, reason, fields["x-a"]], [206, "Some", "1, 2"]);
      strictEqual(await text(await reply), "answer");
    }
  }
});

for (
  const [name, answer, message] of [
    ["is no HTTP", "SSH-2.0-OpenSSH\r\n", /it is no HTTP/],
    ["has a head without end", `HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(40_000)}`, /its head is too long/],
    [
      "has two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      /it is no HTTP/,
    ],
    [
      "is another protocol",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
      /another protocol/,
    ],
  ] as const
) {
  Deno.test(`An answer that ${name} is told as that`, async () => {
    const { far, reply } = await asked();
    await far.write(utf8(answer)).catch(() => {});
    await rejects(reply, { name: "ProtocolError", message });
  });
}

Deno.test("An answer that ends too early is no answer, before its head and within", async () => {
  for (
    const [said, end] of [["", "closeWrite"], ["HTTP/1.1 200 OK\r\nCont", "closeWrite"], [
      "HTTP/1.1 200 OK\r\nCont",
      "break",
    ]] as const
  ) {
    const { far, reply } = await asked();
    if (said !== "") await far.write(utf8(said));
    await settle();
    await far[end]();
    await rejects(reply, { name: /NetworkError|ProtocolError/ });
  }
  for (const end of ["closeWrite", "break"] as const) {
    for (const head of ["Content-Length: 100\r\n", "Transfer-Encoding: chunked\r\n"]) {
      const { far, reply } = await asked();
      await far.write(utf8(`HTTP/1.1 200 OK\r\n${head}\r\n`));
      const got = await reply;
      await far.write(utf8("4\r\nhalf\r\n"));
      await settle();
      await far[end]();
      await rejects(text(got), { name: "NetworkError" });
    }
  }
});

Deno.test("An answer that stands still is given up, and a signal ends the wait", async () => {
  const { clock, reply } = await asked();
  await clock.advance(ANSWER_STALL_MS + 1);
  await rejects(reply, { reason: "timeout" });
  const stop = new AbortController();
  const other = await asked(undefined, stop.signal);
  stop.abort(new Error("Ctrl+C"));
  await rejects(other.reply, /Ctrl\+C/);
});

Deno.test("A body is read as fast as it is taken", async () => {
  const { far, reply } = await asked();
  const piece = new Uint8Array(65536);
  await far.write(utf8("HTTP/1.1 200 OK\r\n\r\n"));
  let sent = 0;
  const sending = (async () => {
    for (; sent < 16 << 20; sent += piece.length) await far.write(piece);
    await far.closeWrite();
  })();
  const got = await reply;
  await settle();
  ok(sent < 1 << 20, `${sent}`);
  strictEqual((await text(got)).length, 16 << 20);
  await sending;
});

Deno.test("An answer's head may have 64 KiB", async () => {
  const { far, reply } = await asked();
  const fields = Array.from({ length: 60 }, (_, i) => `X-${i}: ${"a".repeat(1000)}\r\n`).join("");
  await far.write(utf8(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok`));
  strictEqual((await reply).fields["x-59"], "a".repeat(1000));
  strictEqual(await text(await reply), "ok");
});

Deno.test("Who reads the answer may take hours over it, and a peer that says nothing has a minute", async () => {
  const { clock, far, reply } = await asked();
  const half = "x".repeat(200_000);
  const saying = far.write(utf8(`HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n${half}`))
    .then(() => far.write(utf8(half)));
  const pieces = (await reply).body[Symbol.asyncIterator]();
  let bytes = 0;
  while (bytes < 400_000) {
    const { value } = await pieces.next();
    bytes += value.length;
    if (bytes < 400_000) await clock.advance(3_600_000);
  }
  await saying;
  strictEqual((await pieces.next()).done, true);

  const silent = await asked();
  await silent.far.write(utf8("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab"));
  const rest = (await silent.reply).body[Symbol.asyncIterator]();
  await rest.next();
  const next = rejects(rest.next(), /nothing has moved for 60 s/);
  await silent.clock.advance(ANSWER_STALL_MS + 1);
  await next;
});
