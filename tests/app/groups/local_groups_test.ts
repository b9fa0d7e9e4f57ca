/** Groups of whole apps, over a network in memory. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { App } from "../../../lib/app/app.ts";
import { keepRecord, keptGroups } from "../../../lib/app/groups/room/kept_groups.ts";
import { decodeInvite } from "../../../lib/group/joining/invite.ts";
import { openStore } from "../../../lib/store/open.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../../lib/store/place/memory.ts";
import type { Clock } from "../../../lib/sys/clock.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { seededRandom } from "../../fakes/random.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

const test = worldTests(GroupWorld);

for (const kind of ["public", "private"] as const) {
  test(`${kind} group: who joined reads and writes`, async (world) => {
    const { group, apps: [alice, bob, carol] } = await world.group(kind, "bob", "carol");
    for (const app of [alice, bob, carol]) {
      const [view] = await app.groups.list();
      deepStrictEqual([view.name, view.kind, view.status, view.members], ["ops", kind, "active", 3]);
    }
    const report = await world.done(bob.groups.send({ group, text: "hello", waitMs: 10_000 }));
    strictEqual(report.state, "kept-by-others");
    ok(report.evidence.length > 0);
    await world.pass(5_000);
    for (const app of [alice, bob, carol]) {
      deepStrictEqual(await world.texts(app, group), ["hello"]);
      const [message] = await world.done(app.messages.history({ peer: group, limit: 10 }));
      deepStrictEqual([message.sender, message.via, message.outgoing], [bob.pk, "group", app === bob]);
    }
    const members = await alice.groups.members({ group });
    deepStrictEqual(members.map(({ role, presence }) => `${role} ${presence}`).sort(), [
      "founder self",
      "member connected",
      "member connected",
    ]);
  });
}

test("A message to a group whose others are away is queued, and reaches them when they come", async (world) => {
  const { group, apps: [alice] } = await world.group("private");
  const { link } = await alice.groups.invite({ group });
  const report = await world.done(alice.groups.send({ group, text: "anybody?", waitMs: 1_000 }));
  strictEqual(report.state, "queued");
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link }));
  await world.pass(10_000);
  deepStrictEqual(await world.texts(bob, group), ["anybody?"]);
});

test("Approval: who asks waits, is let in, or told no", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const bob = await world.member("bob");
  const joined = await world.done(bob.groups.join({ link: invite, note: "it's bob" }));
  strictEqual(joined.status, "awaiting_approval");
  const requests = await alice.groups.requests({ group });
  deepStrictEqual(requests.map(({ pk, note }) => [pk, note]), [[bob.pk, "it's bob"]]);
  await world.done(alice.groups.decide({ group, action: "approve", peer: bob.pk }));
  deepStrictEqual(await alice.groups.requests({ group }), []);
  await world.pass(40_000);
  strictEqual((await bob.groups.list())[0].status, "active");
  const carol = await world.member("carol");
  await world.done(carol.groups.join({ link: invite }));
  await world.done(alice.groups.decide({ group, action: "deny", peer: carol.pk }));
  await world.pass(40_000);
  strictEqual((await carol.groups.list())[0].status, "denied");
  deepStrictEqual(
    await standings(alice),
    [bob, carol].map(({ pk }) => ({ event: "asked", group, name: "ops", peer: pk })),
  );
  deepStrictEqual(await standings(bob), [{ event: "admitted", group, name: "ops" }]);
  deepStrictEqual(await standings(carol), [{ event: "denied", group, name: "ops" }]);
});

test("Who waits knows within 2 s that it was let in: an admin that comes to read has decided", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link: invite }));
  const status = async () => (await bob.groups.list())[0].status;
  await world.pass(45_000); // asked again in the middle of it
  strictEqual(await status(), "awaiting_approval");
  await world.done(alice.groups.decide({ group, action: "approve", peer: bob.pk }));
  await world.pass(2_000);
  strictEqual(await status(), "active");
  const { state } = await world.done(bob.groups.send({ group, text: "in", waitMs: 3_000 }));
  strictEqual(state, "kept-by-others");
});

/** What was told of who comes in, so far. */
async function standings({ events }: App): Promise<unknown[]> {
  const last = await events.cursor();
  const told: unknown[] = [];
  for await (const event of events.follow(0, new AbortController().signal)) {
    if (event.kind === "network" && event.name === "group") told.push({ ...event.detail });
    if (event.cursor >= last!) break;
  }
  return told;
}

test("Whoever follows is told of another list of groups, and finds it", async (world) => {
  const alice = await world.member("alice");
  const lists: string[][] = [];
  void (async () => {
    for await (const event of alice.events.follow(undefined, new AbortController().signal)) {
      if (event.kind !== "network" || event.name !== "group-changed") continue;
      lists.push(
        (await alice.groups.list()).map(({ name, status, members, asking = 0 }) =>
          `${name} ${status} ${members} ${asking}`
        ),
      );
    }
  })();
  const told = async (run: Promise<unknown>): Promise<string[] | undefined> => {
    lists.length = 0;
    await world.done(run);
    await world.pass(5_000);
    return lists.at(-1);
  };
  const create = alice.groups.create({ name: "ops", kind: "private", join: "approval" });
  deepStrictEqual(await told(create), ["ops active 1 0"]);
  const { group, invite } = await create;
  const [bob, carol] = [await world.member("bob"), await world.member("carol")];
  deepStrictEqual(await told(bob.groups.join({ link: invite })), ["ops active 1 1"]);
  deepStrictEqual(await told(alice.groups.decide({ group, action: "approve", peer: bob.pk })), [
    "ops active 2 0",
  ]);
  await told(carol.groups.join({ link: invite }));
  deepStrictEqual(await told(alice.groups.decide({ group, action: "deny", peer: carol.pk })), [
    "ops active 2 0",
  ]);
  deepStrictEqual(await told(alice.groups.send({ group, text: "hello", waitMs: 1000 })), undefined);
  deepStrictEqual(await told(alice.groups.leave({ group })), ["ops left 2 0"]);
  deepStrictEqual(await told(alice.groups.drop({ group })), []);
});

test("Removal: the removed one learns of it, reads nothing after it, and the key is another one", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("private", "bob", "carol");
  await world.done(alice.groups.decide({ group, action: "remove", peer: bob.pk }));
  await world.pass(5_000);
  await world.done(carol.groups.send({ group, text: "after", waitMs: 5_000 }));
  await world.pass(40_000);
  strictEqual((await bob.groups.list())[0].status, "revoked");
  deepStrictEqual(await world.texts(bob, group), []);
  deepStrictEqual(await world.texts(alice, group), ["after"]);
  strictEqual((await alice.groups.info({ group })).key_epoch, 1);
});

test("Restart: all that was said and decided is there, and goes on", async (world) => {
  const rows = emptyRows();
  const alice = await world.member("alice", rows);
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "link" }),
  );
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(5_000);
  await world.done(bob.groups.send({ group, text: "one", waitMs: 5_000 }));
  await world.pass(2_000);
  await world.done(alice.close());
  await world.done(bob.groups.send({ group, text: "two", waitMs: 0 }));
  const again = await world.member("alice", rows);
  await world.pass(60_000);
  deepStrictEqual(await world.texts(again, group), ["one", "two"]);
  strictEqual((await again.groups.list())[0].members, 2);
});

test("Who may not decide is told so, and nothing changes for the others", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("public", "bob", "carol");
  const refused = (error: unknown): boolean => error instanceof UserError && error.kind === "refused";
  await rejects(world.done(bob.groups.decide({ group, action: "remove", peer: carol.pk })), refused);
  await rejects(world.done(bob.groups.rename({ group, name: "mine" })), refused);
  await world.pass(5_000);
  strictEqual((await alice.groups.list())[0].members, 3);
  await rejects(world.done(alice.groups.decide({ group, action: "unban", peer: bob.pk })), /nothing changes/);
});

test("Leaving and dropping need nobody", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("public", "bob");
  await world.done(alice.close());
  await world.done(bob.groups.leave({ group }));
  strictEqual((await bob.groups.list())[0].status, "left");
  await rejects(world.done(bob.groups.send({ group, text: "x", waitMs: 0 })), /not a member/);
  await world.done(bob.groups.drop({ group }));
  deepStrictEqual(await bob.groups.list(), []);
  deepStrictEqual(await world.texts(bob, group), []);
});

test("Who leaves while an admin answers stays out", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "link" }),
  );
  const bob = await world.member("bob");
  const joining = bob.groups.join({ link: invite });
  while ((await bob.groups.list()).length === 0) await new Promise((resolve) => setTimeout(resolve));
  await world.done(bob.groups.leave({ group }));
  await world.done(joining);
  await world.pass(60_000);
  strictEqual((await bob.groups.list())[0].status, "left");
});

test("Retracted messages go everywhere", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const { tsNano } = await world.done(bob.groups.send({ group, text: "oops", waitMs: 5_000 }));
  await world.pass(2_000);
  deepStrictEqual(await world.texts(alice, group), ["oops"]);
  await world.done(bob.groups.unsend({ group, tsNano }));
  await world.pass(5_000);
  deepStrictEqual([await world.texts(alice, group), await world.texts(bob, group)], [[], []]);
});

test("A bad link, a bad name and an unknown group are told as what they are", async (world) => {
  const alice = await world.member("alice");
  await rejects(world.done(alice.groups.join({ link: "skychat:invite:e30" })), UserError);
  await rejects(world.done(alice.groups.join({ link: "hello" })), /neither an invite nor an address/);
  for (const name of ["", " ", "a\u0007", "x".repeat(65), "a\u202eb"]) {
    await rejects(
      world.done(alice.groups.create({ name, kind: "public", join: "link" })),
      UserError,
      JSON.stringify(name),
    );
  }
  await rejects(world.done(alice.groups.info({ group: "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50" })), /no group/);
});

for (const kind of ["public", "private"] as const) {
  test(`${kind} group: another name reaches who is there, who was away, and who comes later`, async (world) => {
    const rows = emptyRows();
    const { group, apps: [alice, bob] } = await world.group(kind, "bob");
    const carol = await world.member("carol", rows);
    const { link } = await alice.groups.invite({ group });
    await world.done(carol.groups.join({ link }));
    await world.pass(5_000);
    await world.done(carol.close());
    await world.done(alice.groups.rename({ group, name: "operations" }));
    await world.pass(5_000);
    strictEqual((await bob.groups.list())[0].name, "operations");
    const again = await world.member("carol", rows);
    const dave = await world.member("dave");
    await world.done(dave.groups.join({ link }));
    await world.pass(10_000);
    strictEqual((await again.groups.list())[0].name, "operations");
    strictEqual((await dave.groups.list())[0].name, "operations");
  });
}

test("Another name reaches who was away when it was given, and who comes by an old link, when the founder is gone", async (world) => {
  const rows = emptyRows();
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const carol = await world.member("carol", rows);
  await world.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
  await world.pass(5_000);
  const { link } = await bob.groups.invite({ group });
  await world.done(carol.groups.join({ link }));
  await world.pass(5_000);
  await world.done(carol.close());
  await world.done(alice.groups.rename({ group, name: "operations" }));
  await world.pass(5_000);
  await world.done(alice.close());
  await world.done(bob.groups.rotateKey({ group }));
  await world.done(calledBefore(rows, world.clock, "ops"));
  const again = await world.member("carol", rows);
  const dave = await world.member("dave");
  await world.done(dave.groups.join({ link })); // its key is an old one
  await world.done(bob.groups.decide({ group, action: "approve", peer: dave.pk }));
  await world.pass(60_000);
  for (const app of [again, dave]) {
    strictEqual((await app.groups.list())[0].name, "operations");
    strictEqual(decodeInvite((await app.groups.invite({ group })).link).name, "operations");
  }
});

test("A founder whose feed does not tell the name, as a Go program's, is asked for it", async (world) => {
  const rows = emptyRows();
  const { group, apps: [alice] } = await world.group("private");
  const { link } = await alice.groups.invite({ group });
  const bob = await world.member("bob", rows);
  await world.done(bob.groups.join({ link }));
  await world.pass(5_000);
  await world.done(bob.close());
  await world.done(calledBefore(rows, world.clock, "old"));
  const again = await world.member("bob", rows);
  strictEqual((await again.groups.list())[0].name, "old");
  await world.pass(60_000);
  deepStrictEqual((await again.groups.list()).map(({ id, name }) => [id, name]), [[group, "ops"]]);
});

/** Gives the groups of a store that is closed another name, as if they had it when it was. */
async function calledBefore(rows: MemoryRows, clock: Clock, name: string): Promise<void> {
  const secret = new Uint8Array(32).fill(7);
  const store = await openStore({ place: memoryPlace(rows), secret, clock, random: seededRandom("store") });
  for (const { record } of await keptGroups(store, () => {})) {
    await store.commit([keepRecord({ ...record, name })]);
  }
  await store.close();
}

test("A link that is enough holds the key of a private group, and of no other; an approved one holds none", async (world) => {
  const alice = await world.member("alice");
  const keyIn = (link: string): number => decodeInvite(link).aesKey.length;
  for (
    const [kind, join, bytes] of [["private", "link", 32], ["private", "approval", 0], [
      "public",
      "link",
      0,
    ]] as const
  ) {
    const { group, invite, withKey } = await world.done(
      alice.groups.create({ name: `${kind} ${join}`, kind, join }),
    );
    const again = await alice.groups.invite({ group });
    deepStrictEqual([keyIn(invite), keyIn(again.link)], [bytes, bytes]);
    deepStrictEqual([withKey, again.withKey], [bytes > 0, bytes > 0]);
    strictEqual(keyIn((await alice.groups.invite({ group, withKey: false })).link), 0);
    strictEqual(
      keyIn((await alice.groups.invite({ group, withKey: true })).link),
      kind === "private" ? 32 : 0,
    );
  }
});
