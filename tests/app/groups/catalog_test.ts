/** What a peer shows to strangers. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { whomToAsk } from "../../../lib/app/groups/joining/whom_to_ask.ts";
import { encodeChatFrame } from "../../../lib/chat/frame.ts";
import { NULL_PK } from "../../../lib/crypto/members.ts";
import { DESCRIBE_PORT } from "../../../lib/group/record/address.ts";
import { encodeCatalog } from "../../../lib/group/joining/admission.ts";
import { groupRecord } from "../../../lib/group/record/record.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);

test("A catalog has what its host lists, and its addresses lead in", async (world) => {
  const alice = await world.member("alice");
  await world.done(alice.groups.create({ name: "hidden", kind: "public", join: "link" }));
  const { group } = await world.done(
    alice.groups.create({ name: "news", kind: "channel", join: "link", listed: true }),
  );
  const bob = await world.member("bob");
  const { groups, truncated } = await world.done(bob.groups.catalog({ peer: alice.pk }));
  const address = `skychat://${alice.pk}/${group}`;
  deepStrictEqual([groups, truncated], [
    [{ id: group, name: "news", kind: "channel", policy: "open", powBits: 0, address }],
    false,
  ]);
  await world.done(bob.groups.join({ link: address }));
  await world.pass(5_000);
  strictEqual((await bob.groups.list())[0].status, "active");
  await rejects(world.done(bob.groups.catalog({ peer: `02${"ab".repeat(32)}` })));
});

test("Of a stranger's catalog what leads nowhere is left out, and what it makes up is cut", async (world) => {
  const [host, id] = [pairOf("mallory").pk, "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50"];
  const entry = {
    id,
    name: `${"n".repeat(63)}é`,
    groupKind: "market",
    policy: "pay",
    port: 61_234,
    powBits: 255,
    priceHint: "",
  };
  const entries = [{ ...entry, id: "" }, { ...entry, id: "../x" }, { ...entry, port: 0 }, entry, {
    ...entry,
    groupKind: "private",
  }];
  const listener = world.hub.client(host).listen(DESCRIBE_PORT);
  const served = (async () => {
    for await (const stream of listener) {
      await stream.write(encodeChatFrame(encodeCatalog({ host: NULL_PK, entries, truncated: false })));
      await stream.closeWrite();
    }
  })();
  world.atEnd(async () => {
    listener.close();
    await served;
  });
  const alice = await world.member("alice");
  const { groups } = await world.done(alice.groups.catalog({ peer: host }));
  const seen = { id, name: "n".repeat(63), powBits: 26, address: `skychat://${host}/${id}` };
  deepStrictEqual(groups, [{ ...seen, kind: "public", policy: "open" }, {
    ...seen,
    kind: "private",
    policy: "",
  }]);
});

Deno.test("Of the admins that a link names no one is asked who is nobody", () => {
  const [ALICE, BOB] = [pairOf("alice").pk, pairOf("bob").pk];
  const record = groupRecord({
    id: "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50",
    name: "ops",
    ownerPk: NULL_PK,
    port: 61_234,
    mode: "private",
    kind: "",
    role: "member",
    status: "pending",
    createdAt: 0n,
  });
  const asked = whomToAsk({ ...record, admissionPks: [NULL_PK, ALICE, BOB, NULL_PK] }, ALICE);
  deepStrictEqual(asked, [BOB]);
});

test("An invite leads to whoever of its admins answers, and to what it says itself when nobody does", async (world) => {
  const alice = await world.member("alice");
  const bob = await world.member("bob");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  await world.done(alice.groups.decide({ group, action: "add", peer: bob.pk }));
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(5_000);
  await world.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
  const { link } = await world.done(alice.groups.invite({ group }));
  await world.pass(5_000);
  const carol = await world.member("carol");
  const resolved = async () => await world.done(carol.groups.resolve({ link }));
  const by = async () => (({ host, from, name }) => [host, from, name])(await resolved());
  deepStrictEqual(await by(), [alice.pk, "host", "ops"]);
  await world.done(alice.close());
  deepStrictEqual(await by(), [bob.pk, "host", "ops"]);
  await world.done(bob.groups.decide({ group, action: "ban", peer: carol.pk }));
  await rejects(resolved(), /has banned us/);
  await world.done(bob.close());
  const { policy, ...told } = await resolved();
  deepStrictEqual([policy, told.host, told.from, told.name], ["", alice.pk, "link", "ops"]);
  deepStrictEqual(await carol.groups.list(), []);
  const address = `skychat://${bob.pk}/${group}`;
  await rejects(world.done(carol.groups.resolve({ link: address })), NetworkError);
});

test("An address at somebody who has no groups leads into none, and that is said", async (world) => {
  const [alice, bob] = [await world.member("alice"), await world.member("bob")];
  const link = `skychat://${alice.pk}/6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50`;
  const error = {
    reason: "refused",
    message: "Group 6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50 is not there: nobody whom the link names has it",
  };
  await rejects(world.done(bob.groups.resolve({ link })), error);
  await rejects(world.done(bob.groups.join({ link })), error);
});

test("Into a public group a promoted admin lets in as its founder does, and each member knows it", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("public", "bob", "carol");
  await world.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
  await world.pass(5_000);
  await world.done(alice.close());
  const { link } = await bob.groups.invite({ group });
  const { address } = await carol.groups.invite({ group });
  const dave = await world.member("dave");
  const policies: (readonly [string, string])[] = [];
  for (const [who, to] of [[carol, link], [dave, link], [dave, address]] as const) {
    const { policy, from } = await world.done(who.groups.resolve({ link: to }));
    policies.push([policy, from]);
  }
  deepStrictEqual(policies, [["open", "here"], ["open", "host"], ["open", "host"]]);
  await world.done(dave.groups.join({ link }));
  await world.pass(60_000);
  deepStrictEqual((await dave.groups.info({ group })).status, "active");
});

for (const [who, role] of [["bob", "admin"], ["carol", "member"]] as const) {
  test(`By the address of a ${role} one comes into the group of its founder`, async (world) => {
    const { group, apps: [alice, bob, carol] } = await world.group("public", "bob", "carol");
    await world.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
    await world.pass(5_000);
    const { address } = await (who === "bob" ? bob : carol).groups.invite({ group });
    const dave = await world.member("dave");
    await world.done(dave.groups.join({ link: address }));
    await world.pass(60_000);
    await world.done(alice.groups.decide({ group, action: "mute", peer: carol.pk }));
    await world.pass(60_000);
    const seen = async (app: typeof dave) =>
      (await app.groups.members({ group })).map(({ pk, role, muted }) => `${pk} ${role} ${muted}`).sort();
    deepStrictEqual(await seen(dave), await seen(alice));
    deepStrictEqual((await seen(dave)).length, 4);
  });
}
