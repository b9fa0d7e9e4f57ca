import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { encodeEntry } from "../../lib/dmsg/entries/entry.ts";
import { fromHex, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError, ProtocolError } from "../../lib/wire/errors.ts";
import { clientEntry, pairOf } from "../discovery/support.ts";
import { settle } from "../fakes/clock.ts";
import { VECTORS } from "./vectors.ts";
import { ECHO_PORT, inWorld, type World } from "./world.ts";

const POST = "/dmsg-discovery/entry/";
const UNEXPECTED = '{"message":"something unexpected happened","code":500}';

/** A newcomer gets into the discovery, and bob finds and reaches it. */
async function stillServes(world: World): Promise<void> {
  let registered = false;
  const dora = world.client(world.freshPair(), {
    onEvent: ({ kind }) => registered ||= kind === "registered",
  });
  const listener = dora.listen(81);
  dora.publish();
  await world.until(() => registered, "a newcomer is registered");
  const stream = await world.settled(world.bob.dial({ pk: dora.pk, port: 81 }));
  stream.close();
  listener.close();
  await world.settled(dora.close());
  await world.stillServes();
}

// deno-lint-ignore no-explicit-any
for (const vector of VECTORS.discovery_entries.invalid as any[]) {
  const { http_status = 200, http_message } = vector;
  Deno.test(`Discovery answers ${http_status} to an entry: ${vector.case}`, () =>
    inWorld(async (world) => {
      const { status, body } = await world.discovery.ask("POST", POST, fromUtf8(fromHex(vector.json)));
      strictEqual(status, http_status);
      if (http_message) strictEqual(body, JSON.stringify({ message: http_message, code: http_status }));
      await stillServes(world);
    }, { generation: "classic" }));
}

/** Cases that say a method, a path and perhaps a body; the others are about what is stored. */
const PLAIN = /^(GET|POST|DELETE) (\S+)(?: body (.+)| without .+)?$/;

for (const { request, status, body } of VECTORS.discovery_http_errors.cases) {
  const [, method, path, bodies = ""] = PLAIN.exec(request) ?? [];
  if (!method) continue;
  Deno.test(`Discovery answers ${status} to ${request}`, () =>
    inWorld(async (world) => {
      for (const text of bodies.split(" or ")) {
        const sent = text === "" ? undefined : text === "empty" ? "" : text;
        deepStrictEqual(await world.discovery.ask(method, path, sent), { status, body });
      }
      await stillServes(world);
    }, { generation: "classic" }));
}

const good = (change = {}): string => encodeEntry(clientEntry(pairOf(5), change));
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

const bodies: readonly [string, string | Uint8Array, number][] = [
  ["of 64 KiB and a byte", " ".repeat(64 * 1024 + 1), 413],
  ["of 10 MiB", " ".repeat(10 * 1024 * 1024), 413],
  ["of 64 KiB of brackets", nested(32 * 1024), 500],
  ["of a good entry with a deep unknown member", good().replace("{", `{"x":${nested(20_000)},`), 500],
  ["of bytes that are no UTF-8", Uint8Array.of(0xff, 0xfe, 0x7b, 0x7d), 500],
  ["with 129 servers", good({ client: { delegatedServers: new Array(129).fill(pairOf(6).pk) } }), 500],
  ["with a server that is no point", good().replace(pairOf(99).pk, `02${"00".repeat(31)}05`), 500],
  ["with a sequence of 2^64", good().replace('"sequence":0', '"sequence":18446744073709551616'), 500],
  ["with a sequence of -1", good().replace('"sequence":0', '"sequence":-1'), 500],
  ["with a sequence of 1e3", good().replace('"sequence":0', '"sequence":1e3'), 500],
  ["with a version of 2000 characters", good({ version: "v".repeat(2000) }), 500],
  ["with a list for an entry", `[${good()}]`, 500],
  ["with null for an entry", "null", 422],
  ["with another's key", good().replace(pairOf(5).pk, pairOf(6).pk), 401],
  ["with __proto__", good().replace("{", '{"__proto__":{"version":"1"},"constructor":1,'), 200],
];

for (const [name, body, expected] of bodies) {
  Deno.test(`Discovery answers ${expected} to a body ${name}`, () =>
    inWorld(async (world) => {
      const sent = typeof body === "string" ? body : fromBytes(body);
      const reply = await answerTo(world, "POST", POST, sent);
      strictEqual(reply.status, expected);
      if (expected === 500) strictEqual(await reply.text(), UNEXPECTED);
      await stillServes(world);
    }));
}

const requests: readonly [string, string, number][] = [
  ["PUT", POST, 405],
  ["PATCH", "/dmsg-discovery/entries", 405],
  ["OPTIONS", "/health", 405],
  ["GET", `/dmsg-discovery/entry/${"0".repeat(10_000)}`, 404],
  ["GET", `/dmsg-discovery/entry/${"1".repeat(10_000)}`, 400],
  ["GET", "/dmsg-discovery/entry/%00%ff%c0", 400],
  ["GET", "/dmsg-discovery/entry/../../etc/passwd", 404],
  ["GET", "/dmsg-discovery/entry/__proto__", 400],
  ["GET", `//${"a/".repeat(2000)}`, 404],
  ["GET", "/", 404],
  ["POST", "/dmsg-discovery/entries/batch", 400],
  ["DELETE", "/dmsg-discovery/entry", 500],
];

for (const [method, path, status] of requests) {
  Deno.test(`Discovery answers ${status} to ${method} ${path.slice(0, 50)}`, () =>
    inWorld(async (world) => {
      strictEqual((await world.discovery.ask(method, path)).status, status);
      await stillServes(world);
    }));
}

Deno.test("Discovery answers 408 to a body that does not end within 10 s, and not before", () =>
  inWorld(async (world) => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8("{")),
    });
    let status = 0;
    void answerTo(world, "POST", POST, body).then((response) => status = response.status);
    await world.clock.advance(9999);
    strictEqual(status, 0);
    await world.clock.advance(1);
    await settle();
    strictEqual(status, 408);
    await stillServes(world);
  }));

Deno.test("Discovery survives a body that breaks off", () =>
  inWorld(async (world) => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(utf8("{"));
        controller.error(new Error("connection lost"));
      },
    });
    strictEqual((await answerTo(world, "POST", POST, body)).status, 400);
    await stillServes(world);
  }));

function answerTo(world: World, method: string, path: string, body: BodyInit): Promise<Response> {
  const init = { method, body, duplex: "half" } as RequestInit;
  return world.discovery.handler(new Request(`http://127.0.0.1:9090${path}`, init));
}

const fromBytes = (bytes: Uint8Array): ReadableStream<Uint8Array> => ReadableStream.from([bytes]);

// A discovery that lies to our client.

const answers: readonly [string, string][] = [
  ["nothing", ""],
  ["a page", "<html>Welcome to the hotel's network</html>"],
  ["64 KiB of brackets", nested(32 * 1024)],
  ["10 MiB", "x".repeat(10 * 1024 * 1024)],
  ["a number", "1"],
  ["a list", "[]"],
  ["null", "null"],
  ["an empty object", "{}"],
  ["an entry without servers", '{"client":{"delegated_servers":[]}}'],
  ["an entry with null for its servers", '{"client":{"delegated_servers":null}}'],
  ["a server of no meaning", `{"client":{"delegated_servers":["${"02".repeat(33)}"]}}`],
  [
    "10,000 servers",
    JSON.stringify({ client: { delegated_servers: new Array(10_000).fill("02".repeat(33)) } }),
  ],
  ["a client of another type", '{"client":7}'],
];

for (const [name, text] of answers) {
  Deno.test(`Dialler survives a discovery that answers ${name}`, () =>
    inWorld(async (world) => {
      const path = `/dmsg-discovery/entry/${world.bob.pk}`;
      world.lies.set(path, text);
      const guest = world.client(world.freshPair());
      const dialled = world.settled(guest.dial({ pk: world.bob.pk, port: ECHO_PORT }), 21_000);
      await rejects(dialled, (error) => error instanceof NetworkError || error instanceof ProtocolError);
      world.lies.delete(path);
      await world.echoes(guest);
      await world.settled(guest.close());
    }));

  Deno.test(`Publishing client survives a discovery that lists ${name}`, () =>
    inWorld(async (world) => {
      const path = "/dmsg-discovery/available_servers";
      world.lies.set(path, text);
      let problem: Error | undefined;
      let registered = false;
      const carol = world.client(pairOf(62), {
        onEvent: (event) => {
          if (event.kind === "problem") problem = event.error;
          if (event.kind === "registered") registered = event.servers.length > 0;
        },
      });
      carol.publish();
      await world.until(() => problem !== undefined, "it tells of the problem");
      world.lies.delete(path);
      await world.until(() => registered, "it goes on", 10_000);
      await world.settled(carol.close());
    }));
}
