/** The work that a group asks for: strangers are told so at every admin's door, and whose program does it comes in. */
import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import { askAtDoor } from "../../../lib/app/groups/joining/admission.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { decodeInvite } from "../../../lib/group/joining/invite.ts";
import { MAX_ASKED_BITS, NO_WORK, type Work, WorkSearch } from "../../../lib/group/joining/work.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const BITS = 6;

class World extends GroupWorld {
  /** What a stranger hears at somebody's door. */
  async asks(app: LocalApp, group: string, who: string, work: Work): Promise<[string, number]> {
    const port = Number((await app.groups.info({ group })).port) + 1;
    const { pk } = pairOf(who);
    const stream = await this.hub.client(pk).dial({ pk: app.pk, port });
    const response = await this.done(askAtDoor(stream, {
      groupId: group,
      requester: pk,
      note: "",
      work,
      invite: "",
      ratchet: new Uint8Array(0),
      askAgain: false,
      probe: false,
      tsNs: this.clock.wallNs(),
    }));
    return [response!.status, response!.powBits];
  }

  workOf(group: string, who: string): Work {
    return new WorkSearch(group, pairOf(who).pk, BITS, this.clock.wallNs() / 1_000_000_000n).step(10_000)!;
  }
}

const test = worldTests(World);

test("Work that a group asks for is in its link and address, and each admin asks for it", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval", workBits: BITS }),
  );
  strictEqual(decodeInvite(invite).powBits, BITS);
  const bob = await world.member("bob");
  const { address } = await alice.groups.invite({ group });
  strictEqual((await world.done(bob.groups.resolve({ link: address }))).powBits, BITS);
  deepStrictEqual(await world.asks(alice, group, "mallory", NO_WORK), ["challenge", BITS]);
  deepStrictEqual(await alice.groups.requests({ group }), [], "who shows none is not on the list");

  strictEqual((await world.done(bob.groups.join({ link: invite }))).status, "awaiting_approval");
  await world.done(alice.groups.decide({ group, action: "approve", peer: bob.pk }));
  await world.pass(40_000);
  strictEqual((await bob.groups.list())[0].status, "active");
  await world.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
  await world.pass(5_000);
  deepStrictEqual(await world.asks(bob, group, "mallory", NO_WORK), ["challenge", BITS]);
  deepStrictEqual(await world.asks(bob, group, "mallory", world.workOf(group, "carol")), ["challenge", BITS]);
  deepStrictEqual(await world.asks(bob, group, "carol", world.workOf(group, "carol")), ["pending", 0]);
  strictEqual(decodeInvite((await bob.groups.invite({ group })).link).powBits, BITS);
});

test("More work than programs do in 30 s is not asked for", async (world) => {
  const alice = await world.member("alice");
  for (const workBits of [MAX_ASKED_BITS + 1, -1, 1.5]) {
    const create = alice.groups.create({ name: "ops", kind: "public", join: "link", workBits });
    await rejects(world.done(create), (error: UserError) => {
      match(error.message, /0 to 22 bits/);
      return error instanceof UserError && error.kind === "usage";
    });
  }
  deepStrictEqual(await alice.groups.list(), []);
});
