/** Signed invites to contacts, of whole apps: who is let in by one, who is not and is told why, and what outlives what. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { formatSkychatAddress } from "../../../lib/group/record/address.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { formatGoTime } from "../../../lib/wire/go_time.ts";
import { worldTests } from "../chat_world.ts";
import { FailingPlace, GroupWorld, pairOf } from "../groups/group_world.ts";

const test = worldTests(GroupWorld);
const HOUR_NS = 3_600_000_000_000n;
const ALICE = pairOf("alice").pk;

const issue = async (world: GroupWorld, app: LocalApp, uses: number, lastsNs = 48n * HOUR_NS) => {
  const expires = formatGoTime(world.clock.wallNs() + lastsNs);
  return await world.done(app.pairs.issueInvite({ uses, expires, note: "it is alice" }));
};
const pairs = async (app: LocalApp): Promise<unknown[]> =>
  (await app.pairs.list()).map(({ peer, status, invite }) => [peer, status, invite?.ended]);
const used = async (app: LocalApp): Promise<unknown[]> =>
  (await app.pairs.issuedInvites()).map(({ state, used }) => [state, used.map(({ pk }) => pk)]);

test("Of two who come at once by the last use of a contact invite one is paired, and the other told why not", async (world) => {
  const [alice, bob, carol] = [
    await world.member("alice"),
    await world.member("bob"),
    await world.member("carol"),
  ];
  const { link, state, atMost, onlyInviter } = await issue(world, alice, 1);
  deepStrictEqual([state, atMost, onlyInviter], ["open", 1, true]);
  const both = await world.done(
    Promise.all([bob.pairs.use({ link: link! }), carol.pairs.use({ link: link! })]),
  );
  deepStrictEqual(both.map(({ status }) => status).sort(), ["active", "denied"]);
  const [inside, outside] = both[0].status === "active" ? [bob, carol] : [carol, bob];
  deepStrictEqual(both.find(({ status }) => status === "denied")!.ended, "used-up");
  deepStrictEqual(await used(alice), [["used-up", [inside.pk]]]);
  deepStrictEqual(await pairs(alice), [[inside.pk, "active", undefined]]);
  deepStrictEqual(await pairs(inside), [[ALICE, "active", undefined]]);
  deepStrictEqual(await pairs(outside), [[ALICE, "denied", "used-up"]]);
  ok(
    (await alice.peers.list()).some(({ peer, accepted }) => peer === inside.pk && accepted),
    "it is accepted",
  );
  // Twice is once, also for another invite: nothing of that is used up.
  const more = await issue(world, alice, 1);
  for (const again of [link!, more.link!]) {
    strictEqual((await world.done(inside.pairs.use({ link: again }))).status, "active");
  }
  strictEqual((await alice.pairs.issuedInvites()).find(({ id }) => id === more.id)!.used.length, 0);
  // Another one lets the other in; then what was said before is forgotten.
  strictEqual((await world.done(outside.pairs.use({ link: more.link! }))).status, "active");
  deepStrictEqual(await pairs(outside), [[ALICE, "active", undefined]]);
  await world.done(outside.pairs.send({ peer: ALICE, text: "hello", waitMs: 20_000 }));
  await world.pass(5_000);
  strictEqual((await alice.messages.history({ peer: outside.pk, limit: 9 }))[0].text, "hello");
});

test("Who came by a contact invite and was removed does not come back by it", async (world) => {
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const { link } = await issue(world, alice, 5);
  await world.done(bob.pairs.use({ link: link! }));
  await world.done(alice.pairs.remove({ peer: bob.pk }));
  await world.done(bob.pairs.remove({ peer: ALICE }));
  const again = await world.done(bob.pairs.use({ link: link! }));
  deepStrictEqual([again.status, again.ended], ["denied", "used-up"]);
  await world.done(bob.pairs.remove({ peer: ALICE }));
  deepStrictEqual([await pairs(alice), await pairs(bob)], [[], []]);
});

test("A contact invite that is revoked or has expired says which, and nobody is asked when our clock knows", async (world) => {
  const rows = emptyRows();
  const [alice, bob, carol] = [
    await world.member("alice", rows),
    await world.member("bob"),
    await world.member("carol"),
  ];
  const [first, second] = [await issue(world, alice, 5), await issue(world, alice, 5, HOUR_NS)];
  await world.done(bob.pairs.use({ link: first.link! }));
  await world.done(alice.pairs.revokeInvite({ invite: first.id }));
  await rejects(world.done(alice.pairs.revokeInvite({ invite: first.id })), /nothing changes/);
  await rejects(world.done(alice.pairs.revokeInvite({ invite: "0".repeat(32) })), /no invite/);
  const revoked = await world.done(carol.pairs.use({ link: first.link! }));
  deepStrictEqual([revoked.status, revoked.ended, revoked.sent], ["denied", "revoked", true]);
  deepStrictEqual(await pairs(alice), [[bob.pk, "active", undefined]], "who came by it stays");
  for (const app of [alice, bob, carol]) await world.done(app.close());
  for (const { pk } of [alice, bob, carol]) world.hub.crash(pk);
  await world.clock.advance(3_700_000);
  const dora = await world.member("dora");
  const expired = await world.done(dora.pairs.use({ link: second.link! }));
  deepStrictEqual([expired.status, expired.ended, expired.sent], ["denied", "expired", false]);
  const later = await world.member("alice", rows);
  const [newest, older] = await later.pairs.issuedInvites();
  deepStrictEqual([newest.state, older.state, older.revokedBy], ["expired", "revoked", ALICE]);
  await world.done(later.close());
  await world.done(dora.close());
  world.hub.crash(ALICE);
  await world.clock.advance(25 * 3_600_000);
  const last = await world.member("alice", rows);
  deepStrictEqual((await last.pairs.issuedInvites()).map(({ id }) => id), [first.id], "a day behind its end");
});

test("An inviter that was killed behind each step lets in once, and its answer comes in the end", async (world) => {
  const rows = emptyRows();
  const disk = new FailingPlace();
  const alice = await world.member("alice", rows, (place) => disk.around(place));
  const [bob, carol] = [await world.member("bob"), await world.member("carol")];
  const { link } = await issue(world, alice, 1);
  // Nothing is kept and nothing said; bob goes on asking.
  disk.does = "fails";
  strictEqual((await world.done(bob.pairs.use({ link: link! }))).status, "pending");
  deepStrictEqual(await pairs(bob), [[ALICE, "pending", undefined]]);
  disk.does = "works";
  // It is away: somebody else waits too.
  world.hub.leave(ALICE);
  await world.done(alice.close());
  strictEqual((await world.done(carol.pairs.use({ link: link! }))).status, "pending");
  world.hub.crash(ALICE);
  const again = await world.member("alice", rows);
  world.hub.back(ALICE);
  await world.pass(180_000);
  const states = [await pairs(bob), await pairs(carol)].flat().sort();
  strictEqual(states.filter((one) => (one as string[])[1] === "active").length, 1, JSON.stringify(states));
  strictEqual(states.filter((one) => (one as string[])[2] === "used-up").length, 1, JSON.stringify(states));
  const [kept] = await again.pairs.issuedInvites();
  deepStrictEqual([kept.state, kept.used.length, kept.link], ["used-up", 1, link]);
});

test("Who asked by a contact invite hears the answer in another process, and an end that never came a day later", async (world) => {
  const rows = emptyRows();
  const alice = await world.member("alice");
  const bob = await world.member("bob", rows);
  const { link } = await issue(world, alice, 1);
  world.hub.leave(ALICE);
  const first = await world.done(bob.pairs.use({ link: link! }));
  deepStrictEqual([first.status, first.sent], ["pending", false]);
  await world.done(bob.close());
  world.hub.crash(bob.pk);
  const again = await world.member("bob", rows);
  strictEqual((await again.pairs.list())[0].invite!.id, (await alice.pairs.issuedInvites())[0].id);
  world.hub.back(ALICE);
  await world.pass(120_000);
  deepStrictEqual(await pairs(again), [[ALICE, "active", undefined]]);

  const carolRows = emptyRows();
  const carol = await world.member("carol", carolRows);
  const short = await issue(world, alice, 1, HOUR_NS);
  world.hub.leave(ALICE);
  await world.done(carol.pairs.use({ link: short.link! }));
  for (const app of [alice, again, carol]) await world.done(app.close());
  world.hub.crash(carol.pk);
  await world.clock.advance(26 * 3_600_000);
  const later = await world.member("carol", carolRows);
  await world.pass(61_000);
  deepStrictEqual(await pairs(later), [[ALICE, "denied", "expired"]]);
});

test("What is no invite of ours waits for our word, and what no contact invite may say is refused", async (world) => {
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const carol = await world.member("carol");
  const theirs = await issue(world, carol, 1);
  // A link of somebody else's, shown at the wrong door.
  await world.done(bob.pairs.add({ peer: carol.pk }));
  await world.pass(1_000);
  deepStrictEqual(await pairs(carol), [[bob.pk, "invited", undefined]]);
  // Who was asked by hand and comes by an invite is let in by that.
  strictEqual((await world.done(bob.pairs.use({ link: theirs.link! }))).status, "active");
  deepStrictEqual(await pairs(carol), [[bob.pk, "active", undefined]]);

  const { group } = await world.done(alice.groups.create({ name: "ops", kind: "public", join: "approval" }));
  const expires = formatGoTime(world.clock.wallNs() + HOUR_NS);
  const toGroup = (await world.done(alice.groups.issueInvite({ group, uses: 1, expires }))).link!;
  const own = await issue(world, alice, 1);
  await rejects(world.done(bob.pairs.use({ link: toGroup })), /to group "ops", not to a person/);
  await rejects(world.done(bob.pairs.use({ link: formatSkychatAddress({ pk: ALICE }) })), /can't be used/);
  await rejects(world.done(bob.pairs.use({ link: `${own.link!.slice(0, -4)}AAAA` })), /was changed|damaged/);
  await rejects(world.done(alice.pairs.use({ link: own.link! })), /our own/);
  await rejects(world.done(bob.groups.join({ link: own.link! })), /invite of a person/);
  await bob.peers.decide({ peer: ALICE, blocked: true });
  await rejects(world.done(bob.pairs.use({ link: own.link! })), /is blocked/);
  for (const uses of [0, 101]) await rejects(issue(world, alice, uses), /1 to 100/);
  await rejects(issue(world, alice, 1, 367n * 24n * HOUR_NS), /366 days/);
  for (let i = 1; i < 32; i++) await issue(world, alice, 1);
  await rejects(issue(world, alice, 1), /32 invites to us are open/);
});

test("Who comes by a contact invite is heard like anybody who was accepted, also behind what came before", async (world) => {
  const alice = await world.open("alice", {
    own: pairOf("alice"),
    resident: true,
    settings: { acceptFirst: true },
  });
  const bob = await world.member("bob");
  const say = async (text: string) =>
    (await world.done(bob.messages.send({ to: { pk: ALICE, port: 1 }, text, waitMs: 2_000 }))).state;
  for (let i = 0; i < 21; i++) await say(`before ${i}`).catch(() => "refused");
  const heard = async () => (await alice.messages.history({ peer: bob.pk, limit: 99 })).length;
  strictEqual(await heard(), 20, "a stranger is heard a little");
  const { link } = await issue(world, alice, 1);
  strictEqual((await world.done(bob.pairs.use({ link: link! }))).status, "active");
  await say("after");
  strictEqual(await heard(), 21);
});

test("Whoever sees a contact invite comes by it, and a store that has lost it lets nobody in", async (world) => {
  const alice = await world.member("alice");
  const { link } = await issue(world, alice, 5); // meant for bob
  const mallory = await world.member("mallory");
  strictEqual((await world.done(mallory.pairs.use({ link: link! }))).status, "active");
  await world.done(alice.close());
  world.hub.crash(ALICE);
  const other = await world.member("alice");
  deepStrictEqual(await other.pairs.issuedInvites(), []);
  const bob = await world.member("bob");
  strictEqual((await world.done(bob.pairs.use({ link: link! }))).ended, "revoked");
});

test("A pair that the inviter has ended is one again by a new invite, also where that is not known", async (world) => {
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const [first, second] = [await issue(world, alice, 1), await issue(world, alice, 1)];
  await world.done(bob.pairs.use({ link: first.link! }));
  await world.done(alice.pairs.remove({ peer: bob.pk }));
  deepStrictEqual([await pairs(alice), await pairs(bob)], [[], [[ALICE, "active", undefined]]]);
  strictEqual((await world.done(bob.pairs.use({ link: second.link! }))).status, "active");
  await world.pass(5_000);
  deepStrictEqual(await pairs(alice), [[bob.pk, "active", undefined]]);
  await world.done(bob.pairs.send({ peer: ALICE, text: "here again", waitMs: 20_000 }));
  await world.pass(5_000);
  strictEqual((await alice.messages.history({ peer: bob.pk, limit: 9 })).at(0)?.text, "here again");
});
