import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { formatAddr } from "../../lib/dmsg/addr.ts";
import type { DmsgClient } from "../../lib/dmsg/client.ts";
import { acceptSession } from "../../lib/dmsg/sessions/handshake.ts";
import { Session } from "../../lib/dmsg/sessions/session.ts";
import { ACCEPT_BACKLOG } from "../../lib/dmsg/streams/listener.ts";
import { loadKem } from "../../lib/noise/hybrid.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { goAway } from "../../lib/yamux/frame.ts";
import type { MuxStream } from "../../lib/yamux/mux_stream.ts";
import { pairOf } from "../discovery/support.ts";
import { settle } from "../fakes/clock.ts";
import { Bench, claim, contextOf, oddServer, readBytes, silentServer, WAY_MS } from "./bench.ts";

const failsWith = (reason: string, pattern: RegExp) => (error: unknown) => {
  ok(error instanceof NetworkError, String(error));
  strictEqual(error.reason, reason, error.message);
  match(error.message, pattern);
  return true;
};

const nothingOpen = (client: DmsgClient) => {
  const { streams, ports } = client.usage;
  deepStrictEqual({ streams, ports }, { streams: 0, ports: 0 });
};

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

Deno.test("Client tries every server of a peer's entry", async () => {
  const bench = new Bench();
  const silent = await silentServer(bench, 91);
  const gone = pairOf(92).pk;
  const server = await bench.server(93);
  const b = await bench.published(2, { sessions: 1, carriers: [only(bench, "10.0.0.93:80")] });
  b.dmsg.listen(1);
  await claim(bench, 2, [silent, gone, server.pair.pk]);
  const a = bench.client(1);
  const stream = await bench.done(a.dmsg.dial({ pk: b.dmsg.pk, port: 1 }));
  deepStrictEqual(a.dmsg.servers, [silent, server.pair.pk]);
  strictEqual(a.dmsg.usage.streams, 1, "nothing stays of the try through the silent server");
  stream.close();
});

Deno.test("Streams that are to be apart go through different servers, and through any when one is gone", async () => {
  const bench = new Bench();
  const [one, other] = [await bench.server(91), await bench.server(92)];
  const b = await bench.published(2, { sessions: 2 });
  b.dmsg.listen(1);
  const a = bench.client(1);
  const to = { pk: b.dmsg.pk, port: 1 };
  for (let usual = 0; usual < 2; usual++) await bench.done(a.dmsg.dial(to));
  strictEqual(a.dmsg.servers.length, 1);
  for (const apart of [1, 2, 3]) await bench.done(a.dmsg.dial(to, undefined, apart));
  deepStrictEqual([...a.dmsg.servers].sort(), [one.pair.pk, other.pair.pk].sort());
  const streams = [one, other].map((server) => server.relay!.usage.streams / 2).sort();
  deepStrictEqual(streams, [2, 3]);
  await claim(bench, 2, [one.pair.pk, pairOf(99).pk]);
  for (const apart of [0, 1]) await bench.done(a.dmsg.dial(to, undefined, apart));
});

/** A carrier that reaches one address. */
function only(bench: Bench, address: string) {
  const carrier = bench.world.network.carrier("10.1.0.2");
  return {
    ...carrier,
    addressIn: (entry: Parameters<typeof carrier.addressIn>[0]) => {
      return entry.server?.address === address ? address : undefined;
    },
  };
}

Deno.test("Client hears at once that a server does not know the peer, and leaves nothing open", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const a = bench.client(1);
  const pk = await claim(bench, 2, [server.pair.pk]);
  const dial = a.dmsg.dial({ pk, port: 1 });
  const tookMs = await bench.took(dial);
  ok(tookMs < 20 * WAY_MS, `took ${tookMs} ms`);
  await rejects(dial, failsWith("unreachable", /Cannot open stream to .*: stream (was reset|closed)/));
  await bench.clock.advance(100);
  nothingOpen(a.dmsg);
});

Deno.test("A dial says that the discovery knows a peer's server no more, and that it did not say where one is", async () => {
  const bench = new Bench();
  const gone = pairOf(92).pk;
  const pk = await claim(bench, 2, [gone]);
  const reason = new RegExp(`: ${gone.slice(0, 8)}…: the discovery knows no such server`);
  await rejects(bench.done(bench.client(1).dmsg.dial({ pk, port: 1 })), failsWith("unreachable", reason));
  const client = bench.client(3);
  const dial = client.dmsg.dial({ pk, port: 1 });
  const wanted = `GET /entry/${pk}`;
  await bench.until(() => bench.world.requests.at(-1) === wanted);
  bench.world.discovery = "silent";
  await rejects(bench.done(dial), failsWith("no-network", /Cannot look up .* did not answer within 5000 ms/));
  // One that is known and takes nobody is the peer's matter, and no fault of our network.
  bench.world.discovery = "up";
  const crashed = await bench.server(95);
  crashed.crash();
  await claim(bench, 2, [crashed.pair.pk]);
  const refused = bench.client(5).dmsg.dial({ pk, port: 1 });
  await rejects(bench.done(refused), failsWith("unreachable", /Cannot open stream .*refused/));
  // One server that could be asked about, and is not reached, makes it the peer's matter again.
  bench.world.discovery = "up";
  const silent = await silentServer(bench, 91);
  await claim(bench, 2, [silent, gone]);
  const mixed = bench.client(4).dmsg.dial({ pk, port: 1 });
  await bench.until(() => bench.world.requests.at(-1) === `GET /entry/${silent}`);
  bench.world.discovery = "silent";
  await rejects(
    bench.done(mixed),
    failsWith("unreachable", /no answer within 8000 ms; .* did not answer within/),
  );
});

Deno.test("Client gives a silent server 8 s, and all servers together 20 s", async () => {
  const bench = new Bench();
  const servers: string[] = [];
  for (let n = 90; n < 99; n++) servers.push(await silentServer(bench, n));
  const one = bench.client(1).dmsg.dial({ pk: await claim(bench, 2, [servers[0]]), port: 1 });
  const oneMs = await bench.took(one);
  ok(oneMs >= 8000 && oneMs < 8100, `took ${oneMs} ms`);
  await rejects(one, failsWith("unreachable", /no answer within 8000 ms/));
  const client = bench.client(3);
  const all = client.dmsg.dial({ pk: await claim(bench, 2, servers), port: 1 });
  const allMs = await bench.took(all);
  ok(allMs >= 20_000 && allMs < 20_100, `took ${allMs} ms`);
  await rejects(all, failsWith("unreachable", /(.*…: no answer within \d+ ms){9}$/));
  nothingOpen(client.dmsg);
  const two = client.dmsg.dial({ pk: await claim(bench, 2, servers.slice(0, 2)), port: 1 });
  const twoMs = await bench.took(two);
  ok(twoMs >= 10_000 && twoMs < 10_100, `took ${twoMs} ms: the second begins 2 s after the first`);
  await rejects(two, failsWith("unreachable", /no answer within 8000 ms; .*no answer within 8000 ms/));
  nothingOpen(client.dmsg);
});

Deno.test("Client asks the next server beside one that has said nothing for 2 s", async () => {
  const bench = new Bench();
  const silent = await silentServer(bench, 91);
  const server = await bench.server(93);
  const b = await bench.published(2, { sessions: 1, carriers: [only(bench, "10.0.0.93:80")] });
  b.dmsg.listen(1);
  await claim(bench, 2, [silent, server.pair.pk]);
  const a = bench.client(1);
  const dial = a.dmsg.dial({ pk: b.dmsg.pk, port: 1 });
  const tookMs = await bench.took(dial);
  ok(tookMs >= 2000 && tookMs < 2200, `took ${tookMs} ms`);
  strictEqual(a.dmsg.usage.streams, 1, "the try through the silent one has ended");
  (await dial).close();
});

Deno.test("A dial through a session whose socket died without a word goes on over a new one after 4 s", async () => {
  const bench = new Bench();
  await bench.server(91);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const [older] = await bench.streams(a, b);
  for (const { connection } of bench.world.network.connections({ from: a.host })) connection.silence();
  const startMs = bench.clock.nowMs();
  let endedMs = 0;
  const lost = rejects(older.read(), /did not answer a ping/).then(() =>
    void (endedMs = bench.clock.nowMs())
  );
  const dials = [1, 1].map((port) => a.dmsg.dial({ pk: b.dmsg.pk, port }));
  const tookMs = await bench.took(Promise.all(dials));
  ok(tookMs >= 4000 && tookMs < 4500, `took ${tookMs} ms`);
  for (const dial of dials) (await dial).close();
  const downs = a.events.flatMap((event) => event.kind === "session-down" ? [event.error!.message] : []);
  deepStrictEqual(downs, ["the server has said nothing for 4000 ms"]);
  // What it carried has as long as any session has for a pong.
  await bench.done(lost);
  ok(endedMs - startMs >= 12_000 && endedMs - startMs < 12_100, `ended after ${endedMs - startMs} ms`);
});

Deno.test("A server that says anything at all while a dial waits keeps its session", async () => {
  const bench = new Bench();
  const silent = await silentServer(bench, 91);
  const a = bench.client(1);
  const dial = a.dmsg.dial({ pk: await claim(bench, 2, [silent]), port: 1 });
  await rejects(bench.done(dial), failsWith("unreachable", /no answer within 8000 ms/));
  deepStrictEqual(a.events.filter(({ kind }) => kind === "session-down"), [], "it has answered pings");
});

Deno.test("On a slow line a session has four round trips before a dial goes on over a new one", async () => {
  const bench = new Bench(() => ({ latencyMs: () => 400 }));
  await bench.server(91);
  const [a, b] = [bench.client(1), await bench.published(2)];
  const [older] = await bench.streams(a, b);
  older.close();
  await bench.clock.advance(5000);
  for (const { connection } of bench.world.network.connections({ from: a.host })) connection.silence();
  a.dmsg.dial({ pk: b.dmsg.pk, port: 1 }).catch(() => {});
  const startMs = bench.clock.nowMs();
  const end = () => a.events.find((event) => event.kind === "session-down");
  await bench.until(() => end() !== undefined);
  const tookMs = bench.clock.nowMs() - startMs;
  ok(tookMs >= 2000 + 4 * 800 && tookMs < 6500, `took ${tookMs} ms`);
});

Deno.test("Client keeps one stream of two that were answered at once", async () => {
  const bench = new Bench(() => ({ latencyMs: () => 600 }));
  await bench.server(91);
  await bench.server(92);
  const b = await bench.published(2, { sessions: 2 });
  const listener = b.dmsg.listen(1);
  const a = bench.client(1);
  const stream = await bench.done(a.dmsg.dial({ pk: b.dmsg.pk, port: 1 }));
  await bench.clock.advance(20_000);
  strictEqual(a.dmsg.usage.streams, 1);
  deepStrictEqual([a.dmsg.servers.length, b.dmsg.usage.streams], [2, 1], "both were asked");
  stream.close();
  listener.close();
});

Deno.test("Client that gives a dial up leaves nothing open", async () => {
  const bench = new Bench();
  const pk = await claim(bench, 2, [await silentServer(bench, 91)]);
  const a = bench.client(1);
  const stop = new AbortController();
  const dial = a.dmsg.dial({ pk, port: 1 }, stop.signal);
  await bench.clock.advance(1000);
  strictEqual(a.dmsg.usage.streams, 1);
  stop.abort(new Error("enough"));
  await rejects(bench.done(dial), /enough/);
  nothingOpen(a.dmsg);
});

Deno.test("Client gives a dial up while the discovery says nothing", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [bench.client(1), await bench.published(2)];
  bench.world.discovery = "silent";
  const stop = new AbortController();
  const dial = a.dmsg.dial({ pk: b.dmsg.pk, port: 80 }, stop.signal);
  const given = rejects(dial, /enough/);
  await settle();
  stop.abort(new Error("enough"));
  await settle();
  deepStrictEqual(await Promise.race([given.then(() => "at once"), settle().then(() => "later")]), "at once");
  nothingOpen(a.dmsg);
  bench.world.discovery = "up";
  await bench.done(given);
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
