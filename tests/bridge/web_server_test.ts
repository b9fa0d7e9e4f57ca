import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  HEAD_MS,
  KEEP_MS,
  MAX_WAITING,
  plainAnswer,
  STALL_MS,
  type WebHandler,
} from "../../lib/bridge/web_server.ts";
import { written } from "../../lib/bridge/web_files.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { get, parsed, readAll, webWorld } from "./web.ts";

/** Says what was asked. */
const echo: WebHandler = {
  answer: async (request, answer, { pk }) => {
    let bytes = 0;
    for await (const piece of request) bytes += piece.length;
    plainAnswer(answer, 200, `${request.method} ${request.url} ${bytes} ${pk.slice(0, 4)}`);
  },
};

Deno.test("A request is answered with the caller known, in whatever pieces it comes", async () => {
  for (const chunk of [1, 3, 4096]) {
    const { ask, answered } = await webWorld(echo);
    const answer = parsed(await ask(get("/a?b"), { chunk: () => chunk }));
    deepStrictEqual([answer.status, answer.body], [200, "GET /a?b 0 02c6\n"]);
    await settle();
    deepStrictEqual(answered, [{ method: "GET", target: "/a?b", status: 200, whole: true }]);
  }
});

Deno.test("One connection serves many requests, in their order, also when they come at once", async () => {
  const { dial } = await webWorld(echo);
  const { near, served } = dial();
  const asked = Array.from({ length: MAX_WAITING }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await near.write(utf8(asked.join("")));
  let heard = "";
  while (!heard.includes(`GET /${MAX_WAITING - 1} `)) heard += fromUtf8((await near.read())!);
  deepStrictEqual([...heard.matchAll(/GET \/(\d+)/g)].map(([, n]) => Number(n)), asked.map((_, i) => i));
  await near.write(utf8(get("/last")));
  match(await readAll(near), /GET \/last 0/);
  strictEqual(await served, undefined);
});

Deno.test("Who ends its direction behind its questions gets all of their answers, and then the end", async () => {
  for (const chunk of [1, 4096]) {
    const { dial } = await webWorld({
      answer: async (request, answer, caller, gone) => {
        await settle(); // the end has come before it answers
        await echo.answer(request, answer, caller, gone);
      },
    });
    const { near, served } = dial({ chunk: () => chunk });
    const heard = readAll(near);
    await near.write(utf8(`GET /1 HTTP/1.1\r\nHost: x\r\n\r\n${"GET /2 HTTP/1.1\r\nHost: x\r\n\r\n"}`));
    await near.closeWrite();
    match(await heard, /GET \/1 0 02c6\n[^]*GET \/2 0 02c6\n$/);
    strictEqual(await served, undefined);
  }
});

Deno.test("An end in the middle of a head or of a body ends the connection at once, and answers nothing", async () => {
  const post = "POST / HTTP/1.1\r\nHost: x\r\n";
  for (
    const [part, end] of [
      ["", ""],
      ["GET / HT", ""],
      [post, ""],
      [`${post}Content-Length: 9\r\n\r\nhalf`, "<reset>"],
      [`${post}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`, "<reset>"],
    ]
  ) {
    const { dial } = await webWorld(echo);
    const { near, served } = dial();
    if (part !== "") await near.write(utf8(part));
    await near.closeWrite();
    strictEqual(await readAll(near), end, part);
    await served;
  }
});

Deno.test("Who asks for more than it waits for is cut off", async () => {
  const hold = Promise.withResolvers<void>();
  const { ask } = await webWorld({ answer: () => hold.promise });
  const heard = await ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(MAX_WAITING + 1));
  strictEqual(heard, "<reset>");
  hold.resolve();
});

for (
  const [name, text, status] of [
    ["no HTTP", "\x16\x03\x01\x02\r\n\r\n", 400],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400],
    [
      "a length and a coding",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["a space before a colon", "GET / HTTP/1.1\r\nHost: x\r\nX-A : 1\r\n\r\n", 400],
    ["a folded field", "GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n b\r\n\r\n", 400],
    ["no host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["an expectation that nobody knows", get("/", "Expect: tea\r\n"), 417],
    ["a field of 40,000 bytes", get("/", `A: ${"b".repeat(40_000)}\r\n`), 431],
    ["fields without end", `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(20_000)}`, 431],
  ] as const
) {
  Deno.test(`A request with ${name} gets ${status} and the end`, async () => {
    const { ask } = await webWorld(echo);
    strictEqual(parsed(await ask(text)).status, status);
  });
}

Deno.test("What comes behind a request that is refused is not answered, nor does it hold up the end", async () => {
  for (
    const [text, status] of [["GET / HTTP/1.1\r\n\r\n", 400], [
      "GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n",
      417,
    ]] as const
  ) {
    const { ask, answered } = await webWorld(echo);
    const heard = await ask(text.repeat(100) + get("/"));
    deepStrictEqual([heard.split("HTTP/1.1 ").length - 1, parsed(heard).status], [1, status]);
    deepStrictEqual(answered, []);
  }
});

Deno.test("What comes behind the last request takes nothing from its answer", async () => {
  for (const last of [get("/1"), "GET /1 HTTP/1.0\r\n\r\n"]) {
    for (const behind of ["\r\n", "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n", "\x01\x02\x03"]) {
      const { ask, answered } = await webWorld(echo);
      match(await ask(last + behind), /GET \/1 0 02c6\n$/);
      await settle();
      deepStrictEqual(answered, [{ method: "GET", target: "/1", status: 200, whole: true }]);
    }
  }
});

Deno.test("A head that does not come, one that comes byte by byte, and no next request end by themselves", async () => {
  const clock = new FakeClock();
  const { dial } = await webWorld(echo, clock);
  const { near, served } = dial();
  for (const character of "GET / HT") {
    await near.write(utf8(character));
    await settle();
    await clock.advance(HEAD_MS / 10);
  }
  await clock.advance(HEAD_MS);
  match((await served)!.message, /no whole request came in time/);
  const kept = dial();
  await kept.near.write(utf8("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  let heard = "";
  while (!heard.endsWith("02c6\n")) heard += fromUtf8((await kept.near.read())!);
  for (let i = 0; i < 3; i++) {
    await settle();
    await clock.advance(KEEP_MS);
  }
  match((await kept.served)!.message, /no further request came/);
});

Deno.test("A slow reader holds its answer back, in bounded memory; one that stands still is cut off", async () => {
  const clock = new FakeClock();
  let sent = 0;
  const endless: WebHandler = {
    answer: async (_request, answer) => {
      answer.writeHead(200, { "Content-Length": 1 << 30 });
      const piece = new Uint8Array(65536);
      while (await written(answer, piece)) sent += piece.length;
    },
  };
  const { dial, answered } = await webWorld(endless, clock);
  const { near, served } = dial({ bufferBytes: 65536 });
  await near.write(utf8(get("/")));
  await settle();
  const stood = sent;
  ok(stood < 1 << 20, `${stood} bytes without a reader`);
  for (let i = 0; i < 20; i++) {
    for (let read = 0; read < 1 << 18; read += (await near.read())!.length);
    await settle();
    await clock.advance(STALL_MS / 2);
  }
  ok(sent > stood);
  await settle();
  await clock.advance(2 * STALL_MS);
  match((await served)!.message, /nothing has moved/);
  await settle();
  deepStrictEqual(answered.map(({ whole }) => whole), [false]);
});

Deno.test("A caller that leaves is noticed by who answers; a fault of that is 500 and says nothing", async () => {
  let left = false;
  const { dial, ask, answered } = await webWorld({
    answer: (request, answer, _caller, gone) => {
      if (request.url === "/fault") throw new Error("/etc/passwd is not there");
      gone.addEventListener("abort", () => left = true);
      answer.writeHead(200);
      answer.write("half");
      return new Promise((resolve) => gone.addEventListener("abort", () => resolve()));
    },
  });
  const { near, served } = dial();
  await near.write(utf8(get("/")));
  let heard = "";
  while (!heard.includes("half")) heard += fromUtf8((await near.read())!);
  near.break();
  ok(await served);
  await settle();
  deepStrictEqual([left, answered[0].whole], [true, false]);
  const fault = parsed(await ask(get("/fault")));
  deepStrictEqual([fault.status, fault.body], [500, "Internal error\n"]);
});

Deno.test("What is no HTTP behind a request does not come between its answer", async () => {
  const go = Promise.withResolvers<void>();
  const { dial } = await webWorld({
    answer: async (_request, answer) => {
      answer.writeHead(200, { "Content-Length": 8 });
      answer.write("half");
      await go.promise;
      answer.end("half");
    },
  });
  const { near } = dial();
  await near.write(utf8("GET / HTTP/1.1\r\nHost: x\r\n\r\n\x01\x02\x03\r\n\r\n"));
  const heard = await readAll(near);
  go.resolve();
  ok(!heard.includes("400") && heard.endsWith("<reset>"), heard);
});

Deno.test("Who is cut off before the first byte is served nothing", async () => {
  const { answered, dial } = await webWorld({
    answer: (_, answer) => Promise.resolve(plainAnswer(answer, 200, "x")),
  });
  const { near, served, stop } = dial();
  stop.abort(new Error("taken from the list"));
  await near.write(utf8(get("/"))).catch(() => {});
  strictEqual((await served)!.message, "taken from the list");
  deepStrictEqual([await readAll(near), answered], ["<reset>", []]);
});
