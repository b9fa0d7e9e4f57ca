/** Who restarted, and who is proven to have said two things in one place: a line in the conversation, once. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { curveSigner } from "../../../lib/group/talk/signer.ts";
import { bundleLines } from "../../../lib/group/threads/bundle.ts";
import { encodeFork, forkPath, makeFork } from "../../../lib/group/threads/fork.ts";
import { restOf, threadHash } from "../../../lib/group/threads/thread.ts";
import { bareThread } from "../../../lib/group/threads/thread.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);

const notices = async (world: GroupWorld, app: LocalApp, group: string): Promise<unknown[]> => {
  const messages = await world.done(app.messages.history({ peer: group, limit: 99 }));
  return messages.filter(({ reason }) => reason !== undefined)
    .map(({ sender, reason, text, outgoing }) => [sender, reason, text.split(":")[0], outgoing]);
};

test("A member that comes back with an older disk is told of, once and to itself too", async (world) => {
  const rows = emptyRows();
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "public", join: "link" }),
  );
  const first = await world.member("bob", rows);
  await world.done(first.groups.join({ link: invite }));
  await world.pass(5_000);
  await world.done(first.groups.send({ group, text: "one", waitMs: 5_000 }));
  await world.done(first.close());
  const old = { rows: new Map(rows.rows), writes: rows.writes };
  const second = await world.member("bob", rows);
  await world.done(second.groups.send({ group, text: "two", waitMs: 5_000 }));
  await world.done(second.close());
  deepStrictEqual(await notices(world, alice, group), []);
  const third = await world.member("bob", old);
  await world.done(third.groups.send({ group, text: "three", waitMs: 5_000 }));
  await world.pass(60_000);
  const told = [[pairOf("bob").pk, "restarted", "restarted without what it had said before", false]];
  deepStrictEqual(await notices(world, alice, group), told);
  deepStrictEqual(await notices(world, third, group), told);
});

test("A proof that somebody said two things in one place is told with its number", async (world) => {
  const { group, apps: [alice] } = await world.group("public", "bob");
  const bob = pairOf("bob");
  const place = { inc: "00000000000000aa", seq: 7n };
  const said = (byte: number) => {
    const thread = bareThread(group, place);
    const leaf = { author: bob.pk, counter: 1n, digest: new Uint8Array(32).fill(byte) };
    const rest = restOf(thread, leaf);
    const hash = threadHash(group, bob.pk, place, rest)!;
    return { rest, signature: curveSigner.sign(bob.secret, hash) };
  };
  const fork = makeFork(group, bob.pk, place, [said(1), said(2)]);
  const [, ...leaves] = bundleLines(group, [{ path: forkPath(bob.pk), value: encodeFork(fork) }]);
  for (let i = 0; i < 2; i++) await world.done(alice.groups.unbundle({ group, leaves }));
  await world.pass(40_000);
  deepStrictEqual(await notices(world, alice, group), [
    [bob.pk, "forked", "said two different things under one number (7)", false],
  ]);
  strictEqual((await world.done(alice.groups.check({ group }))).whole, false);
});
