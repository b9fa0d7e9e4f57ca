import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { onwardFields } from "../../lib/bridge/web_fields.ts";
import { webProxy } from "../../lib/bridge/web_proxy.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { systemClock } from "../../lib/sys/clock.ts";
import { IDLE_MS } from "../../lib/bridge/join.ts";
import { STALL_MS } from "../../lib/bridge/web_server.ts";
import { FakeClock } from "../fakes/clock.ts";
import { CALLER, get, parsed, readAll, webWorld } from "./web.ts";

const AUTHORITY = `${CALLER}:80`;

/** A service that says what it was given, as bytes of one connection. */
function rawService(answer: (request: string, conn: Deno.TcpConn) => Promise<string | void> | string | void) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conns: Deno.TcpConn[] = [];
  void (async () => {
    for await (const conn of listener) {
      conns.push(conn);
      void (async () => {
        let heard = "";
        const buffer = new Uint8Array(65536);
        for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
          heard += fromUtf8(buffer.subarray(0, count));
          const said = await answer(heard, conn);
          if (said === undefined) continue;
          await conn.write(utf8(said));
          conn.close();
          return;
        }
      })().catch(() => {});
    }
  })().catch(() => {});
  return {
    port: (listener.addr as Deno.NetAddr).port,
    [Symbol.dispose]: () => {
      listener.close();
      for (const conn of conns) {
        try {
          conn.close();
        } catch { /* closed */ }
      }
    },
  };
}

async function proxyTo(port: number, mayCall = (_method: string) => true) {
  return await webWorld(
    await webProxy({
      place: { hostname: "127.0.0.1", port },
      authority: AUTHORITY,
      mayCall: (_caller, method) => Promise.resolve(mayCall(method)),
    }),
    systemClock(),
  );
}

const ended = (request: string): boolean => request.includes("\r\n\r\n");
const ok200 = (body: string, fields = ""): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${utf8(body).length}\r\n${fields}Connection: close\r\n\r\n${body}`;

Deno.test("The caller's key is ours to write: no spelling of it, and no proxy's word, passes from outside", () => {
  const raw = [
    ...["Host", "evil", "x-dmsg-caller", "03" + "00".repeat(32), "X_Dmsg_Caller", "1", "X-DMSG_Caller", "2"],
    ...["X-Forwarded-For", "127.0.0.1", "Forwarded", "for=127.0.0.1", "X-Real-IP", "127.0.0.1"],
    ...[
      "Connection",
      "X-Mine, X-Dmsg-Caller, Content-Length",
      "X-Mine",
      "1",
      "Content-Length",
      "3",
      "TE",
      "trailers",
    ],
    ...["Cookie", "a=b", "Cookie", "c=d", "Upgrade", "h2c"],
  ];
  const place = { hostname: "127.0.0.1", port: 8080 };
  deepStrictEqual(
    onwardFields(raw, { pk: CALLER }, { place, authority: AUTHORITY }),
    [
      ...["Host", "127.0.0.1:8080", "Content-Length", "3", "Cookie", "a=b", "Cookie", "c=d"],
      ...["X-Dmsg-Caller", CALLER, "X-Forwarded-Host", AUTHORITY, "X-Forwarded-Proto", "http"],
    ],
  );
});

Deno.test("A request goes on with its body, and the answer comes back as it is", async () => {
  using service = rawService((request) => {
    if (!request.endsWith("body")) return;
    return ok200(request, "Content-Encoding: gzip\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
  });
  const { ask } = await proxyTo(service.port);
  const answer = await ask(
    "PUT http://elsewhere/x?y=%2F HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody",
  );
  match(answer, /Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n/);
  const { status, body, fields } = parsed(answer);
  deepStrictEqual([status, fields["content-encoding"]], [200, "gzip"]);
  match(body, /^PUT \/x\?y=%2F HTTP\/1\.1\r\n/);
  match(body, new RegExp(`\r\nX-Dmsg-Caller: ${CALLER}\r\n`));
  strictEqual(body.match(/x-dmsg-caller/gi)!.length, 1);
});

Deno.test("Bytes of a chunked body never become a request of their own, whatever the method", async () => {
  const inner = "GET /inner HTTP/1.1\r\nX-Dmsg-Caller: forged\r\n\r\n";
  for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) {
    using service = rawService((request) => request.endsWith("\r\n0\r\n\r\n") ? ok200(request) : undefined);
    const { ask } = await proxyTo(service.port);
    const answer = parsed(
      await ask(
        `${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${
          inner.length.toString(16)
        }\r\n${inner}\r\n0\r\n\r\n`,
      ),
    );
    match(answer.body, /transfer-encoding: chunked\r\n/i, method);
    match(
      answer.body,
      new RegExp(`\r\n\r\n${inner.length.toString(16)}\r\n${inner.replace(/[/.]/g, "\\$&")}\r\n0\r\n\r\n$`),
      method,
    );
  }
});

Deno.test("A service that is not there is 502, one that breaks off in an answer breaks it off", async () => {
  const gone = rawService(() => {});
  gone[Symbol.dispose]();
  const { ask } = await proxyTo(gone.port);
  const none = parsed(await ask(get("/")));
  deepStrictEqual([none.status, none.body], [502, "The service does not answer\n"]);
  using service = rawService((request) =>
    ended(request) ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\nhalf" : undefined
  );
  match(await (await proxyTo(service.port)).ask(get("/")), /half<reset>$/);
});

Deno.test("A redirect to the service leads to us; others stay", async () => {
  for (
    const [there, here] of [["ORIGIN/login?x", "/login?x"], ["ORIGIN", "/"], ["ORIGINAL/x", "ORIGINAL/x"], [
      "/a",
      "/a",
    ]]
  ) {
    using service: { port: number } & Disposable = rawService((request) => {
      const origin = `http://127.0.0.1:${service.port}`;
      return ended(request) ? ok200("", `Location: ${there.replace("ORIGIN", origin)}\r\n`) : undefined;
    });
    const { fields } = parsed(await (await proxyTo(service.port)).ask(get("/")));
    strictEqual(fields.location, here.replace("ORIGIN", `http://127.0.0.1:${service.port}`));
  }
});

Deno.test("A WebSocket passes both ways; another protocol does not, and who may only read may not either", async () => {
  using service = rawService((request, conn): string | void => {
    if (request.endsWith("ping")) return "pong";
    if (ended(request)) {
      void conn.write(
        utf8("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
      );
    }
  });
  const upgrade = (to: string) =>
    `GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${to}\r\n\r\n`;
  const { dial, ask } = await proxyTo(service.port);
  const { near } = dial();
  await near.write(utf8(upgrade("websocket")));
  let heard = "";
  while (!heard.includes("\r\n\r\n")) heard += fromUtf8((await near.read())!);
  match(heard, /^HTTP\/1\.1 101 /);
  await near.write(utf8("ping"));
  match(await readAll(near), /^pong/);
  strictEqual(parsed(await ask(upgrade("h2c"))).status, 501);
  const reader = await proxyTo(service.port, (method) => method === "GET");
  strictEqual(parsed(await reader.ask(upgrade("websocket"))).status, 403);
  strictEqual(parsed(await reader.ask(get("/").replace("GET", "POST"))).status, 403);
});

Deno.test("What is said right behind the change to a WebSocket passes on, both ways", async () => {
  using service = rawService((request, conn): string | void => {
    if (request.endsWith("\r\n\r\nhello")) return " and bye";
    if (!request.includes("\r\n\r\n")) return;
    void conn.write(
      utf8("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nwelcome"),
    );
  });
  const { ask } = await proxyTo(service.port);
  const heard = await ask(
    "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello",
  );
  match(heard, /^HTTP\/1\.1 101 /);
  match(heard, /\r\n\r\nwelcome and bye/);
});

Deno.test("What a service says of its own connection is not passed on", async () => {
  using service = rawService((request) =>
    ended(request)
      ? "HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nX-End: 2\r\n" +
        "Content-Length: 2\r\n\r\nok"
      : undefined
  );
  const { fields, body } = parsed(await (await proxyTo(service.port)).ask(get("/")));
  deepStrictEqual([fields["x-hop"], fields["x-end"], fields["keep-alive"], body], [
    undefined,
    "2",
    undefined,
    "ok",
  ]);
});

Deno.test("A target that is no path is refused; the one that means the whole service is not", async () => {
  using service = rawService((request) => ended(request) ? ok200(request.split("\r\n")[0]) : undefined);
  const { ask } = await proxyTo(service.port);
  const asked = async (method: string, fields = "") =>
    parsed(await ask(`${method} * HTTP/1.1\r\nHost: x\r\n${fields || "Connection: close\r\n"}\r\n`));
  strictEqual((await asked("OPTIONS")).body, "OPTIONS * HTTP/1.1");
  strictEqual((await asked("GET")).status, 400);
  strictEqual((await asked("GET", "Connection: Upgrade\r\nUpgrade: websocket\r\n")).status, 400);
});

Deno.test("A service that wants no WebSocket answers as it likes", async () => {
  using service = rawService((request) => ended(request) ? ok200("no sockets here") : undefined);
  const { ask } = await proxyTo(service.port);
  const answer = parsed(
    await ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
  );
  deepStrictEqual([answer.status, answer.body], [200, "no sockets here"]);
});

Deno.test("What a service says in place of a WebSocket ends the connection, whole or not", async () => {
  const upgrade = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  for (const [length, end] of [[4, /half$/], [40, /half<reset>$/]] as const) {
    using service = rawService((request) =>
      ended(request) ? `HTTP/1.1 404 Not Found\r\nContent-Length: ${length}\r\n\r\nhalf` : undefined
    );
    const { dial } = await proxyTo(service.port);
    const { near, served } = dial();
    await near.write(utf8(upgrade));
    match(await readAll(near), end);
    await served; // the caller's own direction is open: it stayed for a day
  }
});

Deno.test("A WebSocket that the service does not answer is given up after five minutes; one that stands, after a day", async () => {
  const upgrade = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  for (const answers of [false, true]) {
    const asked = Promise.withResolvers<void>();
    using service = rawService((request, conn): void => {
      if (!ended(request)) return;
      asked.resolve();
      if (!answers) return;
      void conn.write(
        utf8("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
      );
    });
    const proxy = await webProxy({
      place: { hostname: "127.0.0.1", port: service.port },
      authority: AUTHORITY,
      mayCall: () => Promise.resolve(true),
    });
    const clock = new FakeClock();
    const { dial } = await webWorld(proxy, clock);
    const { near, served } = dial();
    await near.write(utf8(upgrade));
    await asked.promise;
    if (answers) match(fromUtf8((await near.read())!), /^HTTP\/1\.1 101 /);
    let isOver = false;
    void served.then(() => isOver = true);
    await clock.advance(STALL_MS - 1000);
    await near.write(utf8("x")).catch(() => {}); // what is said meanwhile buys no time
    await clock.advance(2000);
    strictEqual(isOver, !answers);
    await clock.advance(IDLE_MS);
    match(String(await served), answers ? /for a day/ : /no answer came/);
  }
});

Deno.test("A WebSocket that is asked for behind a request that is not answered yet breaks the connection off", async () => {
  const go = Promise.withResolvers<string>();
  const requests: string[] = [];
  using service = rawService((request) => {
    if (!ended(request)) return;
    requests.push(request.split(" ")[1]);
    return go.promise;
  });
  const { dial } = await proxyTo(service.port);
  const { near, served } = dial();
  await near.write(utf8(
    "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" +
      "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  ));
  strictEqual(await readAll(near), "<reset>");
  ok(await served);
  ok(!requests.includes("/ws"));
  go.resolve(ok200("late"));
});

Deno.test("Who leaves while it is looked up whether it may call is not passed on", async () => {
  for (const fields of ["", "Connection: Upgrade\r\nUpgrade: websocket\r\n"]) {
    let heard = "";
    using service = rawService((request) => void (heard = request));
    const asked = Promise.withResolvers<void>();
    const looked = Promise.withResolvers<boolean>();
    const proxy = await webProxy({
      place: { hostname: "127.0.0.1", port: service.port },
      authority: AUTHORITY,
      mayCall: () => {
        asked.resolve();
        return looked.promise;
      },
    });
    const { answered, dial } = await webWorld(proxy, systemClock());
    const { near, served, stop } = dial();
    await near.write(utf8(`GET / HTTP/1.1\r\nHost: x\r\n${fields}\r\n`));
    await asked.promise;
    stop.abort(new Error("left"));
    await served;
    looked.resolve(true);
    await new Promise((resolve) => setTimeout(resolve, 100));
    deepStrictEqual([heard, answered.map(({ whole }) => whole)], ["", fields === "" ? [false] : []]);
  }
});

Deno.test("When the caller leaves the service hears of it", async () => {
  const left = Promise.withResolvers<string>();
  using service = rawService(async (request, conn) => {
    if (!ended(request)) return;
    await conn.write(utf8("HTTP/1.1 200 OK\r\n\r\nendless"));
    left.resolve(await conn.read(new Uint8Array(1)).then(String, (error) => error.name));
  });
  const { dial } = await proxyTo(service.port);
  const { near } = dial();
  await near.write(utf8(get("/")));
  let heard = "";
  while (!heard.includes("endless")) heard += fromUtf8((await near.read())!);
  near.break();
  ok(["null", "ConnectionReset"].includes(await left.promise));
});

Deno.test("An upload of 8 MiB arrives whole", async () => {
  using service = rawService((request) => request.length >= 8 << 20 ? ok200("thanks") : undefined);
  const { dial } = await proxyTo(service.port);
  const { near } = dial({ bufferBytes: 65536 });
  const piece = new Uint8Array(65536).fill(0x61);
  await near.write(
    utf8(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${8 << 20}\r\n\r\n`),
  );
  for (let sent = 0; sent < 8 << 20; sent += piece.length) await near.write(piece);
  strictEqual(parsed(await readAll(near)).body, "thanks");
});
