import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { pairOf } from "../discovery/support.ts";
import { Bench, type BenchClient, type BenchServer, oddServer } from "./bench.ts";

const posts = (bench: Bench): number => bench.world.requests.filter((line) => line.startsWith("POST")).length;
const registrations = (client: BenchClient): number =>
  client.events.filter(({ kind }) => kind === "registered").length;
const entryServers = async (bench: Bench, client: BenchClient): Promise<string[]> =>
  [...(await bench.world.entryOf(client.dmsg.pk))?.servers ?? []].sort();

Deno.test("Registration holds two sessions and names both servers", async () => {
  const bench = new Bench();
  for (const n of [90, 91, 92]) await bench.server(n);
  const client = await bench.published(1);
  strictEqual(client.dmsg.usage.sessions, 2);
  deepStrictEqual(await entryServers(bench, client), client.dmsg.servers.toSorted());
});

Deno.test("Registration posts again every 4 minutes, and not before", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const client = await bench.published(1, { sessions: 1 });
  await bench.clock.advance(3.9 * 60_000);
  strictEqual(registrations(client), 1);
  await bench.clock.advance(10 * 60_000);
  strictEqual(registrations(client), 4);
  await bench.done(server.close());
});

Deno.test("Registration takes the entry back at the close", async () => {
  const bench = new Bench();
  await bench.server(90);
  const client = await bench.published(1);
  await bench.done(client.dmsg.close());
  strictEqual(await bench.world.entryOf(client.dmsg.pk), undefined);
  strictEqual(bench.world.requests.at(-1), "DELETE /entry");
  await bench.clock.advance(1000);
  strictEqual(client.dmsg.usage.sessions, 0);
});

Deno.test("A session that its server has ended in order is told as that, one that we end as nothing wrong", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const down = (client: BenchClient): (string | undefined)[] =>
    client.events.flatMap((event) => event.kind === "session-down" ? [event.error?.message] : []);
  const [client, other] = [await bench.published(1), await bench.published(2)];
  await bench.done(other.dmsg.close());
  await bench.clock.advance(100);
  deepStrictEqual(down(other), [undefined]);
  server.relay!.close();
  await bench.clock.advance(100);
  deepStrictEqual(down(client), ["the server closed the session"]);
});

Deno.test("Registration replaces a server that went away, and names what is left at once", async () => {
  const bench = new Bench();
  const servers = [];
  for (const n of [90, 91, 92]) servers.push(await bench.server(n));
  const client = await bench.published(1);
  await bench.clock.advance(20_000);
  const lost = servers.find(({ pair }) => pair.pk === client.dmsg.servers[0])!;
  lost.crash();
  await bench.clock.advance(1000);
  strictEqual(client.dmsg.usage.sessions, 2);
  ok(!client.dmsg.servers.includes(lost.pair.pk));
  deepStrictEqual(await entryServers(bench, client), client.dmsg.servers.toSorted());
});

Deno.test("Registration posts its entry again behind a lost session, also when the same server takes it back", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const client = await bench.published(1, { sessions: 1 });
  await bench.clock.advance(20_000);
  server.crash();
  await bench.done(server.start());
  await bench.until(() => registrations(client) === 2, 10_000);
  deepStrictEqual(await entryServers(bench, client), [server.pair.pk]);
});

Deno.test("Registration notices a session that is lost while it posts", async () => {
  const bench = new Bench(undefined, () => 500);
  const servers = [];
  for (const n of [90, 91, 92]) servers.push(await bench.server(n));
  const client = bench.client(1);
  client.dmsg.publish();
  await bench.until(() => client.dmsg.usage.sessions === 2);
  await bench.clock.advance(700); // the entry is on its way
  servers.find(({ pair }) => pair.pk === client.dmsg.servers[0])!.crash();
  await bench.clock.advance(20_000);
  strictEqual(client.dmsg.usage.sessions, 2);
  deepStrictEqual(await entryServers(bench, client), client.dmsg.servers.toSorted());
});

Deno.test("Registration waits longer and longer when its sessions end soon, as with a second program of its key", async () => {
  const bench = new Bench();
  await bench.server(90);
  const first = await bench.published(1, { sessions: 1 });
  const twin = await bench.published(1, { sessions: 1 }, "10.1.0.99");
  const [dials, posted] = [bench.world.network.dials, posts(bench)];
  await bench.clock.advance(5 * 60_000);
  const [dialled, postedSince] = [bench.world.network.dials - dials, posts(bench) - posted];
  ok(dialled < 30, `${dialled} sessions in 5 minutes`);
  ok(postedSince < 60, `${postedSince} posts in 5 minutes`);
  await bench.done(twin.dmsg.close());
  await bench.clock.advance(90_000);
  strictEqual(first.dmsg.usage.sessions, 1);
  deepStrictEqual(await entryServers(bench, first), [pairOf(90).pk], "which the twin had taken away");
});

Deno.test("Sessions that end together make one pause longer, not one each", async () => {
  const bench = new Bench();
  const servers: BenchServer[] = [];
  for (const n of [90, 91, 92, 93]) servers.push(await bench.server(n));
  const client = await bench.published(1, { sessions: 4 });
  const pauses: number[] = [];
  for (let round = 0; round < 4; round++) {
    await bench.until(() => client.dmsg.usage.sessions === 4, 2000);
    await bench.clock.advance(2000); // the entry that names them is posted
    const sinceMs = bench.clock.nowMs();
    for (const server of servers) server.crash();
    await bench.done(Promise.all(servers.map((server) => server.start())));
    await bench.until(() => client.dmsg.usage.sessions > 0, 200_000);
    pauses.push(Math.round(bench.clock.nowMs() - sinceMs));
  }
  for (const [round, ms] of pauses.entries()) {
    ok(ms >= 750 * 2 ** round && ms < 1250 * 2 ** round + 300, `${pauses} ms`);
  }
});

Deno.test("Sessions that lived long make the next pause short again", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const client = await bench.published(1, { sessions: 1 });
  const awayAfter = async (ms: number): Promise<number> => {
    await bench.clock.advance(ms);
    const sinceMs = bench.clock.nowMs();
    server.crash();
    await bench.done(server.start());
    await bench.until(() => client.dmsg.usage.sessions > 0, 200_000);
    return bench.clock.nowMs() - sinceMs;
  };
  for (const pauseMs of [1000, 2000, 4000]) {
    const tookMs = await awayAfter(2000);
    ok(tookMs >= 0.75 * pauseMs && tookMs < 1.25 * pauseMs + 300, `${tookMs} of ${pauseMs} ms`);
  }
  ok(await awayAfter(20_000) < 500);
  ok(await awayAfter(2000) < 1250 + 300);
});

Deno.test("Registration that never came to post takes out nobody's entry", async () => {
  const bench = new Bench();
  await bench.server(90);
  const first = await bench.published(1);
  const refused = () => Promise.reject(new Error("no way out"));
  const carriers = [{ ...bench.world.network.carrier("10.1.0.99"), dial: refused }];
  const second = bench.client(1, { carriers }, "10.1.0.99");
  second.dmsg.publish();
  await bench.until(() => second.events.some(({ kind }) => kind === "problem"));
  await bench.done(second.dmsg.close());
  deepStrictEqual(await entryServers(bench, first), [pairOf(90).pk]);
  ok(!bench.world.requests.some((line) => line.startsWith("DELETE")));
});

Deno.test("Registration tries soon again what fails anew after all was well", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const client = await bench.published(1, { sessions: 1 });
  const firstPauseMs = async (
    fail: () => unknown,
    repair: () => unknown,
    growMs: number,
  ): Promise<number> => {
    for (const waitMs of [growMs, 0]) {
      client.events.length = 0;
      await fail();
      await bench.until(() => client.events.some(({ kind }) => kind === "problem"), 5 * 60_000);
      await bench.clock.advance(waitMs);
      await repair();
      await bench.until(() => client.events.some(({ kind }) => kind === "registered"), 2 * 60_000);
      await bench.clock.advance(30_000);
    }
    return client.events.flatMap((event) => event.kind === "problem" ? [event.retryMs] : [])[0];
  };
  const away = (): void => void (bench.world.discovery = "refused");
  const back = (): void => void (bench.world.discovery = "up");
  const cut = (): void =>
    bench.world.network.connections({ from: "10.1.0.1" }).forEach(({ connection }) => connection.cut(0, 0));
  const fetchMs = await firstPauseMs(() => (away(), cut()), back, 60_000);
  ok(fetchMs <= 1250, `${fetchMs} ms after the discovery was back`);
  const crash = (): void => server.crash();
  const connectMs = await firstPauseMs(crash, () => bench.done(server.start()), 60_000);
  ok(connectMs <= 6250, `${connectMs} ms after the server was back`);
});

Deno.test("Registration comes back when discovery and servers do", async () => {
  const bench = new Bench();
  bench.world.discovery = "refused";
  const client = bench.client(1);
  client.dmsg.publish();
  await bench.clock.advance(30_000);
  bench.world.discovery = "silent";
  await bench.clock.advance(30_000);
  bench.world.discovery = "up"; // and knows no server
  await bench.clock.advance(60_000);
  strictEqual(registrations(client), 0);
  const problems = client.events.filter(({ kind }) => kind === "problem").length;
  ok(problems > 5 && problems < 40, `${problems} problems`);
  await bench.server(90);
  await bench.until(() => registrations(client) > 0);
  deepStrictEqual(await entryServers(bench, client), [pairOf(90).pk]);
});

Deno.test("Registration posts the same entry again when the discovery was away, for it may have forgotten", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  const client = await bench.published(1); // wants one session more, so it looks every minute
  bench.world.discovery = "refused";
  await bench.until(() => client.events.some(({ kind }) => kind === "problem"), 61_000);
  bench.world.emptyDiscovery();
  bench.world.discovery = "up";
  await bench.until(() => registrations(client) === 2, 30_000);
  deepStrictEqual(await entryServers(bench, client), [server.pair.pk]);
});

Deno.test("Registration does not wait at the end for a discovery that has stopped to answer", async () => {
  const bench = new Bench();
  await bench.server(90);
  const starting = bench.client(1);
  bench.world.discovery = "silent";
  starting.dmsg.publish();
  await bench.clock.advance(1500);
  const took = async (close: Promise<void>): Promise<number> => {
    const beganMs = bench.clock.nowMs();
    await bench.done(close.catch(() => {}));
    return bench.clock.nowMs() - beganMs;
  };
  ok(await took(starting.dmsg.close()) < 1000);
  bench.world.discovery = "up";
  const client = await bench.published(2);
  bench.world.discovery = "silent";
  await bench.clock.advance(60_000); // it reads its entry back meanwhile
  ok(await took(client.dmsg.close()) < 1000);
});

Deno.test("Registration waits a second at the end for a discovery that was there a moment ago, and for one that is slow", async () => {
  let wayMs = 1; // to the discovery
  const bench = new Bench(undefined, () => wayMs);
  await bench.server(90);
  const took = async (close: Promise<void>): Promise<number> => {
    const beganMs = bench.clock.nowMs();
    await bench.done(close);
    return bench.clock.nowMs() - beganMs;
  };
  const gone = await bench.published(1);
  bench.world.discovery = "silent";
  const goneMs = await took(gone.dmsg.close());
  ok(goneMs >= 1000 && goneMs < 1200, `${goneMs} ms`);
  bench.world.discovery = "up";
  const slow = await bench.published(2);
  wayMs = 400; // there and back, to read the entry, and again to delete it
  const slowMs = await took(slow.dmsg.close());
  ok(slowMs >= 1600 && slowMs < 1800, `${slowMs} ms`);
  strictEqual(await bench.world.entryOf(slow.dmsg.pk), undefined);
});

Deno.test("Registration with one of two discoveries that never answers is there soon, and gone soon", async () => {
  const bench = new Bench();
  await bench.server(90);
  bench.world.hasSilentSecond = true;
  const beganMs = bench.clock.nowMs();
  const client = await bench.published(1);
  ok(bench.clock.nowMs() - beganMs < 2_000, `there after ${bench.clock.nowMs() - beganMs} ms`);
  await bench.clock.advance(10 * 60_000);
  strictEqual(client.events.filter(({ kind }) => kind === "problem").length, 0);
  const took = await bench.took(client.dmsg.close());
  ok(took < 2_000, `gone after ${took} ms`);
  bench.world.hasSilentSecond = false;
  strictEqual(await bench.world.entryOf(client.dmsg.pk), undefined);
});

Deno.test("Registration that is closed while a second discovery is waited for takes the entry back all the same", async () => {
  for (const asked of ["GET /entry/", "GET /available_servers"]) {
    const bench = new Bench();
    await bench.server(90);
    bench.world.hasSilentSecond = true;
    const client = await bench.published(1);
    await bench.clock.advance(20_000);
    const before = bench.world.requests.length;
    await bench.until(() => bench.world.requests.slice(before).some((one) => one.startsWith(asked)), 200_000);
    await bench.clock.advance(10); // the one that answers has done so
    await bench.done(client.dmsg.close());
    strictEqual(await bench.world.entryOf(client.dmsg.pk), undefined, asked);
  }
});

Deno.test("Registration that is closed in the middle of a round tells no problem", async () => {
  const bench = new Bench();
  await bench.server(90);
  const client = bench.client(1);
  client.dmsg.publish();
  await bench.clock.advance(1); // it waits for the list of servers
  await bench.done(client.dmsg.close());
  await bench.clock.advance(10_000);
  deepStrictEqual(client.events, []);
});

Deno.test("Registration names the session that it has while other servers say nothing", async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const bench = new Bench();
    const server = await bench.server(90);
    for (let n = 91; n < 100; n++) await oddServer(bench, n, () => {});
    const client = bench.client(seed);
    client.dmsg.publish();
    const has = (kind: string) => () => client.events.some((event) => event.kind === kind);
    await bench.until(has("session-up"));
    const upMs = bench.clock.nowMs();
    await bench.until(has("registered"));
    ok(bench.clock.nowMs() - upMs < 6000, `${bench.clock.nowMs() - upMs} ms`);
    await bench.clock.advance(90_000);
    deepStrictEqual(client.dmsg.servers, [server.pair.pk]);
    strictEqual(registrations(client), 1, "servers that stay silent are no reason to post again");
  }
});

Deno.test("Registration finds the one server of many that answers within seconds", async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const bench = new Bench();
    await bench.server(90);
    for (let n = 91; n < 100; n++) await oddServer(bench, n, () => {});
    const client = bench.client(seed);
    client.dmsg.publish();
    const beganMs = bench.clock.nowMs();
    await bench.until(() => client.events.some(({ kind }) => kind === "session-up"));
    const tookMs = bench.clock.nowMs() - beganMs;
    ok(tookMs < 15_000, `${tookMs} ms; one after the other it was up to 45 s`);
    await bench.done(client.dmsg.close());
  }
});

Deno.test("Registration looks after what it has while a hundred servers say nothing", async () => {
  const bench = new Bench();
  const server = await bench.server(90);
  for (let n = 100; n < 200; n++) await oddServer(bench, n, () => {});
  const client = bench.client(1);
  client.dmsg.publish();
  await bench.until(() => registrations(client) > 0, 200_000);
  await bench.clock.advance(5_000);
  await bench.done(bench.world.discoveryClient().withdraw(pairOf(1)));
  await bench.clock.advance(75_000);
  deepStrictEqual(await entryServers(bench, client), [server.pair.pk]);
});
