/** A group whose messages are more than one commit of the store holds: it is read, and sealed anew. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

const test = worldTests(GroupWorld);

test("Messages of together 1 MiB are read by who joins, and history is revoked in a D2 group", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "link", keys: "d2" }),
  );
  const texts = Array.from({ length: 36 }, (_, i) => `${10 + i} ${"x".repeat(30_000)}`);
  for (const text of texts) await world.done(alice.groups.send({ group, text, waitMs: 0 }));
  const bob = await world.member("bob");
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(60_000);
  deepStrictEqual(await world.texts(bob, group), texts);
  await world.done(alice.groups.revokeHistory({ group, sinceNano: "0" }));
  await world.pass(60_000);
  const carol = await world.member("carol");
  await world.done(carol.groups.join({ link: invite }));
  await world.pass(60_000);
  for (const app of [alice, bob, carol]) {
    deepStrictEqual(await world.texts(app, group), texts);
    strictEqual((await app.groups.check({ group })).whole, true);
  }
});
