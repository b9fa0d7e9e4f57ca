/** What somebody does by a command that ends then, where no program of its own stays: others learn of it before it ends. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { sleep } from "../../../lib/sys/clock.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

/** A founder whose programs end, and a member that stays. */
class AloneWorld extends GroupWorld {
  /** @returns `command`: one of the founder's, which ends then. */
  async foundedWithBob(kind: "public" | "private"): Promise<{
    group: string;
    bob: LocalApp;
    command: (act: (app: LocalApp) => Promise<unknown>) => Promise<void>;
  }> {
    const rows = emptyRows();
    const founder = await this.member("alice", rows);
    const { group, invite } = await this.done(founder.groups.create({ name: "ops", kind, join: "link" }));
    const bob = await this.member("bob");
    await this.done(bob.groups.join({ link: invite }));
    await this.pass(5_000);
    await this.done(founder.close());
    const command = async (act: (app: LocalApp) => Promise<unknown>): Promise<void> => {
      const alice = await this.open("alice", { own: pairOf("alice"), resident: false, rows });
      await this.done(act(alice));
      await this.done(alice.close());
    };
    return { group, bob, command };
  }
}

const test = worldTests(AloneWorld);

for (const kind of ["public", "private"] as const) {
  test(`What a founder does in a ${kind} group by a command reaches who is there`, async (world) => {
    const { group, bob, command } = await world.foundedWithBob(kind);
    const done = async (act: Parameters<typeof command>[0]): Promise<void> => {
      await command(act);
      await world.pass(2_000);
    };
    await done(({ groups }) => groups.decide({ group, action: "read-only" }));
    strictEqual((await bob.groups.info({ group })).read_only, true);
    await done(({ groups }) => groups.rename({ group, name: "operations" }));
    strictEqual((await bob.groups.info({ group })).name, "operations");
    const added = pairOf("carol").pk;
    await done(({ groups }) => groups.decide({ group, action: "approve", peer: added }));
    strictEqual((await bob.groups.members({ group })).some(({ pk }) => pk === added), true);
    const holder = pairOf("harry").pk;
    await done(({ groups }) => groups.nameHolder({ group, holder }));
    strictEqual((await bob.groups.info({ group })).holder, holder);
  });
}

test("What a command does, and what waits beside it, reaches who is there and far away", async (world) => {
  const { group, bob, command } = await world.foundedWithBob("private");
  const said = Array.from({ length: 40 }, (_, i) => `said ${i + 10}`);
  world.hub.leave(bob.pk);
  for (const text of said) {
    await command(({ groups }) => groups.send({ group, text, waitMs: 0 }));
  }
  world.hub.back(bob.pk);
  world.hub.lag = () => sleep(world.clock, 150);
  await command(({ groups }) => groups.decide({ group, action: "read-only" }));
  await world.pass(2_000);
  strictEqual((await bob.groups.info({ group })).read_only, true);
  deepStrictEqual(await world.texts(bob, group), said);
});

test("What somebody says by a command, and what others have said meanwhile, reaches who is there and far away", async (world) => {
  const rows = emptyRows();
  const founder = await world.member("alice", rows);
  const asked = { name: "ops", kind: "private", join: "link" } as const;
  const { group, invite } = await world.done(founder.groups.create(asked));
  const [bob, carol] = [await world.member("bob"), await world.member("carol")];
  for (const app of [bob, carol]) await world.done(app.groups.join({ link: invite }));
  await world.pass(5_000);
  world.hub.leave(bob.pk);
  const said = Array.from({ length: 40 }, (_, i) => `said ${i + 10}`);
  for (const text of said) await world.done(carol.groups.send({ group, text, waitMs: 0 }));
  await world.pass(10_000);
  for (const app of [founder, carol]) await world.done(app.close());
  world.hub.back(bob.pk);
  world.hub.lag = () => sleep(world.clock, 150);
  const alice = await world.open("alice", { own: pairOf("alice"), resident: false, rows });
  const { state } = await world.done(alice.groups.send({ group, text: "by a command", waitMs: 20_000 }));
  strictEqual(state, "kept-by-others");
  await world.done(alice.close());
  await world.pass(2_000);
  deepStrictEqual(await world.texts(bob, group), ["by a command", ...said]);
});

test("A command ends soon in a group in which others talk on and on", async (world) => {
  const { group, bob, command } = await world.foundedWithBob("private");
  const over = new AbortController();
  const talk = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await bob.groups.send({ group, text: "and", waitMs: 0 });
      await sleep(world.clock, 400);
    }
  };
  const talking = talk();
  const acts: Parameters<typeof command>[0][] = [
    ({ groups }) => groups.send({ group, text: "by a command", waitMs: 10_000 }),
    ({ groups }) => groups.rename({ group, name: "operations" }),
    ({ groups }) => groups.read({ group, waitMs: 20_000 }),
    ({ groups }) => groups.read({ group, waitMs: 20_000, leaves: true }),
  ];
  for (const act of acts) {
    const startMs = world.clock.nowMs();
    await command(act);
    const tookMs = world.clock.nowMs() - startMs;
    ok(tookMs < 6_000, `${tookMs} ms`);
  }
  over.abort();
  await world.done(talking);
  strictEqual((await world.texts(bob, group)).includes("by a command"), true);
});

for (const keys of [undefined, "d2"] as const) {
  for (const action of ["approve", "add"] as const) {
    test(`Who waits comes in by a command that says ${action}, beside members who read it first${keys ? ", in a D2 group" : ""}`, async (world) => {
      const rows = emptyRows();
      const founder = await world.member("alice", rows);
      const asked = { name: "ops", kind: "private", join: "approval", keys } as const;
      const { group, invite } = await world.done(founder.groups.create(asked));
      const [bob, carol] = [await world.member("bob"), await world.member("carol")];
      await world.done(bob.groups.join({ link: invite }));
      await world.done(founder.groups.decide({ group, action: "approve", peer: bob.pk }));
      await world.pass(40_000);
      await world.done(carol.groups.join({ link: invite }));
      await world.pass(5_000);
      await world.done(founder.close());
      await world.pass(40_000);
      strictEqual((await carol.groups.info({ group })).status, "awaiting_approval");
      const alice = await world.open("alice", { own: pairOf("alice"), resident: false, rows });
      await world.done(alice.groups.decide({ group, action, peer: carol.pk }));
      await world.done(alice.close());
      await world.pass(5_000);
      strictEqual((await carol.groups.info({ group })).status, "active");
    });
  }
}

test("A command that nothing that others say could allow is refused at once, though nobody answers", async (world) => {
  const { group, command } = await world.foundedWithBob("public");
  world.hub.lag = () => sleep(world.clock, 60_000);
  const refused = async (act: (app: LocalApp) => Promise<unknown>): Promise<number> => {
    const startMs = world.clock.nowMs();
    let words = "";
    await command((app) => act(app).catch((error: Error) => void (words = error.message)));
    ok(words.startsWith('Group "ops": '), words);
    return world.clock.nowMs() - startMs;
  };
  const [certain, unsure] = [
    await refused(({ groups }) => groups.rotateKey({ group })),
    await refused(({ groups }) => groups.decide({ group, action: "promote", peer: pairOf("carol").pk })),
  ];
  ok(certain < 1_000, `${certain} ms`);
  ok(unsure > 2_000, "others may have let that one in");
});
