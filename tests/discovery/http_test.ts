import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sign } from "../../lib/crypto/sign.ts";
import { memoryStore } from "../../lib/discovery/memory.ts";
import type { DiscoveryStore } from "../../lib/discovery/store.ts";
import { encodeEntry } from "../../lib/dmsg/entries/entry.ts";
import { parseEntry } from "../../lib/dmsg/entries/read.ts";
import { toHex, utf8 } from "../../lib/wire/bytes.ts";
import { bench, clientEntry, pairOf, said, serverEntry } from "./support.ts";

const POST = "/dmsg-discovery/entry/";
const [a, b, c] = [1, 2, 3].map(pairOf);
const entry = `/dmsg-discovery/entry/${a.pk}`;
const EMPTY_405 = { status: 405, body: "" };

Deno.test("Discovery hands out what was posted, by either spelling of the key", async () => {
  const { ask } = bench();
  const text = encodeEntry(clientEntry(a));
  deepStrictEqual(await ask("GET", entry), said(404, "entry of public key is not found"));
  deepStrictEqual(await ask("POST", POST, text), said(200, "wrote a new entry"));
  deepStrictEqual(await ask("GET", entry), { status: 200, body: text });
  deepStrictEqual(await ask("GET", `/dmsg-discovery/entry/${a.pk.toUpperCase()}`), {
    status: 200,
    body: text,
  });
  const next = encodeEntry(clientEntry(a, { sequence: 4n }));
  deepStrictEqual(await ask("POST", `${POST}whatever`, next), said(200, "wrote new entry iteration"));
  deepStrictEqual(await ask("DELETE", "/dmsg-discovery/entry", text), said(200, "deleted entry"));
  deepStrictEqual(await ask("GET", entry), said(404, "entry of public key is not found"));
});

Deno.test("Discovery answers JSON with its type and plain text to unknown paths", async () => {
  const { handler } = bench();
  const typeOf = async (path: string) =>
    (await handler(new Request(`http://x${path}`))).headers.get("content-type");
  strictEqual(await typeOf("/health"), "application/json");
  strictEqual(await typeOf(entry), "application/json");
  strictEqual(await typeOf("/nothing"), "text/plain; charset=utf-8");
});

Deno.test("Discovery says 405 to other methods of a path and 404 to other paths, as the Go one does, run", async () => {
  const { ask, handler } = bench();
  const refused = [
    ["GET", "/dmsg-discovery/entry"],
    ["GET", "/dmsg-discovery/entry/"],
    ["POST", "/dmsg-discovery/entry"],
    ["DELETE", "/dmsg-discovery/entry/"],
    ["DELETE", entry],
    ["PUT", entry],
    ["HEAD", entry],
    ["POST", "/dmsg-discovery/all_servers"],
    ["GET", "/dmsg-discovery/deregister"],
    ["GET", "/dmsg-discovery/entries/batch"],
    ["POST", "/health"],
    // Its router has no name for these.
    ["PROPFIND", "/dmsg-discovery/entries"],
    ["PURGE", "/nothing"],
    ["FOO", "/"],
  ];
  for (const [method, path] of refused) {
    deepStrictEqual(await ask(method, path), EMPTY_405, `${method} ${path}`);
  }
  const allowed = async (method: string, path: string) =>
    (await handler(new Request(`http://127.0.0.1${path}`, { method }))).headers.get("allow");
  strictEqual(await allowed("PUT", entry), "GET, POST"); // as the Go one says it, run
  strictEqual(await allowed("GET", "/dmsg-discovery/entry/"), "POST");
  strictEqual(await allowed("HEAD", "/health"), "GET");
  strictEqual(await allowed("GET", "/health"), null);
  strictEqual(await allowed("FOO", "/health"), null);
  for (
    const path of [
      ...["/", "/dmsg-discovery", "/dmsg-discovery/nothing", `${entry}/x`, "/dmsg-discovery/Entries"],
      ...[`${entry}/`, "/dmsg-discovery/entries/", "/dmsg-discovery/available_servers/", "/health/"],
      ...["/dmsg-discovery/deregister/", "//health", "/dmsg-discovery//entries"],
    ]
  ) {
    deepStrictEqual(await ask("GET", path), { status: 404, body: "404 page not found\n" }, path);
  }
});

Deno.test("Discovery says 400 to a key that does not parse and 500 to a body that is no entry", async () => {
  const { ask } = bench();
  deepStrictEqual(await ask("GET", "/dmsg-discovery/entry/02zz"), said(400, "error bad input"));
  deepStrictEqual(
    await ask("GET", "/dmsg-discovery/entry/000"),
    said(404, "entry of public key is not found"),
  );
  const offCurve = encodeEntry(clientEntry(a, { client: { delegatedServers: [`02${"0".repeat(63)}5`] } }));
  for (const body of ["", "x", "[]", "{", `{"sequence":-1}`, offCurve]) {
    deepStrictEqual(await ask("POST", POST, body), said(500, "something unexpected happened"), body);
    deepStrictEqual(
      await ask("DELETE", "/dmsg-discovery/entry", body),
      said(500, "something unexpected happened"),
    );
  }
});

Deno.test("Discovery reads the entry that a body begins with, as the Go one does", async () => {
  const { ask } = bench();
  const entry = encodeEntry(clientEntry(a));
  deepStrictEqual(await ask("POST", POST, `${entry}{"x":`), said(200, "wrote a new entry"));
  strictEqual((await ask("GET", `/dmsg-discovery/entry/${a.pk}`)).body, entry);
  deepStrictEqual(
    await ask("DELETE", "/dmsg-discovery/entry", `\n${entry} rest`),
    said(200, "deleted entry"),
  );
});

Deno.test("Discovery reads 64 KiB of a body and says 413 to more, declared or not", async () => {
  const { ask, handler } = bench();
  const text = encodeEntry(clientEntry(a));
  deepStrictEqual(await ask("POST", POST, text.padEnd(60 * 1024)), said(200, "wrote a new entry"));
  const body = "x".repeat(64 * 1024 + 1);
  deepStrictEqual(await ask("POST", POST, body), said(413, "request body too large"));
  const stream = ReadableStream.from([utf8(body.slice(0, 40_000)), utf8(body.slice(40_000))]);
  const response = await handler(new Request(`http://x${POST}`, { method: "POST", body: stream }));
  strictEqual(response.status, 413);
});

Deno.test("Discovery says 408 to a body that does not end", async () => {
  const { handler, clock } = bench();
  const response = handler(new Request(`http://x${POST}`, { method: "POST", body: new ReadableStream() }));
  await clock.advance(10_000);
  strictEqual((await response).status, 408);
});

Deno.test("Discovery lists clients, visors and servers", async () => {
  const { ask, clock } = bench();
  const none = said(404, "no delegated dmsg servers available for remote");
  deepStrictEqual(await ask("GET", "/dmsg-discovery/entries"), { status: 200, body: "[]" });
  deepStrictEqual(await ask("GET", "/dmsg-discovery/all_servers"), none);
  const server = (n: number, availableSessions: number) =>
    encodeEntry(serverEntry(pairOf(n), { server: { address: `203.0.113.${n}:1`, availableSessions } }));
  for (const [n, room] of [[11, 3], [12, 0], [13, -1], [14, 9]]) await ask("POST", POST, server(n, room));
  await ask("POST", POST, encodeEntry(clientEntry(a, { clientType: "visor" })));
  await ask("POST", POST, encodeEntry(clientEntry(b)));
  const keys = async (path: string) => JSON.parse((await ask("GET", `/dmsg-discovery/${path}`)).body);
  deepStrictEqual(await keys("entries"), [a.pk, b.pk].sort());
  deepStrictEqual(await keys("visorEntries"), [a.pk]);
  const rooms = (list: { server: { availableSessions: number } }[]) =>
    list.map((e) => e.server.availableSessions);
  deepStrictEqual(rooms(await keys("available_servers")), [9, 3], "most room first, full ones not at all");
  deepStrictEqual(rooms(await keys("all_servers")).sort((x, y) => x - y), [-1, 0, 3, 9]);
  await clock.advance(2 * 60_000);
  deepStrictEqual(await ask("GET", "/dmsg-discovery/available_servers"), none, "servers live 2 min");
  deepStrictEqual(await keys("entries"), [a.pk, b.pk].sort(), "clients live on");
});

Deno.test("Discovery hands out at most 512 available servers", async () => {
  const store = memoryStore();
  const server = serverEntry(a);
  for (let i = 0; i < 600; i++) {
    const other = { ...server, static: `02${String(i).padStart(64, "0")}` };
    await store.put({ entry: other, text: encodeEntry(other), expiresAtMs: undefined }, undefined, 0);
  }
  const { ask } = bench({ store });
  strictEqual(JSON.parse((await ask("GET", "/dmsg-discovery/available_servers")).body).length, 512);
  strictEqual(JSON.parse((await ask("GET", "/dmsg-discovery/all_servers")).body).length, 600);
  const small = bench({ store, limits: { listBytes: 1000 } });
  const list = (await small.ask("GET", "/dmsg-discovery/all_servers")).body;
  ok(list.length <= 1000 && JSON.parse(list).length > 0, "a long list ends early");
});

Deno.test("Discovery forgets clients posted with ?timeout=true after 3 min, others after the operator's time", async () => {
  for (
    const [query, options, lifetimeMs] of [["?timeout=true", {}, 180_000], [
      "",
      { clientLifetimeMs: 60_000 },
      60_000,
    ]] as const
  ) {
    const { ask, clock } = bench(options);
    await ask("POST", `${POST}${query}`, encodeEntry(clientEntry(a)));
    await clock.advance(lifetimeMs - 1);
    strictEqual((await ask("GET", entry)).status, 200);
    await clock.advance(1);
    strictEqual((await ask("GET", entry)).status, 404);
    deepStrictEqual(await ask("POST", POST, encodeEntry(clientEntry(a))), said(200, "wrote a new entry"));
  }
});

Deno.test("Discovery sweeps with posts, at most every 10 s", async () => {
  const sweeps: number[] = [];
  const store = { ...memoryStore(), sweep: (nowMs: number) => Promise.resolve(void sweeps.push(nowMs)) };
  const { ask, clock } = bench({ store });
  const start = Number(clock.wallNs() / 1_000_000n);
  for (const waitMs of [0, 9_999, 1, 5_000]) {
    await clock.advance(waitMs);
    await ask("POST", POST, "x");
  }
  deepStrictEqual(sweeps.map((ms) => ms - start), [0, 10_000]);
});

Deno.test("Discovery takes a current client's protocol member, a classic one refuses its signature", async () => {
  const text = encodeEntry(clientEntry(a, { protocol: "smux" }));
  deepStrictEqual(await bench().ask("POST", POST, text), said(200, "wrote a new entry"));
  deepStrictEqual(
    await bench({ generation: "classic" }).ask("POST", POST, text),
    said(401, "invalid signature"),
  );
});

Deno.test("Discovery keeps and hands out signed members of the future, and lets them be deleted", async () => {
  const { ask } = bench();
  const { signature: _, ...unsigned } = clientEntry(a);
  const preimage = encodeEntry(unsigned).replace(/}$/, `,"later":[1795382221487194075]}`);
  const text = `${preimage.slice(0, -1)},"signature":"${toHex(sign(a.secret, utf8(preimage)))}"}`;
  deepStrictEqual(await ask("POST", POST, text), said(200, "wrote a new entry"));
  deepStrictEqual(await ask("GET", entry), { status: 200, body: text });
  deepStrictEqual(await ask("DELETE", "/dmsg-discovery/entry", text), said(200, "deleted entry"));
});

Deno.test("Discovery judges anew when another post came between, and fails when that goes on", async () => {
  const inner = memoryStore();
  let conflicts = 1;
  const store: DiscoveryStore = {
    ...inner,
    async put(kept, expected, nowMs) {
      if (conflicts-- <= 0) return inner.put(kept, expected, nowMs);
      const other = clientEntry(a, { sequence: 5n });
      await inner.put({ entry: other, text: encodeEntry(other), expiresAtMs: undefined }, expected, nowMs);
      return "conflict";
    },
  };
  const errors: unknown[] = [];
  const { ask } = bench({ store, onError: (error) => errors.push(error) });
  const wrongSequence =
    "entry validation error: sequence field of new entry is not sequence of old entry + 1";
  deepStrictEqual(await ask("POST", POST, encodeEntry(clientEntry(a))), said(422, wrongSequence));
  conflicts = Infinity;
  const posted = await ask("POST", POST, encodeEntry(clientEntry(a, { sequence: 9n })));
  deepStrictEqual(posted, said(500, "something unexpected happened"));
  strictEqual(errors.length, 1);
});

Deno.test("Discovery says 500 when the store fails or is full", async () => {
  const failing = { ...memoryStore(), get: () => Promise.reject(new Error("disk")) };
  deepStrictEqual(
    await bench({ store: failing }).ask("GET", entry),
    said(500, "something unexpected happened"),
  );
  const full = bench({ store: memoryStore({ maxEntries: 0 }) });
  deepStrictEqual(
    await full.ask("POST", POST, encodeEntry(clientEntry(a))),
    said(500, "something unexpected happened"),
  );
});

Deno.test("Discovery tells its health", async () => {
  const startedAt = new Date("2026-11-23T10:00:00Z");
  const unknown = `"build_info":{"version":"unknown","commit":"unknown","date":"unknown"}`;
  const started = `"started_at":"2026-11-23T10:00:00.000Z"`;
  strictEqual(
    (await bench({ startedAt, dmsgServers: () => [] }).ask("GET", "/health")).body,
    `{${unknown},${started}}`,
  );
  const build = { version: "1", commit: "2", date: "3" };
  const full = bench({ startedAt, build, dmsgAddress: `${a.pk}:80`, dmsgServers: () => [b.pk] });
  const told = `"dmsg_address":"${a.pk}:80","dmsg_servers":["${b.pk}"]`;
  const expected = `{"build_info":{"version":"1","commit":"2","date":"3"},${started},${told}}`;
  strictEqual((await full.ask("GET", "/health")).body, expected);
});

Deno.test("Discovery lets a listed network monitor deregister, and nobody else", async () => {
  const path = "/dmsg-discovery/deregister";
  const { ask } = bench({ networkMonitors: new Set([a.pk, "zz"]) });
  for (const pair of [b, c]) await ask("POST", POST, encodeEntry(clientEntry(pair)));
  const signed = (pair = a, text = a.pk) => toHex(sign(pair.secret, utf8(text)));
  const status = async (headers: Record<string, string>, body = "[]") => {
    const reply = await ask("DELETE", path, body, headers);
    return reply.body === "" ? reply.status : reply;
  };
  strictEqual(await status({}), 403);
  strictEqual(await status({ "NM-PK": b.pk, "NM-Sign": signed(b, b.pk) }), 403);
  strictEqual(await status({ "NM-PK": "zz", "NM-Sign": signed() }), 400);
  strictEqual(await status({ "NM-PK": a.pk }), 400);
  strictEqual(await status({ "NM-PK": a.pk, "NM-Sign": "0102" }), 400);
  strictEqual(await status({ "NM-PK": a.pk, "NM-Sign": signed(b) }), 403);
  const right = { "NM-PK": a.pk, "NM-Sign": signed() };
  strictEqual(await status(right, "x"), 400);
  deepStrictEqual(await status(right, `["02zz"]`), said(400, "error bad input"));
  // Go's list of texts: `null` is none of them, or an empty one, which is the null key.
  for (const none of ["null", "[null]", '[""]']) {
    deepStrictEqual(await status(right, none), { status: 200, body: "null" });
  }
  deepStrictEqual(await status(right, JSON.stringify([b.pk, c.pk])), { status: 200, body: "null" });
  strictEqual((await ask("GET", "/dmsg-discovery/entries")).body, "[]");
});

Deno.test("Discovery answers batches and clients by server, unless it is classic", async () => {
  const { ask } = bench({ limits: { batchKeys: 2 } });
  const onServers = (servers: string[]) => ({ client: { delegatedServers: servers } });
  const first = encodeEntry(clientEntry(a, onServers([b.pk, c.pk])));
  await ask("POST", POST, first);
  await ask("POST", POST, encodeEntry(clientEntry(b, onServers([c.pk, c.pk]))));
  const batch = (keys: unknown) => ask("POST", "/dmsg-discovery/entries/batch", JSON.stringify(keys));
  deepStrictEqual(await batch([c.pk, a.pk]), { status: 200, body: `{"${a.pk}":${first}}` });
  deepStrictEqual(await batch([a.pk, a.pk]), { status: 200, body: `{"${a.pk}":${first}}` });
  deepStrictEqual(await batch([]), { status: 200, body: "{}" });
  const upper = ` ${a.pk.toUpperCase()}\n`;
  deepStrictEqual(await batch(["zz", upper]), { status: 200, body: `{${JSON.stringify(upper)}:${first}}` });
  deepStrictEqual(await batch([null, "0"]), { status: 200, body: "{}" });
  deepStrictEqual(await batch(null), { status: 200, body: "{}" });
  for (const odd of [[a.pk, b.pk, c.pk], [1], {}]) {
    deepStrictEqual(await batch(odd), said(400, "error bad input"));
  }
  const groups = JSON.parse((await ask("GET", "/dmsg-discovery/servers/clients")).body);
  deepStrictEqual(groups, { [b.pk]: [a.pk], [c.pk]: [a.pk, b.pk].sort() });
  const of = (key: string) => ask("GET", `/dmsg-discovery/server/${key}/clients`);
  deepStrictEqual(await of(b.pk), { status: 200, body: JSON.stringify([a.pk]) });
  deepStrictEqual(await of(a.pk), { status: 200, body: "[]" });
  deepStrictEqual(await of("zz"), said(400, "error bad input"));
  strictEqual(
    (await bench({ generation: "classic" }).ask("GET", "/dmsg-discovery/servers/clients")).status,
    404,
  );
});

Deno.test("Discovery reads one value of a body and looks at nothing behind it", async () => {
  const { ask } = bench({ generation: "classic" });
  const text = encodeEntry(clientEntry(a));
  deepStrictEqual(await ask("POST", POST, `${text} {"x`), said(200, "wrote a new entry"));
  for (const none of ["{} x", "null", " null", "null x", "nullx"]) {
    deepStrictEqual(await ask("POST", POST, none), said(422, "entry validation error: entry has no version"));
  }
  for (const odd of ["nul", "x null", "[] x", "true"]) {
    deepStrictEqual(await ask("POST", POST, odd), said(500, "something unexpected happened"));
  }
});

Deno.test("Discovery hands out text that parses to what was posted, serverType apart", async () => {
  const { ask } = bench();
  const posted = serverEntry(a);
  await ask("POST", POST, encodeEntry(posted));
  const read = parseEntry((await ask("GET", entry)).body);
  deepStrictEqual(read, { ...posted, server: { ...posted.server!, serverType: "official" } });
});
