/** Wall clocks that jump and disks that fill up: nothing is lost, nothing comes twice, nothing is acked too early. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../lib/app/local.ts";
import { openStore } from "../../lib/store/open.ts";
import { emptyRows, memoryPlace } from "../../lib/store/place/memory.ts";
import { ChatWorld, worldTests } from "../app/chat_world.ts";
import { keyOf } from "../app/local/pair.ts";
import { diskFull } from "../fakes/faulty_store.ts";
import { seededRandom } from "../fakes/random.ts";

const BOB = keyOf("bob");
const DAY_NS = 86_400_000_000_000n;
const YEARS_NS = 3650n * DAY_NS;
/** Three of the longest pauses of the retry plan. */
const LONG_MS = 1_800_000;

class World extends ChatWorld {
  static readonly test = worldTests(World);

  jump(ns: bigint): void {
    this.clock.setWall(this.clock.wallNs() + ns);
  }

  async send(app: LocalApp, text: string): Promise<string> {
    const request = { to: { pk: BOB, port: 1 }, text, waitMs: 1000, key: text, queue: true };
    return (await this.done(app.messages.send(request))).state;
  }
}

const texts = async (app: LocalApp): Promise<string[]> =>
  (await app.messages.history({ limit: 99 })).map(({ text }) => text);
const states = async (app: LocalApp): Promise<string[]> =>
  (await app.messages.history({ limit: 99 })).map(({ state }) => state);

const JUMPS = [
  ["a day forwards", DAY_NS],
  ["a day back", -DAY_NS],
  ["ten years forwards", YEARS_NS],
  ["ten years back", -YEARS_NS],
] as const;

for (const [title, jumpNs] of JUMPS) {
  World.test(`A wall clock that jumps ${title} loses and doubles nothing that is queued`, async (world) => {
    const rows = emptyRows();
    const alice = await world.open("alice", { rows });
    const bob = await world.open("bob");
    strictEqual(await world.send(alice, "m0"), "acked");
    world.hub.leave(BOB);
    for (const text of ["m1", "m2"]) strictEqual(await world.send(alice, text), "queued");
    world.jump(jumpNs);
    strictEqual(await world.send(alice, "m3"), "queued");
    await world.pass(LONG_MS);
    world.hub.back(BOB);
    await world.pass(LONG_MS);
    deepStrictEqual(await texts(bob), ["m0", "m1", "m2", "m3"]);
    deepStrictEqual(await states(alice), ["received", "received", "received", "received"]);
    deepStrictEqual(await alice.outbox.list(), []);
  });

  World.test(`A start after the wall clock has jumped ${title} sends what was queued`, async (world) => {
    const rows = emptyRows();
    const first = await world.open("alice", { rows });
    const bob = await world.open("bob");
    world.hub.leave(BOB);
    for (const text of ["m1", "m2"]) strictEqual(await world.send(first, text), "queued");
    await world.done(first.close());
    world.jump(jumpNs);
    world.hub.back(BOB);
    const second = await world.open("alice", { rows });
    await world.pass(LONG_MS);
    deepStrictEqual(await texts(bob), ["m1", "m2"]);
    deepStrictEqual(await states(second), ["received", "received"]);
  });

  World.test(`A receiver whose wall clock jumps ${title} knows an id again`, async (world) => {
    const alice = await world.open("alice");
    const bob = await world.open("bob");
    strictEqual(await world.send(alice, "m0"), "acked");
    world.hub.muted.add(BOB);
    strictEqual(await world.send(alice, "m1"), "queued", "its ack was lost");
    world.jump(jumpNs);
    world.hub.muted.delete(BOB);
    world.hub.cut(BOB);
    await world.pass(LONG_MS);
    strictEqual(await world.send(alice, "m1"), "acked");
    deepStrictEqual(await texts(bob), ["m0", "m1"]);
    const events: number[] = [];
    const last = await bob.events.cursor();
    for await (const { cursor } of bob.events.follow(0, new AbortController().signal)) {
      events.push(cursor);
      if (cursor === last) break;
    }
    const numbers = events.map((cursor) => Math.floor(cursor / 100_000));
    deepStrictEqual(numbers, events.map((_, i) => i + 1), "no event is lost");
  });
}

/** Lets days pass without the timers of each minute. */
async function days(world: World, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await world.pass(86_400_000);
}

for (const [title, jumpNs] of JUMPS) {
  World.test(`A program that was started once with a clock ${title} gives nothing up`, async (world) => {
    const rows = emptyRows();
    const first = await world.open("alice", { rows });
    const bob = await world.open("bob");
    world.hub.leave(BOB);
    strictEqual(await world.send(first, "m1"), "queued");
    await world.done(first.close());
    world.jump(jumpNs);
    const wrong = await world.open("alice", { rows });
    strictEqual(await world.send(wrong, "m2"), "queued");
    await world.pass(LONG_MS);
    await world.done(wrong.close());
    world.jump(-jumpNs);
    const right = await world.open("alice", { rows });
    await world.pass(LONG_MS);
    deepStrictEqual(await states(right), ["pending", "pending"]);
    world.hub.back(BOB);
    await world.pass(LONG_MS);
    deepStrictEqual(await texts(bob), ["m1", "m2"]);
  });

  World.test(`What waits is given up after 7 days that passed, with a clock ${title} meanwhile`, async (world) => {
    const rows = emptyRows();
    const first = await world.open("alice", { rows });
    world.hub.leave(BOB);
    strictEqual(await world.send(first, "m1"), "queued");
    await days(world, 4);
    await world.done(first.close());
    world.jump(jumpNs);
    const second = await world.open("alice", { rows });
    await days(world, 2);
    deepStrictEqual(await states(second), ["pending"], "6 days");
    await days(world, 2);
    deepStrictEqual(await states(second), ["failed"], "8 days");
  });

  World.test(`An id is known for 30 days that passed, with a clock ${title} meanwhile`, async (world) => {
    const place = memoryPlace(emptyRows());
    const parts = { secret: new Uint8Array(32).fill(7), clock: world.clock, random: seededRandom("ids") };
    const store = await openStore({ place, ...parts });
    world.atEnd(() => store.close());
    const look = () => store.seen.check(BOB, "in", "id", "body");
    await store.commit([{ kind: "seen", peer: BOB, direction: "in", id: "id", body: "body" }]);
    await store.commit([{ kind: "network", name: "old", detail: {} }]);
    world.jump(jumpNs);
    await store.commit([{ kind: "network", name: "new", detail: {} }]);
    await store.sweep();
    strictEqual(await look(), "repeat");
    const names = async () =>
      (await store.events.since(0)).events.map((event) => event.kind === "network" ? event.name : "");
    deepStrictEqual(await names(), ["old", "new"], "and events");
    await world.clock.advance(29 * 86_400_000);
    await store.sweep();
    deepStrictEqual([await look(), await names()], ["repeat", ["old", "new"]]);
    await world.clock.advance(2 * 86_400_000);
    await store.sweep();
    deepStrictEqual([await look(), await names()], ["new", []]);
  });
}

World.test("A disk that is full takes no ack out, and everything comes once there is space", async (world) => {
  let full = false;
  const problems: string[] = [];
  const rows = emptyRows();
  const bob = await world.open("bob", {
    rows,
    place: (place) => ({
      ...place,
      write: (...args) => full ? Promise.reject(diskFull()) : place.write(...args),
    }),
    onProblem: ({ message }) => problems.push(message),
  });
  const alice = await world.open("alice");
  strictEqual(await world.send(alice, "m0"), "acked");
  full = true;
  for (const text of ["m1", "m2", "m3"]) strictEqual(await world.send(alice, text), "queued");
  await world.pass(LONG_MS);
  deepStrictEqual(await states(alice), ["received", "sent", "sent", "sent"], "no ack went out");
  deepStrictEqual(await texts(bob), ["m0"], "reading goes on");
  ok(problems.length > 0 && problems.every((problem) => problem.includes("the disk is full")), problems[0]);
  full = false;
  await world.pass(LONG_MS);
  deepStrictEqual(await texts(bob), ["m0", "m1", "m2", "m3"]);
  deepStrictEqual(await states(alice), ["received", "received", "received", "received"]);
  world.hub.crash(BOB);
  const again = await world.open("bob", { rows });
  deepStrictEqual(await texts(again), ["m0", "m1", "m2", "m3"], "and it opens");
});

World.test("A sender whose disk is full sends nothing and keeps what was queued before", async (world) => {
  let full = false;
  const alice = await world.open("alice", {
    place: (place) => ({
      ...place,
      write: (...args) => full ? Promise.reject(diskFull()) : place.write(...args),
    }),
  });
  const bob = await world.open("bob");
  world.hub.leave(BOB);
  strictEqual(await world.send(alice, "m1"), "queued");
  full = true;
  let refused = "";
  await world.send(alice, "m2").catch(({ message }) => refused = message);
  strictEqual(refused, "Cannot write the messages in memory: the disk is full");
  world.hub.back(BOB);
  await world.pass(LONG_MS);
  full = false;
  await world.pass(LONG_MS);
  strictEqual(await world.send(alice, "m2"), "acked");
  deepStrictEqual([await texts(bob), await alice.outbox.list()], [["m1", "m2"], []]);
});
