/** Who was let in while no program of it was there says something: it asks by itself, and then speaks. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { party } from "../local/pair.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);

for (const kind of ["private", "d2"] as const) {
  test(`A command that was let in meanwhile speaks without another join (${kind})`, async (world) => {
    const alice = await world.member("alice");
    const { group, invite } = await world.done(
      alice.groups.create({
        name: "ops",
        kind: "private",
        join: "approval",
        ...(kind === "d2" ? { keys: "d2" } : {}),
      }),
    );
    const rows = emptyRows();
    const command = () => world.open("bob", { own: pairOf("bob"), resident: false, rows });
    const asks = await command();
    strictEqual((await world.done(asks.groups.join({ link: invite }))).status, "awaiting_approval");
    await world.done(asks.close());

    const early = await command();
    const notYet = { kind: "refused", message: 'Group "ops": not let in yet', hint: /group approve/ };
    await rejects(world.done(early.groups.send({ group, text: "too early", waitMs: 3_000 })), notYet);
    await rejects(world.done(early.groups.read({ group, waitMs: 3_000 })), notYet);
    world.hub.leave(alice.pk);
    await rejects(world.done(early.groups.send({ group, text: "nobody there", waitMs: 3_000 })), notYet);
    world.hub.back(alice.pk);
    await world.done(early.close());

    await world.done(alice.groups.decide({ group, action: "approve", peer: pairOf("bob").pk }));
    await world.pass(120_000);
    const says = await command();
    const sent = await world.done(says.groups.send({ group, text: "hello", waitMs: 10_000 }));
    strictEqual(sent.state, "kept-by-others");
    await world.pass(1_000);
    deepStrictEqual(await world.texts(alice, group), ["hello"]);
  });
}

test("Who was told no meanwhile hears that when it says something", async (world) => {
  const alice = await world.member("alice");
  const { group, invite } = await world.done(
    alice.groups.create({ name: "ops", kind: "private", join: "approval" }),
  );
  const rows = emptyRows();
  const asks = await world.open("bob", { own: pairOf("bob"), resident: false, rows });
  await world.done(asks.groups.join({ link: invite }));
  await world.done(asks.close());
  await world.done(alice.groups.decide({ group, action: "deny", peer: pairOf("bob").pk }));
  const says = await world.open("bob", { own: pairOf("bob"), resident: false, rows });
  const told = says.groups.send({ group, text: "hello", waitMs: 10_000 });
  await rejects(world.done(told), { kind: "refused", message: /denied/ });
});

for (const kind of ["private", "public"] as const) {
  test(`A command that might not speak hears first whether it may now (${kind})`, async (world) => {
    const { group, apps: [alice] } = await world.group(kind);
    const { link } = await world.done(alice.groups.invite({ group }));
    const rows = emptyRows();
    const command = () => world.open("bob", { own: pairOf("bob"), resident: false, rows });
    const decide = async (...actions: ("mute" | "unmute" | "read-only" | "read-write")[]) => {
      for (const action of actions) {
        const peer = action.endsWith("mute") ? { peer: pairOf("bob").pk } : {};
        await world.done(alice.groups.decide({ group, action, ...peer }));
      }
    };
    // At once, as the command does: nobody is reached by then.
    const says = (text: string) =>
      world.done((async () => {
        const { app } = await party(world.hub, "bob", world.clock, {
          own: pairOf("bob"),
          resident: false,
          rows,
        });
        return await app.groups.send({ group, text, waitMs: 10_000 }).finally(() => app.close());
      })());
    const reads = async () => {
      const bob = await command();
      await world.done(bob.groups.read({ group, waitMs: 10_000 }));
      await world.done(bob.close());
    };
    const joins = await command();
    await world.done(joins.groups.join({ link }));
    await world.done(joins.close());

    const muted = { kind: "refused", message: /you are restricted/ };
    await decide("mute");
    await reads();
    const startMs = world.clock.nowMs();
    await rejects(says("muted"), muted);
    ok(world.clock.nowMs() - startMs < 5_000, "it waits for nobody who was read");
    world.hub.leave(alice.pk);
    await rejects(says("nobody there"), muted);
    world.hub.back(alice.pk);
    await decide("unmute");
    await world.pass(120_000);
    strictEqual((await says("one")).state, "kept-by-others");

    await decide("read-only");
    await reads();
    await rejects(says("quiet"), { kind: "refused", message: /this group is read-only/ });
    await decide("read-write");
    await world.pass(120_000);
    strictEqual((await says("two")).state, "kept-by-others");
    await world.pass(1_000);
    deepStrictEqual(await world.texts(alice, group), ["one", "two"]);
  });
}
