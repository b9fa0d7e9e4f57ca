/** What a program that does not stay reads of a group, and what it leaves there. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { sleep } from "../../../lib/sys/clock.ts";
import type { Place } from "../../../lib/store/place/place.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

class ReadingWorld extends GroupWorld {
  readonly carols = emptyRows();

  /** Carol's program, which does not stay. */
  carol(place: (under: Place) => Place = (same) => same): Promise<LocalApp> {
    return this.open("carol", { own: pairOf("carol"), resident: false, rows: this.carols, place });
  }

  /** Alice and bob are there, carol was. */
  async opsOfThree(): Promise<{ group: string; alice: LocalApp; bob: LocalApp }> {
    const { group, apps: [alice, bob] } = await this.group("private", "bob");
    const { link } = await this.done(alice.groups.invite({ group }));
    const carol = await this.carol();
    await this.done(carol.groups.join({ link }));
    await this.pass(5_000);
    await carol.close();
    return { group, alice, bob };
  }
}

const test = worldTests(ReadingWorld);

test("Who is there is read whole, and what waited is theirs, before the time that was given is over", async (world) => {
  const { group, alice, bob } = await world.opsOfThree();
  const offline = await world.carol();
  world.hub.muted.add(alice.pk).add(bob.pk);
  await world.done(offline.groups.send({ group, text: "waits", waitMs: 0 }));
  await offline.close();
  world.hub.muted.clear();
  for (const [i, app] of [alice, bob].entries()) {
    await world.done(app.groups.send({ group, text: `said ${i}`, waitMs: 0 }));
  }
  await world.pass(120_000);
  const carol = await world.carol();
  const startMs = world.clock.nowMs();
  const { read, unread, away, waiting } = await world.done(carol.groups.read({ group, waitMs: 60_000 }));
  deepStrictEqual([[...read].sort(), unread, away, waiting], [[alice.pk, bob.pk].sort(), [], [], 0]);
  ok(world.clock.nowMs() - startMs < 10_000);
  deepStrictEqual(await world.texts(carol, group), ["said 0", "said 1", "waits"]);
  await carol.close();
  await world.pass(1_000);
  for (const app of [alice, bob]) ok((await world.texts(app, group)).includes("waits"));
});

test("On a slow disk a feed is read when what came of it is kept", async (world) => {
  const { group, alice } = await world.opsOfThree();
  await world.done(alice.groups.send({ group, text: "slowly kept", waitMs: 0 }));
  await world.pass(120_000);
  let isSlow = true;
  const carol = await world.done(world.carol((disk) => ({
    name: disk.name,
    read: (keys) => disk.read(keys),
    stamped: (key) => disk.stamped(key),
    list: (range, options) => disk.list(range, options),
    close: () => disk.close(),
    write: async (writes, guard) => {
      if (isSlow) await sleep(world.clock, 3_000);
      return await disk.write(writes, guard);
    },
  })));
  const { read } = await world.done(carol.groups.read({ group, waitMs: 60_000 }));
  isSlow = false;
  deepStrictEqual([read.length, await world.texts(carol, group)], [2, ["slowly kept"]]);
});

test("Who is away and who is silent are told apart, and a silent one takes no longer than was given", async (world) => {
  const { group, alice, bob } = await world.opsOfThree();
  await bob.close();
  const carol = await world.carol();
  const without = await world.done(carol.groups.read({ group, waitMs: 60_000 }));
  deepStrictEqual([without.read, without.unread, without.away], [[alice.pk], [], [bob.pk]]);
  await carol.close();
  await world.pass(120_000);

  world.hub.muted.add(alice.pk);
  const again = await world.carol();
  const startMs = world.clock.nowMs();
  const silent = await world.done(again.groups.read({ group, waitMs: 5_000 }));
  deepStrictEqual([silent.read, silent.away], [[], [bob.pk]]);
  deepStrictEqual(silent.unread, [alice.pk]);
  ok(world.clock.nowMs() - startMs < 5_500);
  world.hub.muted.clear();
});

test("What was decided while nobody was there reaches who is there and far away when its admin only polls", async (world) => {
  const rows = emptyRows();
  const visit = async (act: (app: LocalApp) => Promise<unknown>): Promise<void> => {
    const alice = await world.open("alice", { own: pairOf("alice"), resident: false, rows });
    await world.done(act(alice));
    await world.done(alice.close());
  };
  const first = await world.member("alice", rows);
  const { group, invite } = await world.done(
    first.groups.create({ name: "ops", kind: "private", join: "link" }),
  );
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(5_000);
  await first.close();
  world.hub.leave(bob.pk);
  await visit(({ groups }) => groups.rename({ group, name: "operations" }));
  for (const action of ["mute", "unmute", "mute"] as const) {
    await visit(({ groups }) => groups.decide({ group, action, peer: bob.pk }));
  }
  world.hub.back(bob.pk);
  world.hub.lag = () => sleep(world.clock, 250);
  const startMs = world.clock.nowMs();
  await visit(({ groups }) => groups.read({ group, waitMs: 30_000 }));
  ok(world.clock.nowMs() - startMs < 10_000);
  await world.pass(2_000);
  const { name, muted } = await bob.groups.info({ group });
  deepStrictEqual([name, muted], ["operations", [bob.pk]]);
});

test("A program that stays tells who is connected, at once", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("public", "bob", "carol");
  await world.pass(600_000);
  await carol.close();
  await world.pass(120_000);
  const startMs = world.clock.nowMs();
  const { read, unread, away } = await world.done(alice.groups.read({ group, waitMs: 5_000 }));
  deepStrictEqual([read, unread, away], [[bob.pk], [], [carol.pk]]);
  ok(world.clock.nowMs() - startMs < 1_000);
});

test("Where nobody is there but a node that holds the feeds, and is far, what it has is read", async (world) => {
  const { group, alice, bob } = await world.opsOfThree();
  const dan = await world.member("dan");
  const { port } = await alice.groups.info({ group }) as { port: number };
  const limits = { spaceBytes: 64 << 20, ageMs: 30 * 86_400_000 };
  await world.done(dan.pairs.hold({ peers: [alice.pk], group: { id: group, port }, ...limits }));
  await world.done(alice.groups.nameHolder({ group, holder: dan.pk }));
  await world.pass(30_000);
  const first = await world.carol();
  await world.done(first.groups.read({ group, waitMs: 10_000 }));
  await first.close();
  await world.done(alice.groups.send({ group, text: "held", waitMs: 0 }));
  await world.pass(30_000);
  for (const app of [alice, bob]) await app.close();
  await world.pass(120_000);
  world.hub.ways.set(dan.pk, () => sleep(world.clock, 3_000));
  const carol = await world.carol();
  const startMs = world.clock.nowMs();
  const { read, unread, away } = await world.done(carol.groups.read({ group, waitMs: 60_000 }));
  deepStrictEqual([[...read].sort(), unread, away], [[alice.pk, bob.pk].sort(), [], []]);
  ok(world.clock.nowMs() - startMs < 10_000);
  deepStrictEqual(await world.texts(carol, group), ["held"]);
});

test("With nobody else in there is nothing to wait for; who is not in is refused", async (world) => {
  const alice = await world.member("alice");
  const { group } = await world.done(alice.groups.create({ name: "alone", kind: "public", join: "link" }));
  deepStrictEqual(await world.done(alice.groups.read({ group, waitMs: 60_000 })), {
    read: [],
    unread: [],
    away: [],
    waiting: 0,
  });
  await world.done(alice.groups.leave({ group }));
  await rejects(world.done(alice.groups.read({ group, waitMs: 60_000 })), { kind: "refused" });
  strictEqual((await world.done(alice.groups.list()))[0].status, "left");
});

test("Two who come one after the other and leave have read each other, and go as soon as all is handed on", async (world) => {
  const disks = { alice: emptyRows(), bob: emptyRows() };
  const founder = await world.member("alice", disks.alice);
  const { group, invite } = await world.done(
    founder.groups.create({ name: "ops", kind: "private", join: "link" }),
  );
  const first = await world.member("bob", disks.bob);
  await world.done(first.groups.join({ link: invite }));
  await world.pass(5_000);
  for (const app of [founder, first]) await world.done(app.close());
  for (const name of ["alice", "bob"] as const) {
    const alone = await world.member(name, disks[name]);
    await world.done(alone.groups.send({ group, text: `of ${name}`, waitMs: 0 }));
    await world.done(alone.close());
  }
  await world.pass(60_000);
  const startMs = world.clock.nowMs();
  const meet = async (name: "alice" | "bob") => {
    const app = await world.member(name, disks[name]);
    const reading = app.groups.read({ group, waitMs: 30_000, leaves: true }).then(async (of) => {
      const texts = await app.messages.history({ peer: group, limit: 10 });
      await app.close();
      return { pk: app.pk, ...of, texts: texts.map(({ text }) => text).sort(), endMs: world.clock.nowMs() };
    });
    return { reading };
  };
  const alice = await meet("alice");
  await world.pass(10_000);
  const bob = await meet("bob");
  const [one, other] = await world.done(Promise.all([alice.reading, bob.reading]));
  deepStrictEqual([one.read, one.unread, one.away, one.waiting], [[other.pk], [], [], 0]);
  deepStrictEqual([other.read, other.unread, other.away, other.waiting], [[one.pk], [], [], 0]);
  deepStrictEqual([one.texts, other.texts], [["of alice", "of bob"], ["of alice", "of bob"]]);
  ok(Math.max(one.endMs, other.endMs) - startMs < 25_000, "they do not wait for the end of their time");
});

test("Who leaves waits for those who are away, and no longer than was given", async (world) => {
  const { group, alice, bob } = await world.opsOfThree();
  await bob.close();
  await world.pass(120_000);
  const carol = await world.carol();
  const startMs = world.clock.nowMs();
  const { read, unread, away } = await world.done(
    carol.groups.read({ group, waitMs: 12_000, leaves: true }),
  );
  deepStrictEqual([read, unread, away], [[alice.pk], [], [bob.pk]]);
  const tookMs = world.clock.nowMs() - startMs;
  ok(tookMs >= 12_000 && tookMs < 12_500, `${tookMs} ms`);
});

test("Who has asked to be let in and is there for a while comes in when the admin begins to be there, too", async (world) => {
  const rows = emptyRows();
  const founder = await world.member("alice", rows);
  const { group, invite } = await world.done(
    founder.groups.create({ name: "ops", kind: "private", join: "link" }),
  );
  await founder.close();
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(100_000);
  const reading = bob.groups.read({ group, waitMs: 28_000, leaves: true });
  await world.pass(8_000);
  const alice = await world.member("alice", rows);
  const { read, away } = await world.done(reading);
  deepStrictEqual([read, away, (await bob.groups.list())[0].status], [[alice.pk], [], "active"]);
});

test("A founder that leaves is there until whom it had approved before has asked it", async (world) => {
  const rows = emptyRows();
  const visit = (): Promise<LocalApp> => world.open("alice", { own: pairOf("alice"), resident: false, rows });
  const first = await world.member("alice", rows);
  const { group, invite } = await world.done(
    first.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const bob = await world.member("bob");
  strictEqual((await world.done(bob.groups.join({ link: invite }))).status, "awaiting_approval");
  await first.close();
  world.hub.muted.add(bob.pk);
  const deciding = await visit();
  await world.done(deciding.groups.decide({ group, action: "approve", peer: bob.pk }));
  await deciding.close();
  await world.pass(100_000);
  strictEqual((await bob.groups.info({ group })).status, "awaiting_approval");
  world.hub.muted.clear();
  const alice = await visit();
  const startMs = world.clock.nowMs();
  await world.done(alice.groups.read({ group, waitMs: 28_000, leaves: true }));
  ok(world.clock.nowMs() - startMs < 10_000, "it does not wait for the end of its time");
  await alice.close();
  strictEqual((await bob.groups.info({ group })).status, "active");
});

test("Who has asked to be let in, and nobody is there, is told so at the end of the time", async (world) => {
  const founder = await world.member("alice");
  const { invite } = await world.done(founder.groups.create({ name: "ops", kind: "private", join: "link" }));
  await founder.close();
  const bob = await world.member("bob");
  const { group } = await world.done(bob.groups.join({ link: invite }));
  const startMs = world.clock.nowMs();
  await rejects(world.done(bob.groups.read({ group, waitMs: 20_000, leaves: true })), { kind: "refused" });
  strictEqual(Math.round((world.clock.nowMs() - startMs) / 1000), 20);
});
