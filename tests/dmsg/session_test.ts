import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { acceptSession, type HandshakeContext, initiateSession } from "../../lib/dmsg/sessions/handshake.ts";
import { Session } from "../../lib/dmsg/sessions/session.ts";
import { type Kem, loadKem } from "../../lib/noise/hybrid.ts";
import { concat, utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import type { MuxStream } from "../../lib/yamux/mux_stream.ts";
import { pairOf } from "../discovery/support.ts";
import { Connection } from "../fakes/connection.ts";
import { seededRandom } from "../fakes/random.ts";
import { Bench, contextOf, oddServer } from "./bench.ts";

interface Ends {
  readonly bench: Bench;
  readonly client: Session;
  readonly server: Session;
  /** Streams that the server got. */
  readonly streams: MuxStream[];
  /** When each chunk came to the server, counted from the start of the session. */
  readonly arrivedMs: number[];
}

/** Both ends of a session after their handshake. */
async function ends(
  wayMs: number,
  options: { pauseMs?: number; pq?: Partial<HandshakeContext>; segment?: (left: number) => number } = {},
): Promise<Ends> {
  const bench = new Bench();
  const connection = new Connection({ clock: bench.clock, latencyMs: () => wayMs, segment: options.segment });
  const [a, b] = connection.ends;
  const [mine, theirs] = await bench.done(Promise.all([
    initiateSession(a, pairOf(90).public, contextOf(bench, 1, options.pq)),
    acceptSession(b, contextOf(bench, 90)),
  ]));
  strictEqual(mine.rttMs, 2 * wayMs);
  const startMs = bench.clock.nowMs();
  const arrivedMs: number[] = [];
  const noting: Duplex = {
    ...b,
    read: async () => {
      const view = await b.read();
      arrivedMs.push(bench.clock.nowMs() - startMs);
      return view;
    },
  };
  const streams: MuxStream[] = [];
  const { clock } = bench;
  const pauseMs = options.pauseMs ?? Math.max(10, mine.rttMs);
  const client = new Session(a, mine, { role: "client", clock, pauseMs, onStream: () => {} });
  const onStream = (stream: MuxStream) => void streams.push(stream);
  const server = new Session(noting, theirs, { role: "server", clock, pauseMs: 0, onStream });
  return { bench, client, server, streams, arrivedMs };
}

Deno.test("Session carries objects on many streams in any order, fed any segments", async () => {
  for (const most of [1, 3, 4096]) {
    const { bench, client, server, streams } = await ends(5, { segment: () => most });
    const opened = [0, 1, 2].map(() => client.mux.open());
    await bench.clock.advance(200);
    for (const i of [2, 0, 1]) void client.writeObject(opened[i], utf8(`object ${i}`));
    await bench.clock.advance(200);
    for (const i of [1, 2, 0]) {
      deepStrictEqual(await bench.done(server.readObject(streams[i])), utf8(`object ${i}`));
    }
  }
});

Deno.test("Session leaves what comes behind an object in the stream", async () => {
  const { bench, client, server, streams } = await ends(5);
  const stream = client.mux.open();
  void client.writeObject(stream, utf8("object"));
  const frame = new Uint8Array(stream.headroomBytes + 3).fill(7);
  void stream.writable(3).then(() => stream.send(frame));
  await bench.clock.advance(200);
  deepStrictEqual(await bench.done(server.readObject(streams[0])), utf8("object"));
  const rest: number[] = [];
  streams[0].attach({ bytes: (view) => void rest.push(...view), end: () => {} });
  deepStrictEqual(rest, [7, 7, 7]);
});

Deno.test("Session reads an object that comes in pieces while it is waited for, and leaves what is behind it", async () => {
  for (const most of [1, 3, 4096]) {
    const { bench, client, server, streams } = await ends(5, { segment: () => most });
    const stream = client.mux.open();
    await bench.clock.advance(200);
    const reading = server.readObject(streams[0]);
    void client.writeObject(stream, utf8("object"));
    const frame = new Uint8Array(stream.headroomBytes + 3).fill(7);
    void stream.writable(3).then(() => stream.send(frame));
    deepStrictEqual(await bench.done(reading), utf8("object"));
    await bench.clock.advance(200);
    const rest: number[] = [];
    streams[0].attach({ bytes: (view) => void rest.push(...view), end: () => {} });
    deepStrictEqual(rest, [7, 7, 7], `${most} bytes at a time`);
  }
});

Deno.test("Session refuses an object that was sent before, or under another session", async () => {
  const { bench, client, server, streams } = await ends(5);
  const records: Uint8Array[] = [];
  const original = client.mux.open();
  const spied = Object.create(original) as MuxStream;
  spied.writable = () => Promise.resolve(1000);
  spied.send = (frame) => Promise.resolve(void records.push(frame.slice()));
  await client.writeObject(spied, utf8("object"));
  for (let i = 0; i < 2; i++) {
    const stream = client.mux.open();
    await Promise.all([stream.send(records[0].slice()), bench.clock.advance(100)]);
  }
  deepStrictEqual(await bench.done(server.readObject(streams[1])), utf8("object"));
  await rejects(bench.done(server.readObject(streams[2])), /nonce 1: used before/);
  const other = await ends(5, { pq: { random: seededRandom("another session") } });
  const stream = other.client.mux.open();
  await Promise.all([stream.send(records[0].slice()), other.bench.clock.advance(100)]);
  await rejects(other.bench.done(other.server.readObject(other.streams[0])), /authentication failed/);
});

Deno.test("Session gives up an object whose stream ends early", async () => {
  const { bench, client, server, streams } = await ends(5);
  const [finished, reset] = [client.mux.open(), client.mux.open()];
  void finished.finish();
  reset.reset();
  await bench.clock.advance(200);
  await rejects(server.readObject(streams[0]), /closed before the request was answered/);
  await rejects(server.readObject(streams[1]), /reset/);
});

Deno.test("Session waits with its first frame for max(10 ms, one round trip)", async () => {
  for (const [wayMs, pauseMs] of [[1, 10], [4, 10], [30, 60]]) {
    const { bench, client, arrivedMs } = await ends(wayMs);
    const ping = client.mux.ping();
    await bench.clock.advance(500);
    await ping;
    strictEqual(arrivedMs[0], pauseMs + wayMs, `${wayMs} ms a way`);
  }
});

Deno.test("Session does not wait when the pause is over, or when the server speaks first", async () => {
  const late = await ends(30);
  await late.bench.clock.advance(100);
  void late.client.mux.ping();
  await late.bench.clock.advance(100);
  strictEqual(late.arrivedMs[0], 130);
  const early = await ends(30, { pauseMs: 1000 });
  void early.client.mux.ping().catch(() => {});
  void early.server.mux.ping();
  await early.bench.clock.advance(100);
  ok(early.arrivedMs[0] <= 60, `${early.arrivedMs[0]} ms`);
});

Deno.test("Session echoes a probe of two zero bytes to the server that probes a client", async () => {
  const bench = new Bench();
  const sessions: Session[] = [];
  await oddServer(bench, 90, async (duplex) => {
    const secured = await acceptSession(duplex, contextOf(bench, 90));
    const options = { role: "server", clock: bench.clock, pauseMs: 0, onStream: () => {} } as const;
    sessions.push(new Session(duplex, secured, options));
  });
  await bench.published(1, { sessions: 1 });
  const probe = sessions[0].mux.open();
  const seen: (number[] | Error | undefined)[] = [];
  probe.attach({ bytes: (view) => void seen.push([...view]), end: (error) => void seen.push(error) });
  await Promise.all([sessions[0].writeProbe(probe), bench.clock.advance(100)]);
  deepStrictEqual(seen, [[0, 0], undefined]);
  probe.release();
  await bench.clock.advance(100);
  strictEqual(sessions[0].mux.streamCount, 0);
});

Deno.test("Handshake is plain unless the client offers, and hybrid then", async () => {
  await loadKem(); // the import takes no part in the test's time
  for (const offerPq of [false, true]) {
    const { bench, client, server, streams } = await ends(5, { pq: { offerPq } });
    deepStrictEqual([client.hybrid, server.hybrid], [offerPq, offerPq]);
    const stream = client.mux.open();
    void client.writeObject(stream, utf8("object"));
    await bench.clock.advance(200);
    deepStrictEqual(await bench.done(server.readObject(streams[0])), utf8("object"));
  }
});

Deno.test("Handshake refuses a plain client under requirePq, and ends after 5 s of silence", async () => {
  const bench = new Bench();
  const [a, b] = new Connection({ clock: bench.clock, latencyMs: () => 5 }).ends;
  const refused = acceptSession(b, contextOf(bench, 90, { requirePq: true }));
  void initiateSession(a, pairOf(90).public, contextOf(bench, 1)).catch(() => {});
  await rejects(bench.done(refused), /the client offers no post-quantum key exchange/);
  const [mute] = new Connection({ clock: bench.clock, latencyMs: () => 5 }).ends;
  const silent = initiateSession(mute, pairOf(90).public, contextOf(bench, 1));
  strictEqual(await bench.took(silent), 5000);
  await rejects(silent, /longer than 5000 ms/);
  await rejects(mute.write(utf8("x")), /closed/);
});

/** A server that knows no hybrid: it passes over the offer. */
const plainServer = (bench: Bench): HandshakeContext =>
  contextOf(bench, 90, {
    loadKem: () => Promise.resolve({ encapsulate: () => undefined } as unknown as Kem),
  });

Deno.test("Handshake that offers the hybrid to a plain server is plain, and refused under requirePq", async () => {
  await loadKem(); // the import takes no part in the test's time
  for (const requirePq of [false, true]) {
    const bench = new Bench();
    const [a, b] = new Connection({ clock: bench.clock, latencyMs: () => 5 }).ends;
    const accepted = acceptSession(b, plainServer(bench));
    const connected = initiateSession(
      a,
      pairOf(90).public,
      contextOf(bench, 1, { offerPq: true, requirePq }),
    );
    if (requirePq) {
      await rejects(bench.done(connected), /the server offers no post-quantum key exchange/);
      await rejects(a.write(utf8("x")), /closed/);
      await rejects(bench.done(accepted), /connection closed during the handshake/);
    } else {
      const [mine, theirs] = await bench.done(Promise.all([connected, accepted]));
      deepStrictEqual([mine.hybrid, theirs.hybrid], [false, false]);
      deepStrictEqual(mine.keys.send, theirs.keys.receive);
    }
  }
});

Deno.test("Handshake with an offer that is none, of whatever length, is plain", async () => {
  await loadKem(); // the import takes no part in the test's time
  for (const length of [1, 1183, 1184, 1185]) {
    const bench = new Bench();
    const [a, b] = new Connection({ clock: bench.clock, latencyMs: () => 5 }).ends;
    const offer = {
      encapsulationKey: new Uint8Array(length).fill(0xff),
      decapsulationKey: new Uint8Array(0),
    };
    const kem = { generate: () => offer } as unknown as Kem;
    const client = contextOf(bench, 1, { offerPq: true, loadKem: () => Promise.resolve(kem) });
    const both = Promise.all([
      initiateSession(a, pairOf(90).public, client),
      acceptSession(b, contextOf(bench, 90)),
    ]);
    deepStrictEqual((await bench.done(both)).map(({ hybrid }) => hybrid), [false, false], `${length} bytes`);
  }
});

Deno.test("Handshake refuses a server whose bytes come too early, and works while that one computes", async () => {
  for (const early of [[], [0]]) {
    const bench = new Bench();
    const [a, b] = new Connection({ clock: bench.clock, latencyMs: () => 5 }).ends;
    const hasty: Duplex = { ...b, write: (bytes) => b.write(concat(bytes, Uint8Array.from(early))) };
    acceptSession(hasty, contextOf(bench, 90)).catch(() => {});
    const worked: number[] = [];
    const connected = initiateSession(a, pairOf(90).public, contextOf(bench, 1), () => {
      worked.push(bench.clock.nowMs());
    });
    if (early.length === 0) {
      strictEqual((await bench.done(connected)).rttMs, 10);
    } else {
      await rejects(bench.done(connected), { code: 203 });
      await rejects(a.write(utf8("x")), /closed/);
    }
    deepStrictEqual(worked, [1000]);
  }
});

Deno.test("Handshake of a client that leaves in the middle of it ends at once", async () => {
  const bench = new Bench();
  const [a, b] = new Connection({ clock: bench.clock, latencyMs: () => 5 }).ends;
  const accepted = acceptSession(b, contextOf(bench, 90));
  accepted.catch(() => {});
  a.close();
  ok(await bench.took(accepted) < 100);
  await rejects(accepted, (error) => error instanceof NetworkError && error.reason === "closed");
});
