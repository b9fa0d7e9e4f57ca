import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { DmsgServer } from "../../lib/dmsg/server/server.ts";
import { acceptSession } from "../../lib/dmsg/sessions/handshake.ts";
import { Session } from "../../lib/dmsg/sessions/session.ts";
import { serveControl } from "../../lib/dmsg/streams/control.ts";
import type { Duplex } from "../../lib/wire/machine.ts";
import { goAway } from "../../lib/yamux/frame.ts";
import { pairOf } from "../discovery/support.ts";
import { Bench, type BenchClient, contextOf } from "./bench.ts";

const MINUTE_MS = 60_000;
const kinds = (client: BenchClient, kind: string): number =>
  client.events.filter((event) => event.kind === kind).length;

/** Makes server `n` deaf for connections to come, as a classic one with two sessions of a key is; or heals it. */
function deafen(bench: Bench, n: number, relay: DmsgServer, isDeaf: () => boolean): void {
  bench.world.network.listen(`10.0.0.${n}:80`, async (duplex, ip) => {
    if (!isDeaf()) return void relay.take(duplex, ip);
    const secured = await acceptSession(duplex, contextOf(bench, n));
    new Session(duplex, secured, { role: "server", clock: bench.clock, pauseMs: 0, onStream: () => {} });
  });
}

Deno.test("A session is proven soon after its start, and again and again", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const client = await bench.published(1, { sessions: 1 });
  deepStrictEqual(client.dmsg.proofs, [{ server: server.pair.pk, heardNs: undefined }]);
  await bench.clock.advance(1000);
  const [first] = client.dmsg.proofs;
  ok(bench.clock.wallNs() - first.heardNs! < 1_000_000_000n);
  await bench.clock.advance(5 * MINUTE_MS);
  const [later] = client.dmsg.proofs;
  ok(bench.clock.wallNs() - later.heardNs! < 60_000_000_000n, "within the last minute");
  strictEqual(kinds(client, "proven"), 1, "told once");
  deepStrictEqual([kinds(client, "deaf"), kinds(client, "stream-refused"), client.dmsg.usage.streams], [
    0,
    0,
    0,
  ]);
});

Deno.test("A deaf session is replaced, and what sits on the new one is heard", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  let isDeaf = true;
  deafen(bench, 90, server.relay!, () => isDeaf);
  const client = await bench.published(1, { sessions: 1 });
  isDeaf = false;
  const startMs = bench.clock.nowMs();
  await bench.until(() => kinds(client, "proven") === 1);
  ok(bench.clock.nowMs() - startMs < 15_000, `${bench.clock.nowMs() - startMs} ms`);
  strictEqual(kinds(client, "deaf"), 1);
  const [stream] = await bench.streams(bench.client(2), client);
  strictEqual(stream.remote.pk, client.dmsg.pk);
});

Deno.test("Behind a session that was ended for being deaf the next one waits for 250 ms or 4 round trips", async () => {
  for (const [wayMs, pauseMs] of [[10, 250], [100, 800]]) {
    const bench = new Bench(() => ({ latencyMs: () => wayMs }));
    const server = await bench.server(90);
    deafen(bench, 90, server.relay!, () => true);
    const client = await bench.published(1, { sessions: 1 });
    await bench.until(() => kinds(client, "deaf") > 0);
    const [deafMs, dials] = [bench.clock.nowMs(), bench.world.network.dials];
    await bench.until(() => bench.world.network.dials > dials);
    const tookMs = bench.clock.nowMs() - deafMs;
    ok(tookMs >= pauseMs + 2 * wayMs && tookMs < pauseMs + 2 * wayMs + 50, `${tookMs} ms`);
  }
});

Deno.test("When a session that was out of use ends, the one beside it is asked at once whether it still hears", async () => {
  const bench = new Bench();
  const relay = (await bench.server(90)).relay!;
  let first: { duplex: Duplex; session: Session } | undefined;
  bench.world.network.listen("10.0.0.90:80", async (duplex, ip) => {
    if (first) return void relay.take(duplex, ip);
    const secured = await acceptSession(duplex, contextOf(bench, 90));
    const options = { role: "server", clock: bench.clock, pauseMs: 0, onStream: () => {} } as const;
    first = { duplex, session: new Session(duplex, secured, options) };
  });
  const client = await bench.published(1, { sessions: 1 });
  first!.session.mux.open(); // which says nothing, and is given up after 20 s
  await bench.clock.advance(100);
  await bench.done(first!.duplex.write(goAway(0)));
  const connections = () => bench.world.network.connections({ from: client.host }).length;
  await bench.until(() => connections() === 2);
  await bench.until(() => connections() === 1);
  const heardNs = () => client.dmsg.proofs[0].heardNs!;
  const before = heardNs();
  ok(before > 0n);
  await bench.until(() => heardNs() > before, 500);
});

Deno.test("A server that never brings our own streams costs fewer and fewer sessions", async () => {
  const bench = new Bench();
  const server = await bench.server(91);
  deafen(bench, 91, server.relay!, () => true);
  const client = await bench.published(1, { sessions: 1 });
  const count = async (minutes: number): Promise<number> => {
    const before = kinds(client, "deaf");
    await bench.clock.advance(minutes * MINUTE_MS);
    return kinds(client, "deaf") - before;
  };
  const [first, later] = [await count(10), await count(60)];
  ok(first >= 2 && first <= 7, `${first} in the first 10 minutes`);
  ok(later <= 7, `${later} in the next hour`);
  deepStrictEqual(client.dmsg.proofs.map(({ heardNs }) => heardNs), [undefined]);
  strictEqual(client.dmsg.usage.sessions, 1, "it is used all the same");
});

Deno.test("A server that was deaf and has been away for long is tried as any other when it is back", async () => {
  const bench = new Bench();
  const server = await bench.server(91);
  deafen(bench, 91, server.relay!, () => true);
  const client = await bench.published(1);
  const deafIn = async (ms: number): Promise<number> => {
    const before = kinds(client, "deaf");
    await bench.clock.advance(ms);
    return kinds(client, "deaf") - before;
  };
  await deafIn(60 * 60_000);
  ok(await deafIn(5 * 60_000) <= 1, "pauses of 10 minutes by now");
  server.crash();
  await bench.clock.advance(40 * 60_000);
  await bench.done(server.start());
  deafen(bench, 91, server.relay!, () => true);
  const again = await deafIn(5 * 60_000);
  ok(again >= 3, `${again} in the first 5 minutes`);
});

Deno.test("An entry that was deleted by another program with the key is posted again within a minute", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const client = await bench.published(1, { sessions: 1 });
  await bench.clock.advance(20_000);
  await bench.done(bench.world.discoveryClient().withdraw(pairOf(1)));
  strictEqual(await bench.world.entryOf(client.dmsg.pk), undefined);
  await bench.clock.advance(MINUTE_MS);
  deepStrictEqual((await bench.world.entryOf(client.dmsg.pk))?.servers, [server.pair.pk]);
  strictEqual(kinds(client, "twin"), 0, "nobody is there any more");
});

/** A carrier that reaches one server. */
function only(bench: Bench, host: string, address: string) {
  const carrier = bench.world.network.carrier(host);
  const addressIn = (entry: Parameters<typeof carrier.addressIn>[0]) =>
    entry.server?.address === address ? address : undefined;
  return [{ ...carrier, addressIn }];
}

for (const [title, servers] of [["one server", [90, 90]], ["servers of their own", [90, 91]]] as const) {
  Deno.test(`Two programs with one key on ${title} notice each other within a minute, and don't fight`, async () => {
    const bench = new Bench();
    for (const n of new Set(servers)) await bench.server(n);
    const hosts = ["10.1.0.1", "10.1.0.99"];
    const open = async (i: number): Promise<BenchClient> => {
      const carriers = only(bench, hosts[i], `10.0.0.${servers[i]}:80`);
      const client = await bench.published(1, { sessions: 1, carriers }, hosts[i]);
      serveControl(client.dmsg);
      return client;
    };
    const first = await open(0);
    await bench.clock.advance(2 * MINUTE_MS);
    const second = await open(1);
    await bench.clock.advance(2 * MINUTE_MS);
    for (const client of [first, second]) {
      strictEqual(kinds(client, "twin"), 1);
      ok(client.dmsg.twin, "it says so");
    }
    const dials = bench.world.network.dials;
    const posts = bench.world.requests.filter((line) => line.startsWith("POST")).length;
    await bench.clock.advance(5 * MINUTE_MS);
    ok(bench.world.network.dials - dials <= 2, `${bench.world.network.dials - dials} sessions in 5 minutes`);
    const posted = bench.world.requests.filter((line) => line.startsWith("POST")).length - posts;
    ok(posted <= 15, `${posted} posts in 5 minutes, 10 of them by servers`);
    // Who is let have the entry ends: the other one takes it up. The other way round nothing changes.
    const listed = async (): Promise<
      string[]
    > => [...(await bench.world.entryOf(first.dmsg.pk))?.servers ?? []];
    deepStrictEqual(await listed(), [pairOf(servers[1]).pk]);
    await bench.done(second.dmsg.close());
    await bench.clock.advance(90_000);
    deepStrictEqual(await listed(), [pairOf(servers[0]).pk]);
    strictEqual(first.dmsg.twin, undefined);
    const [stream] = await bench.streams(bench.client(2), first, 80);
    ok(stream);
  });

  Deno.test(`A second program with the key on ${title} is not unlisted by the end of the first`, async () => {
    const bench = new Bench();
    for (const n of new Set(servers)) await bench.server(n);
    const first = await bench.published(1, {
      sessions: 1,
      carriers: only(bench, "10.1.0.1", `10.0.0.${servers[0]}:80`),
    });
    const second = await bench.published(1, {
      sessions: 1,
      carriers: only(bench, "10.1.0.99", `10.0.0.${servers[1]}:80`),
    }, "10.1.0.99");
    await bench.clock.advance(2 * MINUTE_MS);
    await bench.done(first.dmsg.close());
    const { servers: listed } = (await bench.world.entryOf(second.dmsg.pk))!;
    deepStrictEqual([...listed], [pairOf(servers[1]).pk]);
  });
}

Deno.test("A program whose twin was killed takes the entry up after 6 minutes", async () => {
  const bench = new Bench();
  for (const n of [90, 91]) await bench.server(n);
  const carriers = (host: string, n: number) => ({
    sessions: 1,
    carriers: only(bench, host, `10.0.0.${n}:80`),
  });
  const first = await bench.published(1, carriers("10.1.0.1", 90));
  const second = await bench.published(1, carriers("10.1.0.99", 91), "10.1.0.99");
  await bench.clock.advance(3 * MINUTE_MS);
  const listed = async (): Promise<
    string[]
  > => [...(await bench.world.entryOf(first.dmsg.pk))?.servers ?? []];
  deepStrictEqual(await listed(), [pairOf(91).pk]);
  // Its last post is 3 minutes old; we look every 45 s ± a quarter.
  second.crash();
  await bench.clock.advance(2 * MINUTE_MS);
  deepStrictEqual(await listed(), [pairOf(91).pk], "it may just have nothing to say");
  strictEqual(kinds(first, "alone"), 0);
  await bench.clock.advance(3 * MINUTE_MS);
  deepStrictEqual(await listed(), [pairOf(90).pk]);
  deepStrictEqual([kinds(first, "alone"), first.dmsg.twin], [1, undefined], "and says that it is alone");
});

Deno.test("A twin that shows itself no more is told to be gone after 10 minutes, without anybody asking", async () => {
  const bench = new Bench();
  await bench.server(90);
  const client = await bench.published(1, { sessions: 1 });
  serveControl(client.dmsg);
  // Another program has posted over our entry once, and is gone.
  const other = { delegatedServers: [pairOf(91).pk] };
  await bench.done(
    bench.world.discoveryClient().update(pairOf(1), (entry) => ({ ...entry, client: other })),
  );
  await bench.clock.advance(9 * MINUTE_MS);
  deepStrictEqual([kinds(client, "twin"), kinds(client, "alone")], [1, 0]);
  await bench.clock.advance(3 * MINUTE_MS);
  deepStrictEqual([kinds(client, "twin"), kinds(client, "alone")], [1, 1]);
});

Deno.test("Whose entry was gone dials itself at once: what took it may have made its sessions deaf", async () => {
  const bench = new Bench();
  await bench.server(90);
  const client = await bench.published(1, { sessions: 1 });
  await bench.clock.advance(3 * MINUTE_MS); // self-dials are 34 s apart and more by now
  const heardNs = () => client.dmsg.proofs[0].heardNs;
  await bench.until(() => bench.clock.wallNs() === heardNs(), 2 * MINUTE_MS);
  await bench.done(bench.world.discoveryClient().withdraw(pairOf(1)));
  const before = heardNs();
  await bench.until(() => client.events.at(-1)?.kind === "registered", 2 * MINUTE_MS);
  await bench.until(() => heardNs() !== before, 1000);
});

Deno.test("A restart after kill -9 is no second program", async () => {
  const bench = new Bench();
  await bench.server(90);
  const first = await bench.published(1, { sessions: 1 });
  await bench.clock.advance(MINUTE_MS);
  first.crash(() => undefined);
  const again = await bench.published(1, { sessions: 1 }, "10.1.0.99");
  await bench.clock.advance(5 * MINUTE_MS);
  deepStrictEqual([kinds(again, "twin"), kinds(again, "proven")], [0, 1]);
});

Deno.test("A peer that is not let in is told nothing, on any port, and its open streams end", async () => {
  const bench = new Bench();
  await bench.server(90);
  const blocked = new Set<string>();
  const b = await bench.published(2, { admits: (pk) => Promise.resolve(!blocked.has(pk)) });
  serveControl(b.dmsg);
  const a = bench.client(1);
  const [dialled, taken] = await bench.streams(a, b, 9);
  blocked.add(a.dmsg.pk);
  b.dmsg.drop(a.dmsg.pk);
  let ended = 0;
  taken.read().catch(() => ended++);
  dialled.read().catch(() => ended++);
  await bench.clock.advance(100);
  strictEqual(ended, 2);
  for (const port of [7, 9, 4711]) {
    const failed = await bench.done(a.dmsg.dial({ pk: b.dmsg.pk, port }).catch(({ message }) => message));
    ok(/Cannot open stream to .*: stream (was reset|closed)/.test(failed), failed);
  }
  const c = bench.client(3);
  ok(await bench.done(c.dmsg.dial({ pk: b.dmsg.pk, port: 7 })), "others are let in");
  await bench.clock.advance(100);
  strictEqual(kinds(b, "stream-refused"), 0);
});
