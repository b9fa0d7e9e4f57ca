/** Who asks several admins, which say different things: what lets it in counts, and each of them knows it then. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { addRequest } from "../../../lib/app/groups/joining/requests.ts";
import type { GroupRoom } from "../../../lib/app/groups/room/group_room.ts";
import { type GroupExtra, NO_EXTRA } from "../../../lib/app/groups/room/kept_groups.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

class AnsweredWorld extends GroupWorld {
  /** A group with two admins, both of whom somebody has asked. */
  async asked(): Promise<{ group: string; link: string; alice: LocalApp; bob: LocalApp; dave: LocalApp }> {
    const alice = await this.member("alice");
    const asked = { name: "ops", kind: "private", join: "approval" } as const;
    const { group, invite } = await this.done(alice.groups.create(asked));
    const bob = await this.member("bob");
    await this.done(bob.groups.join({ link: invite }));
    await this.done(alice.groups.decide({ group, action: "approve", peer: bob.pk }));
    await this.pass(35_000);
    await this.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
    await this.pass(5_000);
    const { link } = await alice.groups.invite({ group });
    const dave = await this.member("dave");
    await this.done(dave.groups.join({ link }));
    this.hub.leave(alice.pk);
    await this.pass(60_000);
    this.hub.back(alice.pk);
    await this.pass(5_000);
    for (const app of [alice, bob]) strictEqual((await app.groups.requests({ group })).length, 1);
    return { group, link, alice, bob, dave };
  }

  /** It is in, and nobody has it on a list any more. */
  async isIn(group: string, dave: LocalApp, admins: readonly LocalApp[]): Promise<void> {
    strictEqual((await dave.groups.info({ group })).status, "active");
    for (const app of admins) {
      deepStrictEqual(await app.groups.requests({ group }), []);
      strictEqual((await app.groups.list())[0].asking, undefined);
      strictEqual((await app.groups.members({ group })).length, 3);
    }
  }
}

const test = worldTests(AnsweredWorld);

test("Who was approved by one admin waits at no other one", async (world) => {
  const { group, alice, bob, dave } = await world.asked();
  await world.done(alice.groups.decide({ group, action: "approve", peer: dave.pk }));
  await world.pass(35_000);
  await world.isIn(group, dave, [alice, bob]);
});

for (const action of ["approve", "add"] as const) {
  test(`Who was denied by the founder is in once another admin says ${action}, and comes back by a link`, async (world) => {
    const { group, link, alice, bob, dave } = await world.asked();
    await world.done(alice.groups.decide({ group, action: "deny", peer: dave.pk }));
    await world.pass(60_000);
    strictEqual((await dave.groups.info({ group })).status, "denied");
    await world.done(bob.groups.decide({ group, action, peer: dave.pk }));
    await world.pass(60_000);
    await world.isIn(group, dave, [alice, bob]);
    await world.done(dave.groups.drop({ group }));
    await world.done(dave.groups.join({ link }));
    await world.pass(5_000);
    await world.isIn(group, dave, [alice, bob]);
  });
}

test("Who was banned while it waited waits at no admin", async (world) => {
  const { group, alice, bob, dave } = await world.asked();
  await world.done(alice.groups.decide({ group, action: "ban", peer: dave.pk }));
  await world.pass(60_000);
  for (const app of [alice, bob]) deepStrictEqual(await app.groups.requests({ group }), []);
});

test("Of those who ask at the same moment, and while others are answered, each is on the list until it is answered", async (world) => {
  const alice = await world.member("alice");
  const asked = { name: "ops", kind: "private", join: "approval" } as const;
  const { group, invite: link } = await world.done(alice.groups.create(asked));
  const waits = async () => (await alice.groups.requests({ group })).map(({ pk }) => pk).sort();
  const ask = async (...names: string[]): Promise<LocalApp[]> => {
    const apps = await Promise.all(names.map((name) => world.member(name)));
    return await Promise.all(apps.map(async (app) => {
      await app.groups.join({ link });
      return app;
    }));
  };
  const first = await world.done(ask("bob", "carol", "dave"));
  await world.pass(1000);
  deepStrictEqual(await waits(), first.map(({ pk }) => pk).sort());
  const denied = first.slice(0, 2);
  const [second] = await world.done(Promise.all([
    ask("erin", "frank"),
    ...denied.map(({ pk }) => alice.groups.decide({ group, action: "deny", peer: pk })),
    alice.groups.decide({ group, action: "approve", peer: first[2].pk }),
  ]));
  await world.pass(1000);
  deepStrictEqual(await waits(), (second as LocalApp[]).map(({ pk }) => pk).sort());
  await world.pass(60_000);
  for (const app of denied) strictEqual((await app.groups.info({ group })).status, "denied");
});

Deno.test("Who was let in or told no since its request was heard is not put on the list", async () => {
  const pk = pairOf("dave").pk;
  for (
    const [isMember, denied, isNew] of [[true, [], false], [false, [pk], false], [false, [], true]] as const
  ) {
    let extra: GroupExtra = { ...NO_EXTRA, denied };
    const room: Pick<GroupRoom, "isMember" | "remember"> = {
      isMember: () => isMember,
      remember: (change) => Promise.resolve(void (extra = { ...extra, ...change(extra) })),
    };
    const request = { pk, note: "", tsNs: 1n };
    for (const again of [false, true]) {
      strictEqual(await addRequest(room as GroupRoom, request), isNew && !again);
      deepStrictEqual(extra.waiting, isNew ? [request] : []);
    }
  }
});
