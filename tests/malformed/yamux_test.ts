import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Listener } from "../../lib/dmsg/streams/listener.ts";
import type { DmsgStream } from "../../lib/dmsg/streams/stream.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { Flag, FrameType, goAway, ping, windowUpdate } from "../../lib/yamux/frame.ts";
import { defaultLimits } from "../../lib/yamux/session.ts";
import { pairOf } from "../discovery/support.ts";
import { settle } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { dataFrame, header, rawClient, type RawSession } from "../fakes/raw_peer.ts";
import { rawAnswered, rawDial } from "../fakes/raw_stream.ts";
import { behindBadServer, withBadServer } from "./bad_server.ts";
import { ECHO_PORT, inWorld } from "./world.ts";

const WINDOW = defaultLimits.windowBytes;
const { data, windowUpdate: window } = FrameType;
const { syn, ack, fin, rst } = Flag;
const open = (id: number) => windowUpdate(id, syn, 0);

/** What ends a session with GoAway 1; all streams are the sender's own for `id` = its first one. */
const violations: readonly [string, (id: number) => Uint8Array[]][] = [
  ["a frame of version 1", () => [header(window, syn, 1, 0, 1)]],
  ["a frame of version 255", () => [header(data, 0, 1, 4, 255)]],
  ["a frame of type 4", () => [header(4, 0, 1, 0)]],
  ["a frame of type 255", () => [header(255, 0, 0, 0)]],
  ["a frame beyond the window", (id) => [open(id), header(data, 0, id, WINDOW + 1)]],
  ["a frame of 4 GiB", (id) => [open(id), header(data, 0, id, 0xffffffff)]],
  ["a first frame beyond the window", (id) => [header(data, syn, id, WINDOW + 1)]],
  ["a stream opened twice", (id) => [open(id), open(id)]],
  ["a stream of the wrong parity", (id) => [open(id + 1)]],
  ["a stream 0", () => [open(0)]],
  ["a second FIN", (id) => [open(id), windowUpdate(id, fin, 0), windowUpdate(id, fin, 0)]],
  ["credit beyond 2^32-1", (id) => [open(id), windowUpdate(id, 0, 0xffffffff)]],
  ["1 MiB of garbage", () => [new Uint8Array(1024 * 1024).fill(0xaa)]],
  ["text", () => [utf8("GET / HTTP/1.1\r\n\r\n")]],
];

for (const [name, frames] of violations) {
  Deno.test(`Server ends a session for ${name}, with GoAway 1`, () =>
    inWorld(async (world) => {
      const session = await world.session();
      await session.send(...frames(1));
      await settle();
      strictEqual(session.lines.at(-1), "GoAway 0 1");
      ok(session.ended, "the socket is closed");
      strictEqual(world.server.sessionCount, 1, "only bob is left");
      await world.stillServes();
    }));

  Deno.test(`Client ends a session for ${name}, with GoAway 1, and uses the next server`, () =>
    inWorld(async (world) => {
      let session: RawSession | undefined;
      const guest = world.client(world.freshPair());
      await withBadServer(world, async (made) => {
        session ??= made;
        await made.send(...frames(2));
      });
      await world.echoes(guest);
      strictEqual(session?.lines.at(-1), "GoAway 0 1");
      ok(session.ended, "the socket is closed");
      await world.echoes(guest);
      await world.settled(guest.close());
    }));
}

/** What a session must take without ending. */
const oddities: readonly [string, Uint8Array[]][] = [
  ["data of an unknown stream", [dataFrame(99, utf8("skipped")), dataFrame(98, new Uint8Array(WINDOW + 1))]],
  [
    "credit, FIN, RST and ACK of unknown streams",
    [9, 10, 0].flatMap((id) => [0, fin, rst, ack, fin | rst].map((flags) => windowUpdate(id, flags, 7))),
  ],
  ["an answer to a ping that nobody sent", [ping(ack, 12345)]],
  ["unknown flags", [header(window, 0xfff0, 5, 0), header(data, 0xfff0, 5, 0)]],
  ["empty data frames", Array.from({ length: 1000 }, () => header(data, 0, 5, 0))],
  ["GoAway 0", [goAway(0)]],
];

for (const [name, frames] of oddities) {
  Deno.test(`Server keeps a session after ${name}`, () =>
    inWorld(async (world) => {
      const session = await world.session();
      await session.send(...frames);
      await isAlive(session);
      await world.stillServes();
    }));
}

/** A ping is answered. */
async function isAlive(session: RawSession, token = 4711): Promise<void> {
  await session.send(ping(syn, token));
  await settle();
  ok(session.saw(`Ping ACK 0 ${token}`) && !session.ended, "the session lives");
}

for (const code of [1, 2, 3]) {
  Deno.test(`Server ends a session after GoAway ${code}, without one of its own`, () =>
    inWorld(async (world) => {
      const session = await world.session();
      await session.send(goAway(code));
      await settle();
      ok(session.ended);
      deepStrictEqual(session.lines, []);
      await world.stillServes();
    }));
}

Deno.test("Server takes frames that come byte by byte", () =>
  inWorld(async (world) => {
    const session = await world.session();
    for (const byte of ping(syn, 5)) await session.send(Uint8Array.of(byte));
    await settle();
    ok(session.saw("Ping ACK 0 5"));
    await world.stillServes();
  }));

Deno.test("Server ends a session whose unread data passes the window in sum, and not before", () =>
  inWorld(async (world) => {
    const mallory = world.freshPair();
    const silent = await world.session(pairOf(61)); // takes the request and never answers
    const session = await world.session(mallory);
    const { object } = rawDial({ local: mallory, to: pairOf(61).pk, toPort: 1, random: seededRandom(1) });
    const record = session.record(object);
    await session.start(1, record);
    await session.send(dataFrame(1, new Uint8Array(WINDOW - record.length)));
    await isAlive(session);
    strictEqual(silent.object(2)?.length, object.length, "the request is forwarded");
    await session.send(dataFrame(1, Uint8Array.of(0)));
    await settle();
    ok(session.ended && session.saw("GoAway 0 1"));
    await world.stillServes();
  }));

Deno.test("Server resets what is too much of 10,000 streams, and the session lives", () =>
  inWorld(async (world) => {
    const session = await world.session();
    const count = 10_000;
    await session.send(...Array.from({ length: count }, (_, i) => open(2 * i + 1)));
    await isAlive(session);
    const acks = session.lines.filter((line) => line.startsWith("Window ACK")).length;
    const resets = session.lines.filter((line) => line.startsWith("Window RST")).length;
    ok(acks > 0 && acks <= 512, `${acks} are taken`);
    strictEqual(acks + resets, count);
    await world.stillServes();
    await world.clock.advance(10_000); // no request comes on those that were taken
    strictEqual(session.lines.filter((line) => line.startsWith("Window RST")).length, count);
    await session.start(20_001, new Uint8Array(2));
    await settle();
    ok(session.saw("Data 20001 2"), "there is room for a probe again");
    await world.stillServes();
  }));

Deno.test("Server forgets 10,000 streams that are opened and reset", () =>
  inWorld(async (world) => {
    const session = await world.session();
    const ids = Array.from({ length: 10_000 }, (_, i) => 2 * i + 1);
    await session.send(...ids.flatMap((id) => [open(id), windowUpdate(id, rst, 0)]));
    await isAlive(session);
    await session.start(20_001, new Uint8Array(2));
    await settle();
    ok(session.saw("Data 20001 2"));
    await world.stillServes();
  }));

Deno.test("Server ends with a client that asks without reading the answers", () =>
  inWorld(async (world) => {
    const duplex = world.connection();
    const pair = world.freshPair();
    const session = await rawClient(duplex, pair, world.serverPair.public, seededRandom("flood"));
    await settle();
    session.socket.held = new Promise(() => {});
    await isUnanswered(session);
    const pings = new Uint8Array(48 * 1024);
    for (let at = 0; at < pings.length; at += 12) pings.set(ping(syn, at), at);
    const rounds = 100;
    for (let i = 0; i < rounds; i++) void session.send(pings);
    await world.until(() => world.server.sessionCount === 1, "only bob is left", 100);
    await world.stillServes();
  }));

/** One more read is under way when the reading stops: this ping's answer is for it. */
async function isUnanswered(session: RawSession): Promise<void> {
  await session.send(ping(syn, 1));
  await settle();
}

Deno.test("Server ends a session that takes nothing for 10 s", () =>
  inWorld(async (world) => {
    const session = await world.session();
    session.socket.held = new Promise(() => {});
    await isUnanswered(session);
    await session.send(...Array.from({ length: 7000 }, () => ping(syn, 2)));
    await world.clock.advance(10_000);
    await settle();
    strictEqual(world.server.sessionCount, 1, "only bob is left");
    await world.stillServes();
  }));

Deno.test("Server ends a session that answers no ping", () =>
  inWorld(async (world) => {
    const session = await world.session();
    session.answersPings = false;
    await world.clock.advance(40_000);
    await settle();
    ok(session.ended);
    await world.stillServes();
  }));

// An id opens one stream only. When a second one could have it, what still holds the first would reach the second.

Deno.test("Server refuses a stream id that was used, in the same write and later", () =>
  inWorld(async (world) => {
    const session = await world.session();
    const half = dataFrame(1, new Uint8Array(40).fill(1)); // a record that is not complete
    await session.send(open(1), half, windowUpdate(1, rst, 0), open(1), half);
    await isAlive(session);
    await session.send(open(1));
    await isAlive(session, 2);
    deepStrictEqual(session.lines.filter((line) => line.startsWith("Window")), [
      "Window ACK 1 0",
      "Window RST 1 0",
      "Window RST 1 0",
    ]);
    await session.start(3, new Uint8Array(2));
    await settle();
    ok(session.saw("Data 3 2"), "the next id is taken");
    await world.stillServes();
  }));

Deno.test("Server is not confused by the id of a relayed stream that is used again", () =>
  inWorld(async (world) => {
    const local = world.freshPair();
    const session = await world.session(local);
    const route = { local, to: world.bob.pk, toPort: ECHO_PORT, random: seededRandom("reuse") };
    const first = rawDial(route);
    await session.start(1, session.record(first.object));
    await world.until(() => session.object(1) !== undefined, "bob answers");
    const frames = rawAnswered(session, 1, first);
    const second = rawDial({ ...route, port: 49154 });
    const under = dataFrame(1, frames.seal(utf8("lost")));
    await session.send(under, windowUpdate(1, rst, 0), open(1), dataFrame(1, session.record(second.object)));
    await isAlive(session);
    await session.start(3, session.record(rawDial({ ...route, port: 49155 }).object));
    await world.until(() => session.object(3) !== undefined, "bob answers on the next id");
    await world.stillServes();
  }));

Deno.test("Client is not confused by the id of an accepted stream that is used again", () =>
  inWorld(async (world) => {
    const { carol, session } = await behindBadServer(world);
    const ends = endsOf(carol.listen(ECHO_PORT));
    const route = { local: pairOf(63), to: carol.pk, toPort: ECHO_PORT, random: seededRandom("reuse") };
    const first = rawDial(route);
    await session.start(2, session.record(first.object));
    await world.until(() => session.object(2) !== undefined, "carol answers");
    const frames = rawAnswered(session, 2, first);
    const under = dataFrame(2, frames.seal(utf8("lost")));
    await session.send(under, windowUpdate(2, rst, 0), open(2), under);
    await world.until(() => ends.length > 0, "the stream ends");
    ok(ends[0] instanceof NetworkError, `the stream ended with ${ends[0]}`);
    await isAlive(session);
    await session.start(4, session.record(rawDial({ ...route, port: 49154 }).object));
    await world.until(() => session.object(4) !== undefined, "carol answers on the next id");
    await world.settled(carol.close());
    await world.stillServes();
  }));

/** Reads all streams; what ended them, null for a FIN. */
function endsOf(listener: Listener): unknown[] {
  const ends: unknown[] = [];
  const readOut = async (stream: DmsgStream): Promise<void> => {
    try {
      while (await stream.read());
      ends.push(null);
    } catch (error) {
      ends.push(error);
    }
    stream.close();
  };
  void (async () => {
    for await (const stream of listener) void readOut(stream);
  })();
  return ends;
}
