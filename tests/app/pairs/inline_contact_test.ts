/** Signed invites to contacts as messages: looked at, refused, accepted, and over. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "../groups/group_world.ts";

const test = worldTests(GroupWorld);

class Talk {
  constructor(readonly world: GroupWorld) {}

  soon(ms: number): string {
    return new Date(Number(this.world.clock.wallNs() / 1_000_000n) + ms).toISOString();
  }

  async offer(from: LocalApp, to: LocalApp, uses: number, note = "it is alice", ms = 86_400_000) {
    const terms = { uses, expires: this.soon(ms), note };
    const sent = await this.world.done(
      from.overlays.sendInvite({ conversation: to.pk, waitMs: 2_000, peer: from.pk, terms }),
    );
    await this.world.pass(1_000);
    return sent;
  }

  async states(of: LocalApp, peer: string): Promise<string[]> {
    const { rows } = await this.world.done(of.overlays.invites({ conversation: peer }));
    return rows.map(({ state }) => state).reverse();
  }

  /** Answers the nth invite of a conversation, the oldest first. */
  async answer(of: LocalApp, peer: string, nth: number, answer: "accept" | "refuse"): Promise<string> {
    const { rows } = await of.overlays.invites({ conversation: peer });
    const { position } = rows.toReversed()[nth];
    const view = await this.world.done(of.overlays.answerInvite({ conversation: peer, position, answer }));
    return view.state;
  }
}

test("A signed invite to a contact in a conversation is refused, accepted later, and once", async (world) => {
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const talk = new Talk(world);
  const sent = await talk.offer(alice, bob, 1, "it is\nalice");
  strictEqual(sent.line, `[invite] a contact, ${alice.pk}: it is alice`);
  const [{ text }] = await bob.messages.history({ peer: alice.pk, limit: 1 });
  const [line, link, ...rest] = text.split("\n");
  // Any program shows the line; who has no signed invites finds the key in it.
  deepStrictEqual([line, rest], [sent.line, []]);
  const dials = world.hub.dials.length;
  const { rows: [{ offer }] } = await bob.overlays.invites({ conversation: alice.pk });
  deepStrictEqual([offer!.kind, offer!.signed!.uses, offer!.signed!.note], ["contact", 1, "it is\nalice"]);
  deepStrictEqual([await talk.states(alice, bob.pk), await talk.states(bob, alice.pk)], [["own"], ["new"]]);
  strictEqual(world.hub.dials.length, dials, "looking dials nobody");
  strictEqual(await talk.answer(bob, alice.pk, 0, "refuse"), "refused");
  await world.pass(120_000);
  deepStrictEqual(await talk.states(bob, alice.pk), ["refused"], "it stays so");
  strictEqual(await talk.answer(bob, alice.pk, 0, "accept"), "accepted");
  strictEqual(await talk.answer(bob, alice.pk, 0, "accept"), "accepted", "twice is once");
  deepStrictEqual(await talk.states(alice, bob.pk), ["used-up"]);
  const [{ link: issued, used }] = await alice.pairs.issuedInvites();
  deepStrictEqual([issued, used.length], [link, 1]);
  await rejects(talk.answer(bob, alice.pk, 0, "refuse"), /accepted already/);
});

test("A signed invite to a contact says which when it is over, and one that was passed on is the inviter's", async (world) => {
  const [alice, bob, carol] = [
    await world.member("alice"),
    await world.member("bob"),
    await world.member("carol"),
  ];
  const talk = new Talk(world);
  for (const [uses, ms] of [[1, 86_400_000], [5, 86_400_000], [5, 60_000]] as const) {
    await talk.offer(alice, bob, uses, "", ms);
  }
  const [, second, first] = await alice.pairs.issuedInvites();
  await world.done(carol.pairs.use({ link: first.link! }));
  await world.done(alice.pairs.revokeInvite({ invite: second.id }));
  await world.pass(60_000);
  deepStrictEqual(await talk.states(alice, bob.pk), ["used-up", "revoked", "expired"]);
  deepStrictEqual(await talk.states(bob, alice.pk), ["new", "new", "expired"], "looking asks nobody");
  strictEqual(await talk.answer(bob, alice.pk, 0, "accept"), "used-up");
  strictEqual(await talk.answer(bob, alice.pk, 1, "accept"), "revoked");
  await rejects(talk.answer(bob, alice.pk, 2, "accept"), /has expired/);
  await rejects(talk.answer(bob, alice.pk, 0, "accept"), /is used up/);
  deepStrictEqual(await talk.states(bob, alice.pk), ["used-up", "revoked", "expired"], "it is kept");
  // Carol passes one on: whose contact it makes is in its signature.
  const third = await world.done(alice.pairs.issueInvite({ uses: 1, expires: talk.soon(3_600_000) }));
  const to = { pk: bob.pk, port: 1 };
  await world.done(carol.messages.send({ to, text: `meet alice: ${third.link}`, waitMs: 2_000 }));
  await world.pass(1_000);
  strictEqual(await talk.answer(bob, carol.pk, 0, "accept"), "accepted");
  deepStrictEqual((await bob.pairs.list()).map(({ peer, status }) => [peer, status]), [[alice.pk, "active"]]);
});

test("What was asked for by an invite and refused then is no longer asked for", async (world) => {
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const talk = new Talk(world);
  await talk.offer(alice, bob, 1);
  world.hub.leave(alice.pk);
  strictEqual(await talk.answer(bob, alice.pk, 0, "accept"), "asked");
  strictEqual(await talk.answer(bob, alice.pk, 0, "refuse"), "refused");
  world.hub.back(alice.pk);
  await world.pass(180_000);
  deepStrictEqual([await talk.states(bob, alice.pk), await alice.pairs.list()], [["refused"], []]);
  strictEqual(await talk.answer(bob, alice.pk, 0, "accept"), "accepted");

  const { group } = await world.done(alice.groups.create({ name: "ops", kind: "private", join: "approval" }));
  await world.done(alice.overlays.sendInvite({ conversation: bob.pk, waitMs: 2_000, group }));
  await world.pass(1_000);
  strictEqual(await talk.answer(bob, alice.pk, 1, "accept"), "asked");
  strictEqual(await talk.answer(bob, alice.pk, 1, "refuse"), "refused");
  await world.done(alice.groups.decide({ group, action: "approve", peer: bob.pk }));
  await world.pass(180_000);
  deepStrictEqual(await talk.states(bob, alice.pk), ["accepted", "refused"], "a group's as well");
  await talk.answer(bob, alice.pk, 1, "accept");
  await world.pass(60_000);
  deepStrictEqual(await talk.states(bob, alice.pk), ["accepted", "accepted"]);
});

test("Nobody else's key is offered by an invite of ours, and a note with a link stays inside", async (world) => {
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const talk = new Talk(world);
  const carol = (await world.member("carol")).pk;
  const terms = { uses: 1, expires: talk.soon(3_600_000) };
  await rejects(
    world.done(alice.overlays.sendInvite({ conversation: bob.pk, waitMs: 2_000, peer: carol, terms })),
    /Only its own key/,
  );
  const sent = await talk.offer(alice, bob, 1, `not skychat://${carol}`);
  strictEqual(sent.line, `[invite] a contact, ${alice.pk}`);
  const { rows: [{ offer }] } = await bob.overlays.invites({ conversation: alice.pk });
  strictEqual(offer!.pk, alice.pk);
});

test("An invite in a conversation makes a pair again that its inviter has ended", async (world) => {
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const talk = new Talk(world);
  await talk.offer(alice, bob, 1);
  strictEqual(await talk.answer(bob, alice.pk, 0, "accept"), "accepted");
  await world.done(alice.pairs.remove({ peer: bob.pk }));
  await talk.offer(alice, bob, 1);
  strictEqual(await talk.answer(bob, alice.pk, 1, "accept"), "accepted");
  await world.pass(1_000);
  deepStrictEqual((await alice.pairs.list()).map(({ peer, status }) => [peer, status]), [[bob.pk, "active"]]);
});
