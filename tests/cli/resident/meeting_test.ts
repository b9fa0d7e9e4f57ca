/** Whom `sync` meets, and what it says of that: apps over a network in memory. */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { Status } from "../../../cli/exit.ts";
import { meet, type Meeting, type MeetingRequest } from "../../../cli/resident/meeting.ts";
import { wording } from "../../../cli/words/wording.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../../app/chat_world.ts";
import { GroupWorld, pairOf } from "../../app/groups/group_world.ts";

const registered = { kind: "registered", servers: ["server"] } as never;

class MeetingWorld extends GroupWorld {
  /** Meets for half a minute at most. @returns What came of it, and after how many seconds. */
  async meets(
    app: LocalApp,
    { only, stays = false }: Partial<Pick<MeetingRequest, "only" | "stays">> = {},
  ): Promise<Meeting & { readonly seconds: number }> {
    const startMs = this.clock.nowMs();
    const { signal } = new AbortController();
    const request = { waitMs: 30_000, heardMs: () => 0, only, stays };
    const met = await this.done(meet({ clock: this.clock, signal }, app as never, request));
    return { ...met, seconds: Math.round((this.clock.nowMs() - startMs) / 1000) };
  }
}

const test = worldTests(MeetingWorld);

test("Who is there is met and left at once, who is away is waited for, and is told", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("private", "bob", "carol");
  for (const app of [alice, bob, carol]) app.networkEvent(registered);
  const all = await world.meets(alice);
  deepStrictEqual([all.met.toSorted(), all.unread, all.away, all.status], [
    [bob.pk, carol.pk].sort(),
    [],
    [],
    Status.done,
  ]);
  ok(all.seconds < 10, `${all.seconds}`);
  await carol.close();
  await world.pass(60_000);
  const some = await world.meets(alice);
  deepStrictEqual([some.met, some.away, some.status], [[bob.pk], [carol.pk], Status.done]);
  ok(some.seconds >= 30);
  // An owner that stays meets her when she comes.
  ok((await world.meets(alice, { stays: true })).seconds < 6);
  await bob.close();
  await world.pass(60_000);
  await world.done(alice.groups.send({ group, text: "waits", waitMs: 0 }));
  const nobody = await world.meets(alice);
  deepStrictEqual([nobody.met, nobody.away.length, nobody.waiting, nobody.status], [
    [],
    2,
    1,
    Status.unreachable,
  ]);
});

test("Where nobody could find us that is the reason; with nobody known it is there for all of its time", async (world) => {
  const { apps: [alice, bob] } = await world.group("private", "bob");
  await bob.close();
  await world.pass(60_000);
  alice.networkEvent({ kind: "problem", error: new Error("no discovery"), retryMs: 1000 } as never);
  await rejects(world.meets(alice), { reason: "no-network", message: "no discovery" });
  const dan = await world.member("dan");
  dan.networkEvent(registered);
  const { met, away, status, seconds } = await world.meets(dan);
  deepStrictEqual([met, away, status, seconds], [[], [], Status.done, 30]);
});

test("Who has come by himself was there, also where his feed was not read", async (world) => {
  const { apps: [alice, bob] } = await world.group("private", "bob");
  await bob.close();
  await world.pass(60_000);
  alice.networkEvent(registered);
  const network = world.hub.client(bob.pk);
  const meeting = world.meets(alice);
  await world.pass(5_000);
  (await world.done(network.dial({ pk: alice.pk, port: 1 }))).close(); // `dmsg send`, which has no groups
  const { met, away, status } = await world.done(meeting);
  deepStrictEqual([met, away, status], [[bob.pk], [], Status.done]);
  // What a program that stays has heard long ago says nothing of now.
  const beside = await world.meets(alice, { stays: true });
  deepStrictEqual([beside.met, beside.away], [[], [bob.pk]]);
});

test("Who comes in while it is there is met, and reads what has waited for somebody", async (world) => {
  const { group, apps: [alice] } = await world.group("private");
  alice.networkEvent(registered);
  await world.done(alice.groups.send({ group, text: "waits", waitMs: 0 }));
  const { link } = await world.done(alice.groups.invite({ group }));
  const dan = await world.member("dan");
  const meeting = world.meets(alice);
  await world.pass(5_000);
  await world.done(dan.groups.join({ link }));
  const { met, away, waiting, status } = await world.done(meeting);
  deepStrictEqual([met, away, waiting, status], [[dan.pk], [], 0, Status.done]);
  deepStrictEqual(await world.texts(dan, group), ["waits"]);
});

test("Those alone who are named are met and waited for, whoever else is there or away", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const carol = await world.member("carol");
  for (const app of [alice, bob, carol]) app.networkEvent(registered);
  await world.done(carol.pairs.add({ peer: alice.pk }));
  await world.done(alice.pairs.accept({ peer: carol.pk }));
  await world.pass(5_000);
  await bob.close();
  await world.pass(60_000);
  await world.done(alice.groups.send({ group, text: "waits", waitMs: 0 }));
  const one = await world.meets(alice, { only: [carol.pk] });
  deepStrictEqual([one.met, one.away, one.waiting, one.status], [[carol.pk], [], 0, Status.done]);
  ok(one.seconds < 10, `${one.seconds}`);
  const other = await world.meets(alice, { only: [group] });
  deepStrictEqual([other.met, other.away, other.waiting], [[], [bob.pk], 1]);
  deepStrictEqual([other.status, other.seconds], [Status.unreachable, 30]);
  // Nothing was ever said with her: that she was named is enough.
  const dan = await world.member("dan");
  dan.networkEvent(registered);
  world.hub.leave(carol.pk);
  const none = await world.meets(dan, { only: [carol.pk] });
  deepStrictEqual([none.met, none.away, none.status, none.seconds], [[], [carol.pk], Status.unreachable, 30]);
  await world.done(alice.groups.leave({ group }));
  const left = await world.meets(alice, { only: [group] });
  deepStrictEqual([left.met, left.away, left.out], [[], [], [group]]);
});

test("Who is to be asked to be paired is waited for, and is asked when it comes; who has our asking is not", async (world) => {
  const [rows, bobs] = [emptyRows(), pairOf("bob").pk];
  const there = async (): Promise<LocalApp> => {
    const app = await world.member("alice", rows);
    app.networkEvent(registered);
    return app;
  };
  const before = await there();
  world.hub.leave(bobs);
  strictEqual((await world.done(before.pairs.add({ peer: bobs }))).sent, false);
  await world.done(before.close());
  const alice = await there();
  const meeting = world.meets(alice);
  await world.pass(12_000);
  world.hub.back(bobs);
  const bob = await world.member("bob");
  const { met, away, seconds } = await world.done(meeting);
  deepStrictEqual([met, away], [[bobs], []]);
  ok(seconds < 22, `${seconds}`);
  deepStrictEqual((await bob.pairs.list()).map(({ peer, status }) => [peer, status]), [[
    alice.pk,
    "invited",
  ]]);
  world.hub.leave(bobs);
  await world.done(alice.close());
  deepStrictEqual((await world.meets(await there())).away, []);
});

test("Who is asked to be paired some seconds after it was met has the usual time to answer from then on", async (world) => {
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  for (const app of [alice, bob]) app.networkEvent(registered);
  let sentMs = world.clock.nowMs() + 2_500;
  const asked = (): boolean => world.clock.nowMs() >= sentMs;
  const list = () => Promise.resolve([{ peer: bob.pk, status: "pending", asked: asked() }]);
  const slow = Object.create(alice, { pairs: { value: { list, read: () => Promise.resolve({}) } } });
  const { met, seconds } = await world.meets(slow);
  deepStrictEqual([met, seconds], [[bob.pk], 6]);
  // Whoever is met alone does not wait for what others are asked.
  const carol = await world.member("carol");
  carol.networkEvent(registered);
  sentMs = world.clock.nowMs() + 2_500;
  const alone = await world.meets(slow, { only: [carol.pk] });
  deepStrictEqual([alone.met, alone.seconds], [[carol.pk], 3]);
});

test("A group that has not let us in yet is told", async (world) => {
  const founder = await world.member("alice");
  const { group, invite } = await world.done(
    founder.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const bob = await world.member("bob");
  bob.networkEvent(registered);
  await world.done(bob.groups.join({ link: invite }));
  const { asking, status } = await world.meets(bob);
  deepStrictEqual([asking, status], [[group], Status.done]);
});

Deno.test("Whom it has met is a line: how many of how many, and by their names those who are missing", () => {
  const line = { type: "met", ts: "", schema: "v1", met: [], unread: [], away: [], waiting: 0 } as const;
  strictEqual(wording.met(line), "nobody is known here yet");
  const some = { ...line, met: ["a", "b"], unread: ["c"], away: ["d\u202e"], waiting: 1 };
  strictEqual(
    wording.met(some),
    "met 2 of 4; not in time: c; away: d\\u{202e}; 1 of ours waits here",
  );
  match(wording.met({ ...some, waiting: 2 }), /2 of ours wait here$/);
  strictEqual(wording.met({ ...line, out: ["ops"] }), "we are not in ops");
  strictEqual(wording.met({ ...line, asking: ["ops"] }), "ops has not let us in yet");
  strictEqual(wording.met({ ...line, met: ["a"], out: ["ops"] }), "met 1 of 1; we are not in ops");
});
