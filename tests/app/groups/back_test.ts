/** Coming back into a group that is kept here, by its id: nobody has to give another link. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { formatGoTime } from "../../../lib/wire/go_time.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";
import { Person } from "./person.ts";

const test = worldTests(GroupWorld);

for (const kind of ["private", "public"] as const) {
  test(`Who has left a ${kind} group comes back by its id, and hears what was said meanwhile`, async (world) => {
    const { group, apps: [alice, bob] } = await world.group(kind, "bob");
    await world.done(alice.groups.send({ group, text: "before", waitMs: 5_000 }));
    await world.done(bob.groups.leave({ group }));
    await world.done(alice.groups.send({ group, text: "meanwhile", waitMs: 0 }));
    await world.pass(60_000);
    deepStrictEqual(await world.texts(bob, group), ["before"]);
    deepStrictEqual(await world.done(bob.groups.join({ link: group.toUpperCase() })), {
      group,
      status: "active",
    });
    await world.pass(5_000);
    deepStrictEqual(await world.texts(bob, group), ["before", "meanwhile"]);
    await world.done(bob.groups.send({ group, text: "back", waitMs: 5_000 }));
    await world.pass(1_000);
    deepStrictEqual(await world.texts(alice, group), ["back", "before", "meanwhile"]);
  });
}

test("A program that ends while a drop waits for a reader leaves no timer, and the group as it was", async (world) => {
  const people = ["alice", "bob"].map((name) => new Person(name, world.hub, world.clock));
  for (const person of people) await world.done(person.open());
  const [alice, bob] = people;
  const asked = { name: "ops", kind: "private", join: "link" } as const;
  const { group, invite } = await world.done(alice.app!.groups.create(asked));
  await world.done(bob.app!.groups.join({ link: invite }));
  await world.pass(5_000);
  await world.done(bob.app!.groups.send({ group, text: "bye", waitMs: 0 }));
  const dropped = rejects(bob.app!.groups.drop({ group }), { name: "AbortError" });
  deepStrictEqual(await world.done(bob.close()), []);
  await dropped;
  await world.done(bob.open());
  strictEqual((await world.done(bob.app!.groups.list()))[0].status, "active");
  for (const person of people) deepStrictEqual(await world.done(person.close()), []);
});

for (const how of ["leave", "drop"] as const) {
  test(`What was said and taken back right before a ${how} is heard; with nobody there that waits for nobody`, async (world) => {
    const { group, apps: [alice, bob, carol] } = await world.group("private", "bob", "carol");
    const { tsNano } = await world.done(bob.groups.send({ group, text: "oops", waitMs: 5_000 }));
    await world.pass(5_000);
    await world.done(bob.groups.send({ group, text: "bye", waitMs: 0 }));
    await world.done(bob.groups.unsend({ group, tsNano }));
    await world.done(bob.groups[how]({ group }));
    await world.pass(5_000);
    for (const app of [alice, carol]) deepStrictEqual(await world.texts(app, group), ["bye"]);
    await world.done(carol.groups.send({ group, text: "alone", waitMs: 0 }));
    world.hub.leave(carol.pk);
    await world.pass(100_000);
    const beforeMs = world.clock.nowMs();
    await world.done(carol.groups[how]({ group }));
    ok(world.clock.nowMs() - beforeMs <= 300, "it waits for nobody");
  });
}

test("Who came by a signed invite that is over by now comes back, and who was removed waits for a yes", async (world) => {
  const alice = await world.member("alice");
  const { group } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const expires = formatGoTime(world.clock.wallNs() + 60_000_000_000n);
  const { link } = await world.done(alice.groups.issueInvite({ group, uses: 1, expires }));
  const bob = await world.member("bob");
  strictEqual((await world.done(bob.groups.join({ link: link! }))).group, group);
  await world.pass(5_000);
  await world.done(bob.groups.leave({ group }));
  await world.pass(100_000);
  const again = async () => (await world.done(bob.groups.join({ link: group }))).status;
  strictEqual(await again(), "active");
  await world.pass(5_000);

  await world.done(alice.groups.decide({ group, action: "remove", peer: bob.pk }));
  await world.pass(5_000);
  strictEqual((await bob.groups.info({ group })).status, "revoked");
  strictEqual(await again(), "awaiting_approval");
  await world.done(alice.groups.decide({ group, action: "approve", peer: bob.pk }));
  await world.pass(35_000);
  strictEqual((await bob.groups.info({ group })).status, "active");

  await world.done(alice.groups.decide({ group, action: "ban", peer: bob.pk }));
  await world.pass(5_000);
  await rejects(again(), { kind: "refused", message: /banned/ });
});

for (const kind of ["private", "public", "channel"] as const) {
  test(`Who was banned from a ${kind} group and is let in again is in when it joins, however soon that is`, async (world) => {
    const { group, apps: [alice, bob] } = await world.group(kind, "bob");
    const decide = (action: "remove" | "add" | "ban" | "unban") =>
      world.done(alice.groups.decide({ group, action, peer: bob.pk }));
    for (const action of ["remove", "add", "ban"] as const) {
      await decide(action);
      await world.pass(2_000);
    }
    strictEqual((await bob.groups.info({ group })).status, "banned");
    await decide("unban");
    await decide("add");
    strictEqual((await world.done(bob.groups.join({ link: group }))).status, "active");
    await world.pass(5_000);
    strictEqual((await bob.groups.info({ group })).status, "active");
    await world.done(alice.groups.send({ group, text: "welcome", waitMs: 5_000 }));
    await world.pass(1_000);
    deepStrictEqual(await world.texts(bob, group), ["welcome"]);
  });
}

test("What a ban hid comes back when it is taken back, over restarts of who said it and who heard it", async (world) => {
  const [alices, bobs] = [emptyRows(), emptyRows()];
  let [alice, bob] = [await world.member("alice", alices), await world.member("bob", bobs)];
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "link" }),
  );
  await world.done(bob.groups.join({ link: invite }));
  for (const text of ["one", "two"]) await world.done(bob.groups.send({ group, text, waitMs: 5_000 }));
  const decide = (action: "ban" | "unban") =>
    world.done(alice.groups.decide({ group, action, peer: bob.pk }));
  await decide("ban");
  await world.pass(5_000);
  for (const app of [alice, bob]) deepStrictEqual(await world.texts(app, group), []);
  for (const app of [alice, bob]) await world.done(app.close());
  [alice, bob] = [await world.member("alice", alices), await world.member("bob", bobs)];
  await decide("unban");
  await world.done(bob.groups.join({ link: group }));
  await world.pass(60_000);
  for (const app of [alice, bob]) deepStrictEqual(await world.texts(app, group), ["one", "two"]);
});

test("Who was banned and may ask again waits for a yes when it does, and comes in by it", async (world) => {
  const alice = await world.member("alice");
  const asked = { name: "ops", kind: "private", join: "approval" } as const;
  const { group, invite } = await world.done(alice.groups.create(asked));
  const bob = await world.member("bob");
  const decide = (action: "approve" | "ban" | "unban") =>
    world.done(alice.groups.decide({ group, action, peer: bob.pk }));
  await world.done(bob.groups.join({ link: invite }));
  for (const action of ["approve", "ban", "unban"] as const) {
    await decide(action);
    await world.pass(5_000);
  }
  strictEqual((await world.done(bob.groups.join({ link: group }))).status, "awaiting_approval");
  deepStrictEqual((await alice.groups.requests({ group })).map(({ pk }) => pk), [bob.pk]);
  await decide("approve");
  await world.pass(35_000);
  strictEqual((await bob.groups.info({ group })).status, "active");
});

test("Who was banned, and asks while nobody who decides is there, goes on asking and is in when one is back", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("public", "bob");
  const decide = (action: "add" | "ban" | "unban") =>
    world.done(alice.groups.decide({ group, action, peer: bob.pk }));
  await decide("ban");
  await world.pass(5_000);
  world.hub.leave(alice.pk);
  strictEqual((await world.done(bob.groups.join({ link: group }))).status, "pending");
  await decide("unban");
  await decide("add");
  world.hub.back(alice.pk);
  await world.pass(65_000);
  strictEqual((await bob.groups.info({ group })).status, "active");
});

test("Who has left, was removed since and joins again waits for a yes, and is not told to be in", async (world) => {
  const alice = await world.member("alice");
  const asked = { name: "ops", kind: "private", join: "approval" } as const;
  const { group, invite } = await world.done(alice.groups.create(asked));
  const bob = await world.member("bob");
  const decide = (action: "approve" | "remove") =>
    world.done(alice.groups.decide({ group, action, peer: bob.pk }));
  await world.done(bob.groups.join({ link: invite }));
  await decide("approve");
  await world.pass(35_000);
  await world.done(bob.groups.leave({ group }));
  await decide("remove");
  strictEqual((await world.done(bob.groups.join({ link: group }))).status, "awaiting_approval");
  await world.pass(5_000);
  strictEqual((await bob.groups.info({ group })).status, "awaiting_approval");
  deepStrictEqual((await alice.groups.requests({ group })).map(({ pk }) => pk), [bob.pk]);
  await decide("approve");
  await world.pass(35_000);
  strictEqual((await bob.groups.info({ group })).status, "active");
});

test("An id that no group here has is no link", async (world) => {
  const alice = await world.member("alice");
  const link = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  await rejects(world.done(alice.groups.join({ link })), { kind: "usage", message: /neither an invite nor/ });
});
