/** A founder who has left: it is told that what it decides is heard by nobody, and comes back as it was. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);

test("Who has left decides nothing, and what was refused is not done when it is back", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("private", "bob", "carol");
  const { link } = await alice.groups.invite({ group });
  const terms = { uses: 1, expiresMs: 60_000 };
  const kept = await world.done(alice.groups.decide({ group, action: "mute", peer: carol.pk, key: "k" }));
  await world.pass(5_000);
  await world.done(alice.groups.leave({ group }));
  await world.pass(5_000);
  const acts: Record<string, () => Promise<unknown>> = {
    ban: () => alice.groups.decide({ group, action: "ban", peer: bob.pk }),
    approve: () => alice.groups.decide({ group, action: "approve", peer: bob.pk }),
    deny: () => alice.groups.decide({ group, action: "deny", peer: bob.pk }),
    "read-only": () => alice.groups.decide({ group, action: "read-only" }),
    rotate: () => alice.groups.rotateKey({ group }),
    hold: () => alice.groups.nameHolder({ group, holder: `02${"ab".repeat(32)}` }),
    "signed invite": () => alice.groups.issueInvite({ group, ...terms } as never),
    invite: () => alice.groups.invite({ group }),
    rename: () => alice.groups.rename({ group, name: "operations" }),
  };
  for (const [name, act] of Object.entries(acts)) {
    const isRefusal = (error: unknown) =>
      error instanceof UserError && error.kind === "refused" && /not a member/.test(error.message);
    await rejects(world.done(act()), isRefusal, name);
  }
  // What was done under a key before is told again.
  const again = world.done(alice.groups.decide({ group, action: "mute", peer: carol.pk, key: "k" }));
  strictEqual(await again, kept);
  await world.done(alice.groups.join({ link }));
  await world.pass(60_000);
  const members = await bob.groups.members({ group });
  deepStrictEqual(members.map(({ pk }) => pk).sort(), [alice.pk, bob.pk, carol.pk].sort());
  strictEqual((await bob.groups.info({ group })).read_only, undefined);
  await world.done(alice.groups.decide({ group, action: "ban", peer: bob.pk }));
});

test("Who was removed, banned or denied hands out no link; who still waits passes on the one it has", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const [bob, carol, dave] = await Promise.all(["bob", "carol", "dave"].map((name) => world.member(name)));
  for (const who of [bob, carol, dave]) await world.done(who.groups.join({ link: invite }));
  for (const peer of [bob.pk, carol.pk]) {
    await world.done(alice.groups.decide({ group, action: "approve", peer }));
  }
  await world.pass(60_000);
  const status = async (app: typeof alice) => (await app.groups.info({ group })).status;
  deepStrictEqual(await Promise.all([bob, carol, dave].map(status)), [
    "active",
    "active",
    "awaiting_approval",
  ]);
  for (const who of [bob, dave]) strictEqual((await who.groups.invite({ group })).link.length > 0, true);
  await world.done(alice.groups.decide({ group, action: "remove", peer: bob.pk }));
  await world.done(alice.groups.decide({ group, action: "ban", peer: carol.pk }));
  await world.done(alice.groups.decide({ group, action: "deny", peer: dave.pk }));
  await world.pass(60_000);
  deepStrictEqual(await Promise.all([bob, carol, dave].map(status)), ["revoked", "banned", "denied"]);
  for (const who of [bob, carol, dave]) {
    await rejects(who.groups.invite({ group }), { kind: "refused", message: 'Group "ops": not a member' });
  }
});

test("Who was removed, dropped the group and is in again takes what it once read as sealed, and all that follows", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  await world.done(alice.groups.send({ group, text: "one", waitMs: 5_000 }));
  await world.pass(2_000);
  deepStrictEqual(await world.texts(bob, group), ["one"]);
  await world.done(alice.groups.decide({ group, action: "remove", peer: bob.pk }));
  await world.pass(5_000);
  await world.done(bob.groups.drop({ group }));
  await world.done(alice.groups.decide({ group, action: "add", peer: bob.pk }));
  await world.done(alice.groups.send({ group, text: "two", waitMs: 0 }));
  const { link } = await alice.groups.invite({ group, withKey: false });
  await world.done(bob.groups.join({ link }));
  await world.pass(60_000);
  const messages = await world.done(bob.messages.history({ peer: group, limit: 10, asSaid: true }));
  deepStrictEqual(messages.map(({ text, reason }) => reason ?? text), ["sealed", "two"]);
});

test("A program that ends while it leaves a group speaks for it no more", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "public", join: "link" }),
  );
  const problems: string[] = [];
  const onProblem = ({ message }: Error) => void problems.push(message);
  const bob = await world.open("bob", { own: pairOf("bob"), resident: true, onProblem });
  await world.done(bob.groups.join({ link: invite }));
  await world.pass(5_000);
  const leaving = bob.groups.leave({ group }).then(() => "left", ({ name }) => name);
  await world.done(bob.close());
  strictEqual(await world.done(leaving), "AbortError");
  await world.pass(60_000);
  deepStrictEqual(problems, []);
});

for (const keys of [undefined, "d2"] as const) {
  test(`What one said and can no longer open stays sealed through a restart: keys ${keys ?? "of Go"}`, async (world) => {
    const alice = await world.member("alice");
    const asked = { name: "ops", kind: "private", join: "link", keys } as const;
    const { group, invite } = await world.done(alice.groups.create(asked));
    const rows = emptyRows();
    const before = await world.member("bob", rows);
    await world.done(before.groups.join({ link: invite }));
    await world.pass(40_000);
    await world.done(before.groups.send({ group, text: "mine", waitMs: 5_000 }));
    await world.done(alice.groups.decide({ group, action: "remove", peer: before.pk }));
    await world.pass(5_000);
    await world.done(before.groups.drop({ group }));
    await world.done(alice.groups.decide({ group, action: "add", peer: before.pk }));
    const { link } = await alice.groups.invite({ group, withKey: false });
    await world.done(before.groups.join({ link }));
    await world.pass(60_000);
    await world.done(before.close());
    const bob = await world.member("bob", rows);
    await world.pass(60_000);
    const messages = await world.done(bob.messages.history({ peer: group, limit: 10 }));
    deepStrictEqual(messages.map(({ text, reason, outgoing }) => [text, reason, outgoing]), [[
      "",
      "sealed",
      true,
    ]]);
  });
}

test("Who leaves, drops and joins a group twice at once does it once, and nothing is left open", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "public", join: "link" }),
  );
  const bob = await world.member("bob");
  const twice = async (act: () => Promise<unknown>): Promise<string[]> => {
    const both = [act(), act()].map((one) => one.then(() => "done", (error: Error) => error.message));
    return await world.done(Promise.all(both));
  };
  const standing = async () => (await bob.groups.list()).map(({ status }) => status);
  deepStrictEqual(await twice(() => bob.groups.join({ link: invite })), ["done", "done"]);
  await world.pass(10_000);
  deepStrictEqual(await standing(), ["active"]);
  deepStrictEqual(await twice(() => bob.groups.leave({ group })), ["done", "done"]);
  deepStrictEqual(await standing(), ["left"]);
  deepStrictEqual(await twice(() => bob.groups.drop({ group })), ["done", `There is no group ${group}`]);
  deepStrictEqual(await standing(), []);
  await world.done(bob.close());
  await world.done(alice.close());
  strictEqual(world.clock.nextTimerMs, undefined);
});
