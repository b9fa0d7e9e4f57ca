/** Whom `sync` lets know that it is there: apps over a network in memory. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { knock, type Knocked } from "../../../cli/resident/knocking.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows, type MemoryRows } from "../../../lib/store/place/memory.ts";
import { ALICE, BOB, CAROL, MINUTE_MS, texts, World } from "../../app/local/world.ts";

const { test } = World;

/** Somebody's program, which can be found. */
async function there(world: World, name: string, rows: MemoryRows): Promise<LocalApp> {
  const app = await world.open(name, { rows });
  app.networkEvent({ kind: "registered", servers: ["server"] } as never);
  return app;
}

const knocks = (world: World, app: LocalApp, ms: number): Promise<Knocked> =>
  knock({ app, clock: world.clock, signal: new AbortController().signal }, world.clock.nowMs() + ms);

test("Those who are there only now and then hand on what waits for each, and go when nothing does", async (world) => {
  const disks = { alice: emptyRows(), bob: emptyRows() };
  for (const [name, to] of [["alice", BOB], ["bob", ALICE]] as const) {
    const alone = await there(world, name, disks[name]);
    world.hub.leave(to);
    const request = { to: { pk: to, port: 1 }, text: `of ${name}`, waitMs: 1000, queue: true };
    deepStrictEqual((await world.done(alone.messages.send(request))).state, "queued");
    await world.done(alone.close());
    world.hub.back(to);
  }
  await world.pass(10 * MINUTE_MS);
  world.hub.leave(BOB);
  const startMs = world.clock.nowMs();
  const alice = await there(world, "alice", disks.alice);
  const first = knocks(world, alice, 60_000);
  await world.pass(12_000);
  world.hub.back(BOB);
  const bob = await there(world, "bob", disks.bob);
  const [one, other] = await world.done(Promise.all([first, knocks(world, bob, 60_000)]));
  deepStrictEqual([one.met, one.away], [[BOB], []]);
  deepStrictEqual([other.met, other.away], [[ALICE], []]);
  ok(world.clock.nowMs() - startMs < 25_000, "neither waits for the end of its time");
  for (const app of [alice, bob]) {
    deepStrictEqual((await texts(app)).sort(), ["of alice", "of bob"]);
    deepStrictEqual(await app.outbox.list(), []);
  }
});

test("Who came by himself is met; who is blocked, or was not heard of for long, is not looked for", async (world) => {
  const alice = await there(world, "alice", emptyRows());
  const { messenger } = world.classic("bob");
  await world.done(messenger.send({ pk: ALICE, port: 1 }, "hi", { waitMs: 1000 }));
  const { messenger: carols } = world.classic("carol");
  await world.done(carols.send({ pk: ALICE, port: 1 }, "hi", { waitMs: 1000 }));
  await alice.peers.decide({ peer: CAROL, blocked: true });
  for (const pk of [BOB, CAROL]) world.hub.leave(pk);
  const before = world.hub.dials.length;
  const lastMs = world.clock.nowMs();
  deepStrictEqual(await world.done(knocks(world, alice, 20_000)), { met: [BOB], away: [], lastMs });
  deepStrictEqual(world.hub.dials.slice(before), []);
  await world.pass(31 * 24 * 60 * MINUTE_MS);
  deepStrictEqual((await world.done(knocks(world, alice, 20_000))).met, []);
});

test("Whom the user has accepted is waited for, a stranger who has written is asked once and is not", async (world) => {
  const rows = emptyRows();
  const before = await there(world, "alice", rows);
  const { messenger } = world.classic("bob");
  await world.done(messenger.send({ pk: ALICE, port: 1 }, "hi", { waitMs: 1000 }));
  await world.done(before.close());
  world.hub.leave(BOB);
  const timed = async (): Promise<[readonly string[], number]> => {
    const app = await there(world, "alice", rows);
    const startMs = world.clock.nowMs();
    const { away } = await world.done(knocks(world, app, 20_000));
    const tookMs = world.clock.nowMs() - startMs;
    await world.done(app.close());
    return [away, Math.round(tookMs / 1000)];
  };
  const dials = world.hub.dials.length;
  const [away, seconds] = await timed();
  deepStrictEqual([away, world.hub.dials.length - dials], [[], 1]);
  ok(seconds < 2);
  const deciding = await there(world, "alice", rows);
  await deciding.peers.decide({ peer: BOB, accepted: true });
  await world.done(deciding.close());
  deepStrictEqual(await timed(), [[BOB], 20]);
});

/** Alice, for whose message bob was away for hours: it is tried again in ten minutes. @returns Her rows. */
async function waitingForBob(world: World): Promise<MemoryRows> {
  const rows = emptyRows();
  const before = await there(world, "alice", rows);
  world.hub.leave(BOB);
  const request = { to: { pk: BOB, port: 1 }, text: "waits", waitMs: 1000, queue: true };
  strictEqual((await world.done(before.messages.send(request))).state, "queued");
  await world.pass(3 * 60 * MINUTE_MS);
  await world.done(before.close());
  return rows;
}

test("Who says no to a stream is there, and has what waits for him, however far ahead it is planned", async (world) => {
  const rows = await waitingForBob(world);
  const { taken } = world.classic("bob"); // a Go program that takes messages and no knocks
  world.hub.back(BOB);
  const alice = await there(world, "alice", rows);
  const startMs = world.clock.nowMs();
  const { met, away } = await world.done(knocks(world, alice, 30_000));
  deepStrictEqual([met, away, taken.map(({ body }) => body)], [[BOB], [], ["waits"]]);
  ok(world.clock.nowMs() - startMs < 5_000, `${world.clock.nowMs() - startMs}`);
  deepStrictEqual((await alice.node.status()).queuedFor, undefined);
});

test("Nobody waits for somebody who is blocked, also where a message does", async (world) => {
  const rows = await waitingForBob(world);
  const alice = await there(world, "alice", rows);
  deepStrictEqual((await alice.node.status()).queuedFor, [BOB]);
  await alice.peers.decide({ peer: BOB, blocked: true });
  const startMs = world.clock.nowMs();
  const { met, away } = await world.done(knocks(world, alice, 30_000));
  deepStrictEqual([met, away], [[], []]);
  ok(world.clock.nowMs() - startMs < 5_000, `${world.clock.nowMs() - startMs}`);
});
