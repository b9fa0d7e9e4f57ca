import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { formatAddr } from "../../lib/dmsg/addr.ts";
import { acceptSession } from "../../lib/dmsg/sessions/handshake.ts";
import { Session } from "../../lib/dmsg/sessions/session.ts";
import { ACCEPT_BACKLOG } from "../../lib/dmsg/streams/listener.ts";
import { loadKem } from "../../lib/noise/hybrid.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { goAway } from "../../lib/yamux/frame.ts";
import type { MuxStream } from "../../lib/yamux/mux_stream.ts";
import { settle } from "../fakes/clock.ts";
import {
  Bench,
  claim,
  contextOf,
  failsWith,
  nothingOpen,
  oddServer,
  readBytes,
  silentServer,
  WAY_MS,
} from "./bench.ts";

Deno.test("Client opens a stream through a server and both sides read what the other wrote", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const [dialled, taken] = await bench.streams(a, b, 80);
  deepStrictEqual(taken.remote, dialled.local);
  strictEqual(taken.remote.pk, a.dmsg.pk);
  deepStrictEqual(dialled.remote, { pk: b.dmsg.pk, port: 80 });
  await bench.done(Promise.all([dialled.write(utf8("ping")), taken.write(utf8("pong"))]));
  deepStrictEqual(await bench.done(readBytes(taken, 4)), utf8("ping"));
  deepStrictEqual(await bench.done(readBytes(dialled, 4)), utf8("pong"));
});

Deno.test("A stream that is silent says every 3 minutes that it is there, in each direction that has not ended", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const [dialled, taken] = await bench.streams(a, b);
  const movedIn = async (minutes: number): Promise<number[]> => {
    const before = [dialled.moved, taken.moved];
    for (let i = 0; i < minutes; i++) await bench.clock.advance(61_000);
    return [dialled.moved - before[0], taken.moved - before[1]];
  };
  deepStrictEqual(await movedIn(10), [3, 3], "current servers end what is silent for 5 minutes");
  const read = taken.read();
  await bench.done(dialled.write(utf8("x")));
  deepStrictEqual(await bench.done(read), utf8("x"), "no reader sees it");
  await bench.done(dialled.closeWrite());
  await bench.clock.advance(100);
  deepStrictEqual(await movedIn(10), [0, 0], "what is half open has 5 minutes, and no longer");
  dialled.close();
  taken.close();
});

Deno.test("Client frees ports and streams when both sides have closed", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const [dialled, taken] = await bench.streams(a, b);
  deepStrictEqual(a.dmsg.usage, { sessions: 1, streams: 1, ports: 1 });
  deepStrictEqual(server.relay!.usage, { sessions: 2, streams: 2, heldBytes: 0 });
  dialled.close();
  strictEqual(await bench.done(taken.read()), null);
  taken.close();
  await bench.until(() => server.relay!.usage.streams === 0);
  await bench.clock.advance(100);
  nothingOpen(a.dmsg);
  deepStrictEqual(b.dmsg.usage, { sessions: 1, streams: 0, ports: 1 }, "the listener's port stays");
});

Deno.test("Client that is closed by two at once has taken its entry back for both", async () => {
  const bench = new Bench();
  await bench.server(90);
  const a = await bench.published(1);
  const discovery = bench.world.discoveryClient();
  const isThere = () => bench.done(discovery.entry(a.dmsg.pk));
  ok(await isThere() !== undefined);
  let isOver = false;
  void a.dmsg.close();
  const second = a.dmsg.close().then(() => isOver = true);
  await settle();
  strictEqual(isOver, false, "the first has not asked the discovery yet");
  await bench.done(second);
  strictEqual(await isThere(), undefined);
});

Deno.test("Client answers a port without listener with a signed 306, in a round trip", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const dial = () => a.dmsg.dial({ pk: b.dmsg.pk, port: 9 });
  await rejects(
    bench.done(dial()),
    failsWith("refused", /refused the stream: nothing listens on its port 9/),
  );
  ok(await bench.took(dial()) <= 4 * WAY_MS + 2, "the discovery, then two hops there and back");
  strictEqual(b.events.filter(({ kind }) => kind === "stream-refused").length, 2);
  await bench.clock.advance(100);
  nothingOpen(a.dmsg);
  nothingOpen(b.dmsg);
});

Deno.test("Client refuses the 257th stream that nobody takes with 401", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const listener = b.dmsg.listen(1);
  const destination = { pk: b.dmsg.pk, port: 1 };
  for (let i = 0; i < ACCEPT_BACKLOG; i++) await bench.done(a.dmsg.dial(destination));
  await rejects(bench.done(a.dmsg.dial(destination)), failsWith("refused", /401/));
  await bench.done(listener.accept());
  await bench.done(a.dmsg.dial(destination));
  listener.close();
  await bench.clock.advance(100);
  strictEqual(b.dmsg.usage.ports, 1, "the stream that was taken holds the port");
});

Deno.test("A port with one taker takes 100 streams that come at once", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const listener = b.dmsg.listen(1);
  let taken = 0;
  void (async () => {
    for await (const stream of listener) {
      await Promise.resolve();
      taken++;
      stream.close();
    }
  })();
  const dials = Array.from({ length: 100 }, () => a.dmsg.dial({ pk: b.dmsg.pk, port: 1 }));
  for (const stream of await bench.done(Promise.all(dials))) {
    strictEqual(await bench.done(stream.read()), null);
  }
  strictEqual(taken, 100);
});

Deno.test("Client lets no more than 256 streams wait when they come at once", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const listener = b.dmsg.listen(1);
  const dials = Array.from({ length: ACCEPT_BACKLOG + 5 }, () => a.dmsg.dial({ pk: b.dmsg.pk, port: 1 }));
  const outcomes = await bench.done(Promise.allSettled(dials));
  const open = outcomes.flatMap((outcome) => outcome.status === "fulfilled" ? [outcome.value] : []);
  // Reset, not finished: whoever has sent all must not take an end of file for "taken".
  let broken = 0;
  for (const stream of open) stream.read().catch(() => broken++);
  await bench.clock.advance(100);
  strictEqual(open.length - broken, ACCEPT_BACKLOG);
  listener.close();
  await bench.clock.advance(100);
  strictEqual(broken, open.length);
});

Deno.test("Client keeps what a peer's program has sent when the next one comes from the same port", async () => {
  const bench = new Bench();
  await bench.server(90);
  const b = await bench.published(2);
  const listener = b.dmsg.listen(1);
  const sizes = [100_000, 5];
  for (const [fill, size] of sizes.entries()) {
    const program = bench.client(1);
    const stream = await bench.done(program.dmsg.dial({ pk: b.dmsg.pk, port: 1 }));
    await bench.done(stream.write(new Uint8Array(size).fill(fill)));
    await bench.done(stream.closeWrite());
    await bench.done(stream.ping());
    stream.close();
    await bench.done(program.dmsg.close());
  }
  const remotes = new Set<string>();
  for (const [fill, size] of sizes.entries()) {
    const stream = (await bench.done(listener.accept()))!;
    remotes.add(formatAddr(stream.remote));
    deepStrictEqual(await bench.done(readBytes(stream, size)), new Uint8Array(size).fill(fill));
    strictEqual(await bench.done(stream.read()), null);
    stream.close();
  }
  strictEqual(remotes.size, 1, "one port");
  await bench.clock.advance(100);
  deepStrictEqual(b.dmsg.usage, { sessions: 1, streams: 0, ports: 1 });
});

Deno.test("Client hears of the end of a program that was restarted without a word", async () => {
  const bench = new Bench();
  await bench.server(90);
  const b = await bench.published(2);
  const listener = b.dmsg.listen(1);
  const first = bench.client(1);
  await bench.done(first.dmsg.dial({ pk: b.dmsg.pk, port: 1 }));
  const older = await bench.done(listener.accept());
  const again = bench.client(1);
  await bench.done(again.dmsg.dial({ pk: b.dmsg.pk, port: 1 }));
  const newer = await bench.done(listener.accept());
  deepStrictEqual(newer!.remote, older!.remote);
  await rejects(older!.read());
});

Deno.test("Client comes back once with a longer pause when a server drops it for an early frame", async () => {
  const bench = new Bench();
  const [needsMs, sessions] = [100, [] as string[]];
  const fussy = await oddServer(bench, 91, async (duplex) => {
    const secured = await acceptSession(duplex, contextOf(bench, 91));
    const readyMs = bench.clock.nowMs() + needsMs;
    const view = await duplex.read();
    sessions.push(bench.clock.nowMs() < readyMs ? "dropped" : "kept");
    if (sessions.at(-1) === "dropped") return duplex.close();
    const rest = view!.slice();
    const options = { role: "server", clock: bench.clock, pauseMs: 0, onStream: () => {} } as const;
    new Session(duplex, { ...secured, rest }, options);
  });
  const a = await bench.published(1, { sessions: 1 });
  deepStrictEqual(sessions, ["dropped", "kept"]);
  deepStrictEqual(a.dmsg.servers, [fussy]);
});

Deno.test("Client does not come back a second time to a server that keeps dropping it", async () => {
  const bench = new Bench();
  let count = 0;
  const server = await oddServer(bench, 91, async (duplex) => {
    await acceptSession(duplex, contextOf(bench, 91));
    count++;
    await duplex.read();
    duplex.close();
  });
  const pk = await claim(bench, 2, [server]);
  await rejects(bench.done(bench.client(1).dmsg.dial({ pk, port: 1 })), failsWith("unreachable", /./));
  strictEqual(count, 2);
});

Deno.test("Client does not come back to a server that has spoken and drops it then: it was no early frame", async () => {
  const bench = new Bench();
  let count = 0;
  const server = await oddServer(bench, 91, async (duplex) => {
    const secured = await acceptSession(duplex, contextOf(bench, 91));
    count++;
    const onStream = (_: MuxStream, session: Session): void => session.mux.close();
    new Session(duplex, secured, { role: "server", clock: bench.clock, pauseMs: 0, onStream });
  });
  const pk = await claim(bench, 2, [server]);
  await rejects(bench.done(bench.client(1).dmsg.dial({ pk, port: 1 })), failsWith("unreachable", /./));
  strictEqual(count, 1);
});

Deno.test("Client that is closed while it connects leaves no connection, however far it has come", async () => {
  for (let afterMs = 0; afterMs <= 60; afterMs += 10) {
    const bench = new Bench();
    const server = await bench.server(90);
    const pk = await claim(bench, 2, [server.pair.pk]);
    const a = bench.client(1);
    const dialled = rejects(a.dmsg.dial({ pk, port: 1 }));
    await bench.clock.advance(afterMs);
    await bench.done(a.dmsg.close());
    await bench.clock.advance(200);
    deepStrictEqual(bench.world.network.connections({ from: a.host }), [], `closed after ${afterMs} ms`);
    await bench.done(dialled);
    deepStrictEqual([a.dmsg.servers, a.dmsg.usage.ports], [[], 0]);
  }
});

Deno.test("Client gives a socket 5 s and ends the attempt then; those who want it meanwhile share it", async () => {
  const bench = new Bench();
  const pk = await claim(bench, 2, [await silentServer(bench, 90)]);
  const signals: AbortSignal[] = [];
  const never = {
    ...bench.world.network.carrier("10.1.0.1"),
    dial: (_: string, signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<never>(() => {});
    },
  };
  const a = bench.client(1, { carriers: [never] });
  const dials = [1, 2].map((port) => rejects(a.dmsg.dial({ pk, port }), /did not answer within 5000 ms/));
  await bench.until(() => signals.length > 0);
  await bench.clock.advance(4999);
  deepStrictEqual(signals.map(({ aborted }) => aborted), [false]);
  await bench.clock.advance(1);
  deepStrictEqual(signals.map(({ aborted }) => aborted), [true]);
  await Promise.all(dials);
});

Deno.test("Client makes a new session for dialling when a server says GoAway, and the old one's streams go on", async () => {
  const bench = new Bench();
  const sides: { duplex: Duplex; streams: MuxStream[] }[] = [];
  const server = await oddServer(bench, 91, async (duplex) => {
    const side = { duplex, streams: [] as MuxStream[] };
    const secured = await acceptSession(duplex, contextOf(bench, 91));
    const onStream = (stream: MuxStream) => void side.streams.push(stream);
    new Session(duplex, secured, { role: "server", clock: bench.clock, pauseMs: 0, onStream });
    sides.push(side);
  });
  const pk = await claim(bench, 2, [server]);
  const a = bench.client(1);
  const first = a.dmsg.dial({ pk, port: 1 }).catch(({ message }) => message);
  await bench.until(() => sides[0]?.streams.length === 1);
  await bench.done(sides[0].duplex.write(goAway(0)));
  await bench.clock.advance(100);
  deepStrictEqual([a.dmsg.servers, a.dmsg.usage.streams], [[], 1], "it is no session to dial through");
  const second = a.dmsg.dial({ pk, port: 1 }).catch(() => {});
  await bench.until(() => sides[1]?.streams.length === 1);
  deepStrictEqual([a.dmsg.servers, sides[0].streams.length, a.dmsg.usage.streams], [[server], 1, 2]);
  match(await bench.done(first), /no answer within 8000 ms/, "nobody has cut it short");
  await bench.done(second);
  await bench.until(() => bench.world.network.connections({ from: a.host }).length === 1);
  const { length } = bench.world.network.connections({ from: a.host });
  strictEqual(length, 1, "the old session ends with its last stream");
});

Deno.test("Client that only dials never posts", async () => {
  const bench = new Bench();
  await bench.server(90);
  const b = await bench.published(2);
  const before = bench.world.requests.length;
  const a = bench.client(1);
  const [stream] = await bench.streams(a, b);
  await bench.clock.advance(10 * 60_000);
  stream.close();
  await bench.done(a.dmsg.close());
  const asked = bench.world.requests.slice(before).filter((line) => line.includes(a.dmsg.pk));
  deepStrictEqual(asked, []);
  strictEqual(await bench.world.entryOf(a.dmsg.pk), undefined);
});

Deno.test("Client ends its listeners and streams when it is closed", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const [dialled, taken] = await bench.streams(a, b);
  const next = b.dmsg.listen(2).accept();
  await bench.done(b.dmsg.close());
  strictEqual(await bench.done(next), null);
  await rejects(bench.done(taken.read()));
  await rejects(bench.done(dialled.read()));
});

Deno.test("Client and peer agree on hybrid keys when one of them offers", async () => {
  await loadKem(); // the import takes no part in the test's time
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [bench.client(1, { offerPq: true }), await bench.published(2)];
  const [dialled, taken] = await bench.streams(a, b);
  deepStrictEqual([dialled.hybrid, taken.hybrid], [true, true]);
  ok(a.events.some((event) => event.kind === "session-up" && event.hybrid), "the session as well");
  await bench.done(dialled.write(utf8("hello")));
  deepStrictEqual(await bench.done(readBytes(taken, 5)), utf8("hello"));
});

Deno.test("Client that requires the hybrid refuses plain streams, its own and a peer's", async () => {
  await loadKem();
  const bench = new Bench();
  await bench.server(90);
  const [plain, strict] = [await bench.published(1), await bench.published(2, { requirePq: true })];
  plain.dmsg.listen(1);
  strict.dmsg.listen(1);
  const toStrict = plain.dmsg.dial({ pk: strict.dmsg.pk, port: 1 });
  await rejects(bench.done(toStrict), failsWith("refused", /./));
  const stream = await bench.done(strict.dmsg.dial({ pk: plain.dmsg.pk, port: 1 }));
  strictEqual(stream.hybrid, true, "every peer of ours answers the offer");
});
