import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { ipBytes } from "../../lib/dmsg/server/ip_bytes.ts";
import type { DmsgServer } from "../../lib/dmsg/server/server.ts";
import { initiateSession } from "../../lib/dmsg/sessions/handshake.ts";
import { Session } from "../../lib/dmsg/sessions/session.ts";
import { decodeResponse, encodeRequest } from "../../lib/dmsg/streams/request.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import type { MuxStream } from "../../lib/yamux/mux_stream.ts";
import { pairOf } from "../discovery/support.ts";
import { Bench, contextOf, readBytes, WAY_MS } from "./bench.ts";

/** Connects client `n` to server 90, without a client around the session. */
async function connect(bench: Bench, n: number): Promise<Session> {
  const carrier = bench.world.network.carrier(`10.9.0.${n}`);
  const duplex = await carrier.dial("10.0.0.90:80", new AbortController().signal);
  const secured = await initiateSession(duplex, pairOf(90).public, contextOf(bench, n));
  return new Session(duplex, secured, {
    role: "client",
    clock: bench.clock,
    pauseMs: 10,
    onStream: () => {},
  });
}

/** The same, when the server knows it too. */
async function connected(bench: Bench, n: number): Promise<Session> {
  const session = await bench.done(connect(bench, n));
  await bench.clock.advance(2 * WAY_MS);
  return session;
}

/** What a stream reads until its end. */
function readAll(stream: MuxStream): Promise<number[] | Error> {
  const seen: number[] = [];
  return new Promise((resolve) =>
    stream.attach({ bytes: (view) => void seen.push(...view), end: (error) => resolve(error ?? seen) })
  );
}

/** A stream request of client `n`, signed; the answer is nobody's business here. */
const requestTo = (bench: Bench, n: number, destination: { pk: string; port: number }, ipInfo = false) =>
  encodeRequest({
    timestampNs: bench.clock.wallNs(),
    source: { pk: pairOf(n).pk, port: 49153 },
    destination,
    ipInfo,
    noiseMessage: new Uint8Array(0),
  }, pairOf(n).secret);

const idle = (relay: DmsgServer) => {
  const { streams, heldBytes } = relay.usage;
  deepStrictEqual({ streams, heldBytes }, { streams: 0, heldBytes: 0 });
};

Deno.test("Server keeps the newest session of a key and closes the older one", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const older = await connected(bench, 1);
  const newer = await connected(bench, 1);
  await bench.clock.advance(100);
  deepStrictEqual([older.mux.ended, newer.mux.ended], [true, false]);
  strictEqual(server.relay!.sessionCount, 1);
  ok(await bench.done(newer.mux.ping()) >= 2 * WAY_MS);
  deepStrictEqual(server.events.map(({ kind }) => kind), ["session-up", "session-up"]);
  newer.mux.close();
  await bench.clock.advance(100);
  strictEqual(server.relay!.sessionCount, 0);
});

Deno.test("Server echoes a probe of two zero bytes and ends the stream", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const session = await connected(bench, 1);
  const probe = session.mux.open();
  await Promise.all([session.writeProbe(probe), bench.clock.advance(100)]);
  deepStrictEqual(await bench.done(readAll(probe)), [0, 0]);
  probe.release();
  await bench.clock.advance(100);
  strictEqual(session.mux.streamCount, 0);
  idle(server.relay!);
});

Deno.test("Server tells a client the address that it sees, signed", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const session = await connected(bench, 1);
  const stream = session.mux.open();
  await Promise.all([
    session.writeObject(stream, requestTo(bench, 1, { pk: pairOf(90).pk, port: 1 }, true)),
    bench.clock.advance(100),
  ]);
  const answer = await bench.done(session.readObject(stream));
  deepStrictEqual(decodeResponse(answer!).ip, Uint8Array.of(10, 9, 0, 1));
  idle(server.relay!);
});

Deno.test("Server resets a stream at once when it can't forward it", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const session = await connected(bench, 1);
  const cases: [string, Uint8Array][] = [
    ["307 of an unknown destination", requestTo(bench, 1, { pk: pairOf(5).pk, port: 1 })],
    ["302 of a source that is not the session's", requestTo(bench, 2, { pk: pairOf(5).pk, port: 1 })],
    ["307 of the server itself", requestTo(bench, 1, { pk: pairOf(90).pk, port: 1 })],
    ["305 of port 0", requestTo(bench, 1, { pk: pairOf(5).pk, port: 0 })],
    ["370 of something else", utf8("x".repeat(200))],
  ];
  for (const [what, object] of cases) {
    const stream = session.mux.open();
    await Promise.all([session.writeObject(stream, object), bench.clock.advance(2 * WAY_MS + 2)]);
    ok(await bench.done(readAll(stream)) instanceof Error, what);
    const failed = server.events.at(-1);
    ok(failed?.kind === "stream-failed" && failed.error.message.includes(what.slice(0, 3)), what);
  }
  strictEqual(session.mux.ended, false);
  idle(server.relay!);
});

Deno.test("Server gives a request 10 s and a destination's answer 5 s", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const session = await connected(bench, 1);
  await connected(bench, 2); // takes streams and says nothing
  const [mute, asking] = [session.mux.open(), session.mux.open()];
  const startMs = bench.clock.nowMs();
  const ends: Record<string, number> = {};
  void readAll(mute).then(() => ends.mute = bench.clock.nowMs() - startMs);
  void readAll(asking).then(() => ends.asking = bench.clock.nowMs() - startMs);
  void session.writeObject(asking, requestTo(bench, 1, { pk: pairOf(2).pk, port: 1 }));
  await bench.clock.advance(12_000);
  ok(ends.asking > 5000 && ends.asking < 5100, `${ends.asking} ms`);
  ok(ends.mute > 10_000 && ends.mute < 10_100, `${ends.mute} ms`);
  idle(server.relay!);
});

Deno.test("Server passes a rejection on byte for byte", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  await rejects(bench.done(a.dmsg.dial({ pk: b.dmsg.pk, port: 5 })), /nothing listens on its port 5/);
});

Deno.test("Server passes a FIN on and leaves the other direction open", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const [dialled, taken] = await bench.streams(a, b);
  await bench.done(dialled.write(utf8("question")).then(() => dialled.closeWrite()));
  deepStrictEqual(await bench.done(readBytes(taken, 100)), utf8("question"));
  await bench.done(taken.write(utf8("answer")));
  deepStrictEqual(await bench.done(readBytes(dialled, 6)), utf8("answer"));
  taken.close();
  strictEqual(await bench.done(dialled.read()), null);
  dialled.close();
  await bench.clock.advance(100);
  idle(server.relay!);
});

Deno.test("Server resets a stream that is half open and silent for 5 minutes", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const [dialled, taken] = await bench.streams(a, b);
  await bench.done(dialled.closeWrite());
  strictEqual(await bench.done(taken.read()), null);
  await bench.clock.advance(299_000);
  strictEqual(server.relay!.usage.streams, 2);
  await bench.clock.advance(2000);
  idle(server.relay!);
  await rejects(dialled.read(), /reset/);
  await rejects(taken.write(utf8("late")), /reset/);
});

Deno.test("Server closes connections beyond its sessions, save those of a client that replaces its own", async () => {
  const bench = new Bench();
  const server = await bench.server(90, { maxSessions: 2 });
  await connected(bench, 1);
  strictEqual(server.relay!.availableSessions, 1);
  // Three fit while they are connecting; one replaces its own session, one of the others finds the place taken.
  const sessions = await bench.done(Promise.all([1, 2, 3].map((n) => connect(bench, n))));
  await bench.clock.advance(1000);
  deepStrictEqual(sessions.map(({ mux }) => mux.ended), [false, false, true]);
  strictEqual(server.relay!.availableSessions, 0);
  await rejects(bench.done(connect(bench, 4)), /closed during the handshake/);
});

Deno.test("Server has room for its own client whoever else is there, and counts it in no limit", async () => {
  const bench = new Bench();
  const own = pairOf(9).pk;
  const server = await bench.server(90, { maxSessions: 1, maxStreamsPerClient: 1 }, own);
  const room = () => [server.relay!.sessionCount, server.relay!.availableSessions];
  const first = await connected(bench, 9);
  deepStrictEqual(room(), [0, 1]);
  await connected(bench, 1);
  deepStrictEqual(room(), [1, 0]);
  await rejects(bench.done(connect(bench, 2)), /closed during the handshake/);
  // While it is away somebody else may get as far as being known, and no further.
  first.mux.close();
  await bench.clock.advance(100);
  const other = await bench.done(connect(bench, 2));
  await bench.clock.advance(100);
  strictEqual(other.mux.ended, true);
  const discovery = bench.world.discoveryClient(); // lists full ones last, or not at all
  discovery.availableServers = () => discovery.allServers();
  await bench.published(9, { discovery });
  deepStrictEqual(room(), [1, 0]);
});

Deno.test("Server lets its own client have more streams than each of the others", async () => {
  const bench = new Bench();
  const own = pairOf(9).pk;
  await bench.server(90, { maxStreamsPerClient: 1 }, own);
  const taker = await bench.published(9);
  taker.dmsg.listen(1);
  const [a, b] = [bench.client(1), bench.client(2)];
  for (const { dmsg } of [a, b]) await bench.done(dmsg.dial({ pk: own, port: 1 }));
  await rejects(bench.done(a.dmsg.dial({ pk: own, port: 1 })), /reset/);
});

Deno.test("Server resets streams beyond a client's number, dialled or taken", async () => {
  const bench = new Bench();
  const server = await bench.server(90, { maxStreamsPerClient: 3 });
  const [a, b, c] = [bench.client(1), await bench.published(2), await bench.published(3)];
  const toB = { pk: b.dmsg.pk, port: 1 };
  b.dmsg.listen(1);
  c.dmsg.listen(1);
  for (let i = 0; i < 3; i++) await bench.done(a.dmsg.dial(toB));
  await rejects(bench.done(a.dmsg.dial({ pk: c.dmsg.pk, port: 1 })), /reset/, "the dialler's number");
  await rejects(bench.done(c.dmsg.dial(toB)), /reset/, "the destination's number");
  strictEqual(server.relay!.usage.streams, 6);
});

Deno.test("Streams that a client has closed and a stranger never ends keep nobody else out", async () => {
  const bench = new Bench();
  await bench.server(90, { maxStreamsPerClient: 300 });
  const taker = await bench.published(1);
  const listener = taker.dmsg.listen(1);
  void (async () => {
    for await (const stream of listener) stream.close();
  })();
  const to = { pk: taker.dmsg.pk, port: 1 };
  const stranger = bench.client(2);
  for (let i = 0; i < 300; i++) await bench.done(stranger.dmsg.dial(to));
  await bench.clock.advance(35_000);
  await bench.done(bench.client(3).dmsg.dial(to));
  ok(taker.dmsg.usage.streams <= 258, `${taker.dmsg.usage.streams} streams`);
});

Deno.test("A stream whose other end is gone counts until its own end", async () => {
  const bench = new Bench();
  const server = await bench.server(90, { maxStreamsPerClient: 20 });
  const [gone, deaf] = [bench.client(1), await bench.published(2)];
  const listener = deaf.dmsg.listen(1);
  void (async () => {
    for await (const stream of listener) void stream; // never closed
  })();
  const dialled = async (): Promise<boolean> => {
    try {
      const stream = await bench.done(gone.dmsg.dial({ pk: deaf.dmsg.pk, port: 1 }));
      await bench.done(stream.closeWrite());
      await bench.clock.advance(100);
      stream.reset();
      await bench.clock.advance(100);
      return true;
    } catch {
      return false;
    }
  };
  for (let i = 0; i < 30; i++) strictEqual(await dialled(), i < 20, `stream ${i}`);
  deepStrictEqual([deaf.dmsg.usage.streams, server.relay!.usage.streams], [20, 20]);
  await bench.clock.advance(5 * 60_000);
  strictEqual(server.relay!.usage.streams, 0);
  strictEqual(await dialled(), true);
});

Deno.test("ipBytes reads IPv4, IPv6 and IPv4 within IPv6", () => {
  deepStrictEqual([...ipBytes("203.0.113.7")], [203, 0, 113, 7]);
  deepStrictEqual([...ipBytes("::ffff:203.0.113.7")], [203, 0, 113, 7]);
  deepStrictEqual([...ipBytes("2001:db8::1")], [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  deepStrictEqual([...ipBytes("fe80::1%eth0")].slice(0, 2), [0xfe, 0x80]);
  deepStrictEqual([...ipBytes("nonsense")], []);
});
