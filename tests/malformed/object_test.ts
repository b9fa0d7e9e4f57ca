import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { NULL_PK } from "../../lib/dmsg/addr.ts";
import { encodeRequest, type StreamRequest } from "../../lib/dmsg/streams/request.ts";
import { concat, fromHex, toHex } from "../../lib/wire/bytes.ts";
import { Flag, ping, windowUpdate } from "../../lib/yamux/frame.ts";
import { pairOf } from "../discovery/support.ts";
import { settle } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { framed, type RawSession } from "../fakes/raw_peer.ts";
import { rawDial } from "../fakes/raw_stream.ts";
import { party, VECTORS } from "./vectors.ts";
import { ECHO_PORT, inWorld, type World } from "./world.ts";

const mallory = party("alice");
const random = seededRandom("objects");
const nobody = pairOf(98).pk;
const noPoint = `02${"00".repeat(31)}05`;

/** The request that would reach bob, with other fields. */
const request = (world: World, change: Partial<StreamRequest> = {}): Uint8Array =>
  rawDial({ local: mallory, to: world.bob.pk, toPort: ECHO_PORT, random }, change).object;

/** Sends bytes as the beginning of a stream; the server must give up this stream and nothing else. */
async function isGivenUp(world: World, session: RawSession, id: number, bytes: Uint8Array): Promise<Error> {
  await session.start(id, bytes);
  await world.until(() => session.saw(`Window RST ${id} 0`), "the stream is reset", 100);
  strictEqual(session.payload(id).length, 0, "nothing is answered");
  await isAlive(session, id);
  const event = world.serverEvents.at(-1);
  ok(event?.kind === "stream-failed");
  strictEqual(event.client, mallory.pk);
  return event.error;
}

async function isAlive(session: RawSession, token: number): Promise<void> {
  await session.send(ping(Flag.syn, token));
  await settle();
  ok(session.saw(`Ping ACK 0 ${token}`) && !session.ended, "the session stays");
}

/** The same session reaches bob on its next stream. */
async function reachesBob(world: World, session: RawSession, id: number): Promise<void> {
  await session.start(id, session.record(request(world)));
  await world.until(() => session.object(id) !== undefined, "bob answers");
}

/** Records that can't be opened. */
const records: readonly [string, (session: RawSession) => Uint8Array, RegExp][] = [
  ["of garbage", () => framed(new Uint8Array(300).fill(7)), /object record|authentication/],
  ["of 65535 bytes of garbage", () => framed(new Uint8Array(65535).fill(0)), /nonce 0/],
  ["without a nonce", () => framed(new Uint8Array(7)), /too short/],
  ["without a tag", () => framed(new Uint8Array(23).fill(1)), /too short/],
  ["with nonce 0", (session) => withNonce(session.record(new Uint8Array(99)), 0n), /nonce 0/],
  [
    "with nonce 2^64-1",
    (session) => withNonce(session.record(new Uint8Array(99)), 2n ** 64n - 1n),
    /authentication/,
  ],
  ["with another nonce than its own", (session) => withNonce(session.record(new Uint8Array(99)), 9n), /auth/],
  ["with a bad tag", (session) => flippedLast(session.record(new Uint8Array(99))), /authentication/],
];

for (const [name, record, error] of records) {
  Deno.test(`Server gives up a stream for a record ${name}, and keeps the session`, () =>
    inWorld(async (world) => {
      const session = await world.session(mallory);
      match((await isGivenUp(world, session, 1, record(session))).message, error);
      await reachesBob(world, session, 3);
      await world.stillServes();
    }));
}

Deno.test("Server gives up a stream for a record that was sent before", () =>
  inWorld(async (world) => {
    const session = await world.session(mallory);
    const record = session.record(request(world));
    await session.start(1, record);
    await world.until(() => session.object(1) !== undefined, "bob answers");
    match((await isGivenUp(world, session, 3, record)).message, /used before/);
    await reachesBob(world, session, 5);
    await world.stillServes();
  }));

Deno.test("Server takes records out of order", () =>
  inWorld(async (world) => {
    const session = await world.session(mallory);
    const first = session.record(request(world));
    await reachesBob(world, session, 1);
    await session.start(3, first);
    await world.until(() => session.object(3) !== undefined, "bob answers");
    await world.stillServes();
  }));

for (
  const { case: name, kind, signed_object, decode_error, verify_error } of VECTORS.stream_objects.invalid
) {
  Deno.test(`Server gives up a stream whose request is a ${kind}: ${name}`, () =>
    inWorld(async (world) => {
      const session = await world.session(mallory);
      const error = await isGivenUp(world, session, 1, session.record(fromHex(signed_object)));
      if (kind === "request") ok(error.message.includes(decode_error ?? verify_error), error.message);
      await reachesBob(world, session, 3);
      await world.stillServes();
    }));
}

/** Well-formed requests that a check refuses. */
const refusals: readonly [number, string, (world: World) => Uint8Array][] = [
  [300, "signed by somebody else", (world) => encodeRequest(fields(world), party("bob").secret)],
  // Go's key type reads itself from the gob and refuses what is no point, so such an object is none.
  [370, "with a source that is no point", (world) => request(world, { source: { pk: noPoint, port: 5 } })],
  [301, "of the year 1970", (world) => request(world, { timestampNs: 0n })],
  [301, "before the year 1970", (world) => request(world, { timestampNs: -1n })],
  [302, "with a null source", (world) => request(world, { source: { pk: NULL_PK, port: 5 } })],
  [302, "of another client, signed by it", (world) => {
    const other = party("bob");
    return rawDial({ local: other, to: world.bob.pk, toPort: ECHO_PORT, random }).object;
  }],
  [303, "with a null destination", (world) => request(world, { destination: { pk: NULL_PK, port: 5 } })],
  [304, "with source port 0", (world) => request(world, { source: { pk: mallory.pk, port: 0 } })],
  [305, "with destination port 0", (world) => request(world, { destination: { pk: world.bob.pk, port: 0 } })],
  [307, "to a key that is not there", (world) => request(world, { destination: { pk: nobody, port: 5 } })],
  [370, "to a key that is no point", (world) => request(world, { destination: { pk: noPoint, port: 5 } })],
  [307, "to the server itself", (world) => request(world, { destination: { pk: world.server.pk, port: 5 } })],
  [370, "of 65 bytes", () => new Uint8Array(65)],
  [370, "of no byte", () => new Uint8Array(0)],
  [370, "with nothing behind the signature that decodes", (world) => request(world).slice(0, 80)],
  [370, "of 65511 bytes of zeros", () => new Uint8Array(65511)],
];

for (const [code, name, object] of refusals) {
  Deno.test(`Server gives up a stream for a request ${name}: error ${code}`, () =>
    inWorld(async (world) => {
      const session = await world.session(mallory);
      const error = await isGivenUp(world, session, 1, session.record(object(world)));
      strictEqual((error as { code?: unknown }).code, code);
      await reachesBob(world, session, 3);
      await world.stillServes();
    }));
}

function fields(world: World): StreamRequest {
  return rawDial({ local: mallory, to: world.bob.pk, toPort: ECHO_PORT, random }).request;
}

Deno.test("Server forwards a request to its sender's own session", () =>
  inWorld(async (world) => {
    const session = await world.session(mallory);
    await session.start(1, session.record(request(world, { destination: { pk: mallory.pk, port: 5 } })));
    await world.until(() => session.object(2) !== undefined, "it comes back");
    await world.clock.advance(5000);
    ok(session.saw("Window RST 1 0") && session.saw("Window RST 2 0"), "nobody answered it");
    await isAlive(session, 1);
    await world.stillServes();
  }));

Deno.test("Server answers a probe with a probe and FIN", () =>
  inWorld(async (world) => {
    const session = await world.session(mallory);
    await session.start(1, new Uint8Array(2));
    await settle();
    deepStrictEqual(session.lines, ["Window ACK 1 0", "Data 1 2", "Window FIN 1 0"]);
    strictEqual(toHex(session.payload(1)), "0000");
    await world.stillServes();
  }));

Deno.test("Server gives up a stream that ends before its request", () =>
  inWorld(async (world) => {
    const session = await world.session(mallory);
    const record = session.record(request(world));
    for (const [index, bytes] of [0, 1, 2, 9, record.length - 1].entries()) {
      const id = 2 * index + 1;
      await session.start(id, record.subarray(0, bytes));
      await session.send(windowUpdate(id, Flag.fin, 0));
      await world.until(
        () => session.saw(`Window RST ${id} 0`),
        `the stream with ${bytes} bytes is reset`,
        100,
      );
    }
    await isAlive(session, 1);
    await reachesBob(world, session, 11);
    await world.stillServes();
  }));

Deno.test("Server gives up a stream after 10 s without a request, and not before", () =>
  inWorld(async (world) => {
    const session = await world.session(mallory);
    const record = session.record(request(world));
    await session.start(1);
    await session.start(3, record.subarray(0, record.length - 1));
    await settle();
    await world.clock.advance(9999);
    ok(!session.saw("Window RST 1 0") && !session.saw("Window RST 3 0"));
    await world.clock.advance(1);
    await settle();
    ok(session.saw("Window RST 1 0") && session.saw("Window RST 3 0"));
    await isAlive(session, 1);
    await reachesBob(world, session, 5);
    await world.stillServes();
  }));

Deno.test("Server takes a request that comes byte by byte", () =>
  inWorld(async (world) => {
    const session = await world.session(mallory);
    await session.start(1);
    for (const byte of session.record(request(world))) await session.send(oneByte(1, byte));
    await world.until(() => session.object(1) !== undefined, "bob answers");
    await world.stillServes();
  }));

Deno.test("Server answers the IP look-up, also with junk in the request", () =>
  inWorld(async (world) => {
    const session = await world.session(mallory);
    const to = { pk: world.server.pk, port: 1 };
    await session.start(1, session.record(request(world, { destination: to, ipInfo: true })));
    await world.until(() => session.object(1) !== undefined, "the server answers");
    ok(toHex(session.object(1)!).includes("cb00714d"), "203.0.113.77");
    await world.stillServes();
  }));

function oneByte(id: number, byte: number): Uint8Array {
  return concat(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, id, 0, 0, 0, 1), Uint8Array.of(byte));
}

function withNonce(record: Uint8Array, nonce: bigint): Uint8Array {
  new DataView(record.buffer, record.byteOffset).setBigUint64(2, nonce);
  return record;
}

function flippedLast(record: Uint8Array): Uint8Array {
  record[record.length - 1] ^= 0x80;
  return record;
}
