/** Dialling: which servers are asked, for how long, and what a dial that fails or is given up leaves. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { pairOf } from "../discovery/support.ts";
import { settle } from "../fakes/clock.ts";
import { Bench, claim, failsWith, nothingOpen, silentServer, WAY_MS } from "./bench.ts";

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
