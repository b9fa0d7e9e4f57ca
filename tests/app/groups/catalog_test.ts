/** What a peer shows to strangers. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

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
