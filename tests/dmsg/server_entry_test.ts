import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { ServerEntry } from "../../lib/dmsg/entries/server_entry.ts";
import { pairOf } from "../discovery/support.ts";
import { Bench } from "./bench.ts";

function setUp() {
  const bench = new Bench();
  const problems: Error[] = [];
  const state = { free: 10 };
  const entry = new ServerEntry({
    pair: pairOf(90),
    address: "10.0.0.90:80",
    availableSessions: () => state.free,
    discovery: bench.world.discoveryClient(),
    clock: bench.clock,
    onProblem: (error) => void problems.push(error),
  });
  const stored = async () => {
    const found = await bench.done(bench.world.discoveryClient().entry(pairOf(90).pk));
    return found?.server?.availableSessions;
  };
  const posts = () => bench.world.requests.filter((line) => line.startsWith("POST")).length;
  return { bench, entry, state, problems, stored, posts };
}

Deno.test("ServerEntry posts at the start, every minute, and is gone after the close", async () => {
  const { bench, entry, stored, posts } = setUp();
  await bench.done(entry.start());
  strictEqual(posts(), 1);
  await bench.clock.advance(10 * 60_000);
  strictEqual(posts(), 10, "a post takes a moment itself");
  strictEqual(await stored(), 10, "it has not expired");
  await bench.done(entry.close());
  strictEqual(await stored(), undefined);
  strictEqual(bench.clock.pendingTimers, 0);
});

Deno.test("ServerEntry posts soon after its machine has slept: its entry has expired meanwhile", async () => {
  const { bench, entry, stored, posts } = setUp();
  await bench.done(entry.start());
  await bench.clock.advance(7000);
  bench.clock.setWall(bench.clock.wallNs() + 3_600_000_000_000n);
  strictEqual(await stored(), undefined);
  await bench.clock.advance(5000);
  strictEqual(await stored(), 10);
  // A clock that was set back is no reason.
  bench.clock.setWall(bench.clock.wallNs() - 3_600_000_000_000n);
  await bench.clock.advance(20_000);
  strictEqual(posts(), 2);
  await bench.done(entry.close());
  strictEqual(bench.clock.pendingTimers, 0);
});

Deno.test("ServerEntry posts changes that come together once, and is not put off by changes that keep coming", async () => {
  const { bench, entry, state, stored, posts } = setUp();
  await bench.done(entry.start());
  for (let i = 0; i < 5; i++) entry.changed();
  await bench.clock.advance(1000);
  strictEqual(posts(), 2);
  for (let i = 0; i < 100; i++) {
    state.free = 200 - i;
    entry.changed();
    await bench.clock.advance(100);
  }
  ok(posts() > 20, `${posts()} posts in 10 s`);
  ok((await stored())! <= 104);
});

Deno.test("ServerEntry posts a change that comes while it posts another one", async () => {
  const { bench, entry, state, stored } = setUp();
  await bench.done(entry.start());
  entry.changed();
  await bench.clock.advance(251); // the look-up is on its way
  state.free = 3;
  entry.changed();
  await bench.clock.advance(1000);
  strictEqual(await stored(), 3);
});

Deno.test("ServerEntry posts nothing behind its close: sessions that end with it are no news", async () => {
  const { bench, entry, stored, posts } = setUp();
  await bench.done(entry.start());
  entry.changed();
  await bench.clock.advance(251); // a post is on its way
  const closing = entry.close();
  entry.changed();
  await bench.done(closing);
  const before = posts();
  entry.changed();
  await bench.clock.advance(2000);
  strictEqual(posts(), before);
  strictEqual(await stored(), undefined);
  strictEqual(bench.clock.pendingTimers, 0);
});

Deno.test("ServerEntry goes on when the discovery is away, also at the start", async () => {
  const { bench, entry, problems, stored } = setUp();
  bench.world.discovery = "refused";
  await rejects(bench.done(entry.start()));
  await bench.clock.advance(5000);
  ok(problems.length >= 4);
  bench.world.discovery = "up";
  await bench.clock.advance(2000);
  strictEqual(await stored(), 10);
  await bench.done(entry.close());
  deepStrictEqual(bench.clock.pendingTimers, 0);
});
