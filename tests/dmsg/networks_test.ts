/** Several discoveries that are of several networks, each with servers of its own. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { Carrier } from "../../lib/dmsg/carriers/carrier.ts";
import type { DmsgClient } from "../../lib/dmsg/client.ts";
import { DiscoveryClient } from "../../lib/dmsg/discovery/client.ts";
import { Networks } from "../../lib/dmsg/sessions/networks.ts";
import { pairOf, serverEntry } from "../discovery/support.ts";
import { FakeDmsg } from "../fakes/dmsg.ts";
import { Bench, type BenchClient, claim, silentServer, WAY_MS } from "./bench.ts";

const [ONE, TWO] = ["http://one.test", "http://two.test"];

/** Two networks on one clock. */
class Two {
  readonly bench = new Bench();
  readonly one: FakeDmsg = this.bench.world;
  readonly two = new FakeDmsg({
    clock: this.bench.clock,
    seed: "two",
    line: () => ({ latencyMs: () => WAY_MS }),
    discoveryMs: () => 50, // the first one answers first
  });

  /** Server `n` of the second network, at `10.2.0.<n>:80`. */
  serverOfTwo = (n: number) => this.bench.done(this.two.server(pairOf(n), `10.2.0.${n}:80`));

  /** A client that knows some discoveries. */
  client(n: number, urls: readonly string[]): BenchClient {
    const { clock } = this.bench;
    const host = `10.1.0.${n}`;
    const [one, two] = [this.one.network.carrier(host), this.two.network.carrier(host)];
    const carrier: Carrier = {
      ...one,
      dial: (address, signal) => (address.startsWith("10.2.") ? two : one).dial(address, signal),
    };
    const ask =
      ((url: string, init?: RequestInit) =>
        (url.startsWith(ONE) ? this.one : this.two).fetch(url, init)) as typeof fetch;
    const discovery = new DiscoveryClient({ urls, fetch: ask, clock });
    return this.bench.client(n, { discovery, carriers: [carrier] }, host);
  }

  /** The same, as soon as it is found. */
  async published(n: number, urls: readonly string[]): Promise<BenchClient> {
    const client = this.client(n, urls);
    client.dmsg.publish();
    client.dmsg.listen(1);
    await this.bench.until(() => client.events.some(({ kind }) => kind === "registered"));
    return client;
  }

  async dial(from: BenchClient, to: DmsgClient): Promise<void> {
    (await this.bench.done(from.dmsg.dial({ pk: to.pk, port: 1 }))).close();
  }
}

const registrations = ({ events }: BenchClient) => events.filter(({ kind }) => kind === "registered").length;

Deno.test("Who has discoveries of two networks is found in both, however many servers the first has", async () => {
  const net = new Two();
  const { bench } = net;
  for (let n = 90; n < 96; n++) await bench.server(n);
  const far = await net.serverOfTwo(80);
  for (let n = 70; n < 75; n++) (await net.serverOfTwo(n)).crash(); // they are still on its list
  const both = await net.published(1, [ONE, TWO]);
  await bench.clock.advance(3000);
  ok(both.dmsg.servers.includes(far.pair.pk));
  for (const url of [ONE, TWO]) await net.dial(net.client(url === ONE ? 2 : 3, [url]), both.dmsg);
  for (let n = 11; n < 15; n++) {
    const other = await net.published(n, [ONE, TWO]);
    await bench.clock.advance(3000);
    deepStrictEqual([other.dmsg.servers.length, other.dmsg.servers.includes(far.pair.pk)], [3, true]);
  }
  const posts = registrations(both);
  ok(posts <= 2, `${posts} posts`);
  await bench.clock.advance(200_000);
  deepStrictEqual([registrations(both), both.dmsg.servers.length], [posts, 3], "there is nothing to mend");
  // Its server goes and comes back.
  far.crash();
  await bench.clock.advance(10_000);
  ok(!both.dmsg.servers.includes(far.pair.pk));
  await bench.done(far.start());
  await bench.until(() => both.dmsg.servers.includes(far.pair.pk), 70_000);
  await bench.clock.advance(3000);
  await net.dial(net.client(4, [TWO]), both.dmsg);
});

Deno.test("Who has two discoveries of one network sits on two of its servers, and posts once", async () => {
  const net = new Two();
  for (let n = 90; n < 96; n++) await net.bench.server(n);
  const client = await net.published(1, [ONE, `${ONE}/also`]);
  await net.bench.clock.advance(10_000);
  deepStrictEqual([client.dmsg.servers.length, registrations(client)], [2, 1]);
});

Deno.test("A network whose discovery says nothing keeps nobody out of the other, and is entered when it answers", async () => {
  const net = new Two();
  const { bench } = net;
  await bench.server(90);
  const far = await net.serverOfTwo(80);
  net.two.discovery = "silent";
  const startMs = bench.clock.nowMs();
  const both = await net.published(1, [TWO, ONE]);
  ok(bench.clock.nowMs() - startMs < 2000, `${bench.clock.nowMs() - startMs} ms`);
  await bench.clock.advance(100_000);
  strictEqual(both.events.filter(({ kind }) => kind === "problem").length, 0);
  net.two.discovery = "up";
  await bench.until(() => both.dmsg.servers.includes(far.pair.pk), 130_000);
  await bench.clock.advance(3000);
  await net.dial(net.client(3, [TWO]), both.dmsg);
});

Deno.test("A network whose servers are gone keeps nobody out of the other", async () => {
  const net = new Two();
  const { bench } = net;
  const near = await bench.server(90);
  await net.serverOfTwo(80);
  near.crash();
  const both = await net.published(1, [ONE, TWO]);
  ok(bench.clock.nowMs() < 30_000);
  await net.dial(net.client(3, [TWO]), both.dmsg);
});

Deno.test("A network whose servers take nobody keeps who comes from the other no second", async () => {
  const net = new Two();
  (await net.bench.server(90)).crash();
  await net.serverOfTwo(80);
  const startMs = net.bench.clock.nowMs();
  await net.published(1, [ONE, TWO]);
  const tookMs = net.bench.clock.nowMs() - startMs;
  ok(tookMs < 1500, `${tookMs} ms`);
});

Deno.test("Who has left a network of many silent servers is reached within seconds by the other one", async () => {
  const net = new Two();
  const { bench } = net;
  await net.serverOfTwo(80);
  const silent: string[] = [];
  for (let n = 90; n < 102; n++) silent.push(await silentServer(bench, n));
  await claim(bench, 1, silent);
  const now = await net.published(1, [TWO]);
  const { clock } = bench;
  const from = net.client(2, [ONE, TWO]);
  const startMs = clock.nowMs();
  await net.dial(from, now.dmsg);
  ok(clock.nowMs() - startMs < 7000, `${clock.nowMs() - startMs} ms`);
});

Deno.test("A discovery that says nothing keeps no dial waiting whose next server answers", async () => {
  const net = new Two();
  const { bench } = net;
  const server = await bench.server(90);
  const now = await net.published(1, [ONE]);
  const gone: string[] = [];
  for (let n = 96; n < 99; n++) {
    const one = await bench.server(n);
    one.crash();
    gone.push(one.pair.pk);
  }
  await claim(bench, 1, [...gone, server.pair.pk]);
  net.two.discovery = "silent";
  const from = net.client(2, [ONE, TWO]);
  const startMs = bench.clock.nowMs();
  await net.dial(from, now.dmsg);
  ok(bench.clock.nowMs() - startMs < 900, `${bench.clock.nowMs() - startMs} ms`);
});

Deno.test("Who has left one network without a word is reached by what the other one says", async () => {
  const net = new Two();
  const { bench } = net;
  const near = await bench.server(90);
  const far = await net.serverOfTwo(80);
  await claim(bench, 1, [near.pair.pk]);
  const now = await net.published(1, [TWO]);
  const from = net.client(2, [ONE, TWO]);
  await net.dial(from, now.dmsg);
  await rejects(net.dial(net.client(3, [ONE]), now.dmsg), new RegExp(`${near.pair.pk.slice(0, 8)}…: `));
  await claim(bench, 1, []); // an entry that names no server
  await net.dial(from, now.dmsg);
  // Gone from both: what each server said is told, whoever has named it.
  await claim(bench, 1, [near.pair.pk]);
  const { clock } = bench;
  const two = new DiscoveryClient({ urls: [TWO], fetch: net.two.fetch, clock });
  const client = { delegatedServers: [far.pair.pk] };
  await bench.done(two.update(pairOf(5), (entry) => ({ ...entry, client })));
  await claim(bench, 5, [near.pair.pk]);
  const told = [near, far].map(({ pair }) => `${pair.pk.slice(0, 8)}…: stream was reset`).join("; ");
  await rejects(bench.done(from.dmsg.dial({ pk: pairOf(5).pk, port: 1 })), new RegExp(told));
});

Deno.test("Entries of one party in several discoveries come with the newest first", async () => {
  const net = new Two();
  const { bench } = net;
  const clientOf = (urls: readonly string[]) => {
    const ask = (url: string, init?: RequestInit) =>
      (url.startsWith(ONE) ? net.one : net.two).fetch(url, init);
    return new DiscoveryClient({ urls, fetch: ask as typeof fetch, clock: bench.clock, retries: 0 });
  };
  const both = clientOf([ONE, TWO]);
  const serversIn = async () =>
    (await bench.done(both.entries(pairOf(5).pk))).map(({ client }) => client!.delegatedServers);
  for (const url of [ONE, TWO, ONE]) {
    const client = { delegatedServers: [pairOf(url === ONE ? 90 : 80).pk] };
    await bench.done(clientOf([url]).update(pairOf(5), (entry) => ({ ...entry, client })));
    deepStrictEqual((await serversIn())[0], client.delegatedServers);
  }
  strictEqual((await serversIn()).length, 2);
  net.one.discovery = "refused";
  strictEqual((await serversIn()).length, 1);
  net.two.discovery = "refused";
  await rejects(bench.done(both.entries(pairOf(5).pk)), /Cannot look up .*one.test.*; .*two.test/);
  await rejects(bench.done(both.offers()), /Cannot list servers: .*one.test.*; .*two.test/);
});

Deno.test("A server is of a network that has told of it, also when it has no room any more", () => {
  const [a, b, c] = [1, 2, 3].map((n) => serverEntry(pairOf(n)));
  const random = new Bench().world.random("networks");
  const one = new Networks([ONE]);
  deepStrictEqual([one.misses([]), one.needs(a.static, [])], [false, false]);
  const both = new Networks([ONE, TWO]);
  ok(both.misses([a.static]));
  const order = both.told([{ url: ONE, servers: [a, b] }, { url: TWO, servers: [c, b] }], [], random);
  deepStrictEqual(order.map((entry) => entry.static).toSorted(), [a, b, c].map((e) => e.static).toSorted());
  deepStrictEqual([both.misses([a.static]), both.misses([b.static]), both.misses([a.static, c.static])], [
    true,
    false,
    false,
  ]);
  deepStrictEqual([b, c].map((entry) => both.needs(entry.static, [a.static])), [true, true]);
  strictEqual(both.needs(a.static, [c.static]), true);
  both.told([{ url: TWO, servers: [] }], [c.static], random);
  strictEqual(both.misses([a.static, c.static]), false, "it sits there");
  both.told([{ url: TWO, servers: [] }], [a.static], random);
  strictEqual(both.misses([a.static, c.static]), true);
});
