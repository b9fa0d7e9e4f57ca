/** Signed invites of whole apps: who comes in by one, who does not and is told why, and what is kept of it. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { formatGoTime } from "../../../lib/wire/go_time.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);
const DAY_NS = 86_400_000_000_000n;

/** A group of alice's into which nobody comes without an admin or an invite, and one of these. */
async function founded(world: GroupWorld, uses: number, days = 2n) {
  const alice = await world.member("alice");
  const { group } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const expires = formatGoTime(world.clock.wallNs() + days * DAY_NS);
  const invite = await world.done(alice.groups.issueInvite({ group, uses, expires, note: "mind the step" }));
  return { alice, group, invite, link: invite.link! };
}

const standing = async (app: LocalApp): Promise<unknown[]> =>
  (await app.groups.list()).map(({ status, invite }) => [status, invite?.ended]);

test("A signed invite lets in as many as it says; the next one is told that it is used up", async (world) => {
  const { alice, group, invite, link } = await founded(world, 1);
  strictEqual(invite.state, "open");
  ok(!link.includes("skychat:"));
  const [bob, carol] = [await world.member("bob"), await world.member("carol")];
  strictEqual((await world.done(bob.groups.join({ link }))).group, group);
  await world.pass(5_000);
  deepStrictEqual(await standing(bob), [["active", undefined]]);
  deepStrictEqual(await world.done(bob.groups.join({ link })), { group, status: "active" });
  deepStrictEqual(await world.done(carol.groups.join({ link })), {
    group,
    status: "denied",
    ended: "used-up",
  });
  deepStrictEqual(await standing(carol), [["denied", "used-up"]]);
  const [shown] = await alice.groups.issuedInvites({ group });
  deepStrictEqual([shown.state, shown.uses, shown.used.map(({ pk }) => pk)], ["used-up", 1, [
    pairOf("bob").pk,
  ]]);
  deepStrictEqual([shown.note, shown.link, shown.atMost], ["mind the step", link, 1]);
  // Another invite, and it is let in.
  const expires = formatGoTime(world.clock.wallNs() + DAY_NS);
  const more = await world.done(alice.groups.issueInvite({ group, uses: 2, expires }));
  await world.done(carol.groups.join({ link: more.link! }));
  await world.pass(5_000);
  deepStrictEqual(await standing(carol), [["active", undefined]]);
});

test("A revoked invite says so, at another admin too, and one that is over is not even asked about", async (world) => {
  const { alice, group, link: first } = await founded(world, 5);
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link: first }));
  await world.pass(5_000);
  await world.done(alice.groups.decide({ group, action: "promote", peer: pairOf("bob").pk }));
  const expires = formatGoTime(world.clock.wallNs() + 2n * DAY_NS);
  const link = (await world.done(alice.groups.issueInvite({ group, uses: 5, expires }))).link!; // it names bob
  const soon = formatGoTime(world.clock.wallNs() + 30_000_000_000n);
  const short = await world.done(alice.groups.issueInvite({ group, uses: 5, expires: soon }));
  await world.pass(5_000);
  const known = (await bob.groups.issuedInvites({ group })).find(({ expires: end }) => end === expires)!;
  deepStrictEqual([known.inviter, known.link, known.state], [pairOf("alice").pk, undefined, "open"]);
  await world.done(bob.groups.revokeInvite({ group, invite: known.id }));
  await rejects(world.done(bob.groups.revokeInvite({ group, invite: known.id })), /nothing changes/);
  await world.pass(5_000);
  await world.done(alice.close());
  const carol = await world.member("carol");
  await world.done(carol.groups.join({ link }));
  await world.pass(120_000); // the founder is away: others are asked
  deepStrictEqual(await standing(carol), [["denied", "revoked"]]);
  const dora = await world.member("dora");
  deepStrictEqual(await world.done(dora.groups.join({ link: short.link! })), {
    group,
    status: "denied",
    ended: "expired",
  });
  deepStrictEqual(await dora.groups.list(), [], "nobody was asked and nothing is kept");
});

test("What was issued outlives a restart with its link, and is revoked then", async (world) => {
  const rows = emptyRows();
  const alice = await world.member("alice", rows);
  const { group } = await world.done(alice.groups.create({ name: "ops", kind: "public", join: "approval" }));
  const expires = formatGoTime(world.clock.wallNs() + 3_600_000_000_000n);
  const { link, id } = await world.done(alice.groups.issueInvite({ group, uses: 3, expires }));
  await world.done(alice.close());
  const again = await world.member("alice", rows);
  const [kept] = await world.done(again.groups.issuedInvites({ group }));
  deepStrictEqual([kept.id, kept.link, kept.state], [id, link, "open"]);
  await world.done(again.groups.revokeInvite({ group, invite: id }));
  strictEqual((await again.groups.issuedInvites({ group }))[0].state, "revoked");
  deepStrictEqual((await again.groups.issuedInvites({ group }))[0].revokedBy, pairOf("alice").pk);
});

test("What no invite may say is refused, and who does not decide issues none", async (world) => {
  const { alice, group, link } = await founded(world, 1);
  const now = world.clock.wallNs();
  const terms = { group, uses: 1, expires: formatGoTime(now + DAY_NS) };
  const bad: [object, RegExp][] = [
    [{ uses: 0 }, /1 to 100/],
    [{ uses: 101 }, /1 to 100/],
    [{ expires: formatGoTime(now) }, /over before/],
    [{ expires: formatGoTime(now + 367n * DAY_NS) }, /366 days/],
    [{ note: "n".repeat(281) }, /too long/],
  ];
  for (const [change, says] of bad) {
    await rejects(world.done(alice.groups.issueInvite({ ...terms, ...change })), says);
  }
  const bob = await world.member("bob");
  await rejects(world.done(bob.groups.join({ link: `${link.slice(0, -4)}AAAA` })), /was changed|damaged/);
  await world.done(bob.groups.join({ link }));
  await world.pass(5_000);
  await rejects(world.done(bob.groups.issueInvite(terms)), /not an admin/);
});
