/** By what we know that somebody has a message of ours. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

class World extends GroupWorld {
  /** Carries what somebody has by hand. */
  async carry(from: LocalApp, to: LocalApp, group: string): Promise<void> {
    const [, ...leaves] = await from.groups.bundle({ group });
    await this.done(to.groups.unbundle({ group, leaves }));
    await this.pass(100);
  }
}

const test = worldTests(World);

test("Who has fetched a message has it, by its name, when it was and how", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const report = await world.done(alice.groups.send({ group, text: "one", waitMs: 5_000 }));
  deepStrictEqual(report.evidence.map(({ pk, by }) => [pk, by]), [[bob.pk, "fetched"]]);
});

test("Where nobody else is in the group nobody is waited for; a node that holds our feed is", async (world) => {
  const { group, apps: [alice] } = await world.group("private");
  const alone = await world.done(alice.groups.send({ group, text: "one", waitMs: 10_000, all: true }));
  deepStrictEqual([alone.state, alone.ms], ["queued", 0]);
  await world.done(alice.groups.nameHolder({ group, holder: pairOf("carol").pk }));
  const held = await world.done(alice.groups.send({ group, text: "two", waitMs: 10_000 }));
  deepStrictEqual([held.state, held.ms], ["queued", 10_000]);
});

test("What was said alone is had by who comes, also when a later program of ours meets it days later", async (world) => {
  const rows = emptyRows();
  const open = () => world.member("alice", rows);
  let alice = await open();
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "link" }),
  );
  const bobs = emptyRows();
  let bob = await world.member("bob", bobs);
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(5_000);
  await world.done(alice.groups.send({ group, text: "together", waitMs: 5_000 }));
  await world.done(bob.close());
  const { id, state } = await world.done(alice.groups.send({ group, text: "alone", waitMs: 1_000 }));
  strictEqual(state, "queued");
  await world.done(alice.close());
  world.clock.setWall(world.clock.wallNs() + 3n * 86_400_000_000_000n);
  alice = await open();
  bob = await world.member("bob", bobs);
  await world.pass(60_000);
  const said = (await world.done(alice.messages.history({ peer: group, limit: 99 }))).find((one) =>
    one.id === id
  );
  deepStrictEqual([await world.texts(bob, group), said?.state], [["alone", "together"], "received"]);
});

test("Whose later message names ours has it, also where both went by hand, and nobody before that", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  await world.done(alice.groups.decide({ group, action: "backfill-off" }));
  await world.pass(5_000);
  for (const { pk } of [alice, bob]) world.hub.leave(pk);
  await world.pass(1_000);
  const { id, state } = await world.done(alice.groups.send({ group, text: "one", waitMs: 1_000 }));
  strictEqual(state, "queued");
  const known = async () => [
    (await alice.groups.evidence({ group, id })).map(({ pk, by }) => [pk, by]),
    (await world.done(alice.messages.history({ peer: group, limit: 9 }))).find((one) => one.id === id)!.state,
  ];
  await world.done(bob.groups.send({ group, text: "knows nothing of it", waitMs: 0 }));
  await world.carry(bob, alice, group);
  deepStrictEqual(await known(), [[], "sent"]);
  await world.carry(alice, bob, group);
  await world.done(bob.groups.send({ group, text: "has it", waitMs: 0 }));
  await world.carry(bob, alice, group);
  deepStrictEqual(await known(), [[[bob.pk, "feed"]], "received"]);
});

for (const all of [false, true]) {
  test(`A program that ends lets nobody wait for ${all ? "all" : "the first"} who have a message`, async (world) => {
    const { group, apps: [alice, bob, carol] } = await world.group("private", "bob", "carol");
    // Carol's connection seems to be there, and nothing comes through it.
    world.hub.muted.add(carol.pk);
    if (!all) world.hub.muted.add(bob.pk);
    const sending = alice.groups.send({ group, text: "one", waitMs: 86_400_000, all });
    await world.pass(2_000);
    const beganMs = world.clock.nowMs();
    await world.done(alice.close());
    const { state } = await world.done(sending);
    deepStrictEqual([state, world.clock.nowMs() - beganMs < 10_000], [
      all ? "kept-by-others" : "queued",
      true,
    ]);
  });
}
