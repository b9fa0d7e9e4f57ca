/**
 * What holds for every {@link Groups}, however it is made.
 *
 * @module
 */
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { type Define, kind, texts, until, WAIT_MS } from "./support.ts";

const NOBODY = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";

/** Defines the tests. */
export function groupsContract(test: Define): void {
  test("founds a group, lets somebody in, and carries what both say", async ({ alice, bob }) => {
    const { group, invite } = await alice.groups.create({ name: "ops", kind: "private", join: "link" });
    match(invite, /^skychat:invite:/);
    const { link, address } = await alice.groups.invite({ group });
    deepStrictEqual([link, address], [invite, `skychat://${alice.pk}/${group}`]);
    strictEqual((await bob.groups.join({ link, note: "it's bob" })).group, group);
    await until(async () => (await bob.groups.list())[0].status === "active");
    await until(async () => (await alice.groups.list())[0].members === 2);
    const report = await bob.groups.send({ group, text: "hello", waitMs: WAIT_MS });
    ok(report.state === "kept-by-others" && report.evidence[0].pk === alice.pk && report.position === 1);
    const known = await bob.groups.evidence({ group, id: report.id });
    ok(known.some(({ pk, by, ts }) => pk === alice.pk && by !== undefined && ts !== ""));
    deepStrictEqual(await bob.groups.evidence({ group, id: `${bob.pk}/1` }), []);
    const reading = await bob.groups.read({ group, waitMs: WAIT_MS });
    deepStrictEqual(reading, { read: [alice.pk], unread: [], away: [], waiting: 0 });
    const ours = async () => (await bob.messages.history({ peer: group, limit: 9 }))[0].state;
    await until(async () => await ours() === "received");
    await until(async () => (await alice.messages.history({ peer: group, limit: 9 })).length === 1);
    const [{ sender, via, text }] = await alice.messages.history({ peer: group, limit: 9 });
    deepStrictEqual([sender, via, text], [bob.pk, "group", "hello"]);
    deepStrictEqual((await alice.groups.members({ group })).map(({ role }) => role).sort(), [
      "founder",
      "member",
    ]);
    await bob.groups.unsend({ group, tsNano: report.tsNano });
    await until(async () => (await alice.messages.history({ peer: group, limit: 9 }))[0].state === "deleted");
  });

  test("shows what a link or an address leads to, and joins nothing", async ({ alice, bob }) => {
    const { group, invite } = await alice.groups.create({ name: "ops", kind: "private", join: "approval" });
    const { address } = await alice.groups.invite({ group });
    const { port } = await alice.groups.info({ group }) as { port: number };
    const offer = { group, name: "ops", kind: "private", port, powBits: 0, readOnly: false, priceHint: "" };
    const asked = { ...offer, policy: "approval", host: alice.pk, from: "host" };
    deepStrictEqual(await bob.groups.resolve({ link: address }), asked);
    deepStrictEqual(await bob.groups.resolve({ link: invite }), asked);
    deepStrictEqual(await bob.groups.list(), []);
    deepStrictEqual(await alice.groups.resolve({ link: address }), {
      ...asked,
      from: "here",
      status: "active",
    });
    const elsewhere = `skychat://${alice.pk}/${NOBODY}`;
    await rejects(bob.groups.resolve({ link: elsewhere }), kind("refused"));
    await rejects(bob.groups.resolve({ link: `skychat://${alice.pk}` }), kind("usage"));
    await rejects(bob.groups.resolve({ link: "ops" }), kind("usage"));
  });

  test("issues a signed invite, lets somebody in by it, shows and revokes it", async ({ alice, bob }) => {
    const { group } = await alice.groups.create({ name: "ops", kind: "private", join: "approval" });
    const expires = new Date(Date.now() + 86_400_000).toISOString();
    const { link, id, state, uses } = await alice.groups.issueInvite({ group, uses: 2, expires, note: "hi" });
    deepStrictEqual([state, uses], ["open", 2]);
    strictEqual((await bob.groups.join({ link: link! })).group, group);
    await until(async () => (await bob.groups.list())[0].status === "active");
    const [shown] = await alice.groups.issuedInvites({ group });
    deepStrictEqual([shown.id, shown.link, shown.note, shown.used.map(({ pk }) => pk)], [id, link, "hi", [
      bob.pk,
    ]]);
    await alice.groups.revokeInvite({ group, invite: id });
    await rejects(alice.groups.revokeInvite({ group, invite: id }), kind("usage"));
    strictEqual((await alice.groups.issuedInvites({ group }))[0].state, "revoked");
  });

  test("has one code path for what is said with peers and in groups", async ({ alice, bob }, send) => {
    const { group, invite } = await alice.groups.create({ name: "ops", kind: "public", join: "link" });
    await bob.groups.join({ link: invite });
    await until(async () => (await bob.groups.list())[0].status === "active");
    await alice.groups.send({ group, text: "alpha in the group", waitMs: WAIT_MS });
    await send("alpha to bob");
    await until(async () => (await bob.messages.conversations()).length === 2);
    const unread = (await bob.messages.conversations()).map(({ peer, unread }) => [peer, unread]);
    deepStrictEqual(Object.fromEntries(unread), { [alice.pk]: 1, [group]: 1 });
    strictEqual((await bob.node.status()).unread, 2);
    deepStrictEqual(texts(await bob.messages.search({ text: "ALPHA", limit: 9 })).sort(), [
      "alpha in the group",
      "alpha to bob",
    ]);
    deepStrictEqual(texts(await bob.messages.search({ text: "alpha", peer: group, limit: 9 })), [
      "alpha in the group",
    ]);
    await bob.messages.markRead({ peer: group });
    strictEqual((await bob.node.status()).unread, 1);
    await rejects(bob.messages.forget({ peer: group }), kind("usage"));
    await alice.messages.remove({ peer: group, position: 1, everywhere: true });
    await until(async () =>
      (await bob.messages.history({ peer: group, limit: 9 })).every(({ state }) => state === "deleted")
    );
  });

  test("says what each member has, and gives and takes a group as lines", async ({ alice, bob }) => {
    const { group, invite } = await alice.groups.create({ name: "ops", kind: "private", join: "link" });
    await bob.groups.join({ link: invite });
    await until(async () => (await bob.groups.list())[0].status === "active");
    await alice.groups.send({ group, text: "one", waitMs: WAIT_MS });
    await until(async () => (await bob.messages.history({ peer: group, limit: 9 })).length === 1);
    await bob.groups.send({ group, text: "two", waitMs: WAIT_MS });
    await until(async () =>
      (await alice.groups.check({ group })).members.some(({ pk, has }) => pk === bob.pk && has)
    );
    const { whole, key, members } = await alice.groups.check({ group });
    deepStrictEqual([whole, key?.epoch], [true, "0"]);
    const [theirs] = members.filter(({ pk }) => pk === bob.pk);
    deepStrictEqual([theirs.has?.seq, theirs.hasNewest, theirs.last?.seq, theirs.holes], [
      "1",
      true,
      "1",
      [],
    ]);
    const [, ...leaves] = await alice.groups.bundle({ group });
    ok(leaves.length > 2);
    for (let i = 0; i < 2; i++) await bob.groups.unbundle({ group, leaves });
    strictEqual((await bob.messages.history({ peer: group, limit: 9 })).length, 2);
    await rejects(bob.groups.unbundle({ group, leaves: ["{}"] }), kind("usage"));
    await rejects(alice.groups.check({ group: NOBODY }), kind("usage"));
  });

  test("refuses what may not be decided, and says what a group is not", async ({ alice, bob }) => {
    const { group, invite } = await alice.groups.create({ name: "ops", kind: "public", join: "link" });
    await bob.groups.join({ link: invite });
    await until(async () => (await bob.groups.list())[0].status === "active");
    await rejects(bob.groups.decide({ group, action: "mute", peer: alice.pk }), kind("refused"));
    await rejects(bob.groups.rename({ group, name: "mine" }), kind("refused"));
    await rejects(alice.groups.rotateKey({ group }), kind("usage"));
    await rejects(alice.groups.info({ group: NOBODY }), kind("usage"));
    // A link that names many admins is long.
    await rejects(bob.groups.join({ link: `skychat:invite:${"A".repeat(30_000)}` }), /can't be used/);
    await rejects(alice.groups.create({ name: "", kind: "public", join: "link" }), kind("usage"));
    await alice.groups.rename({ group, name: "crew" });
    strictEqual((await alice.groups.info({ group })).name, "crew");
    deepStrictEqual(await alice.groups.requests({ group }), []);
    await bob.groups.leave({ group });
    strictEqual((await bob.groups.list())[0].status, "left");
    await bob.groups.drop({ group });
    deepStrictEqual(await bob.groups.list(), []);
  });
}
