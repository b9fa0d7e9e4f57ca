/** What somebody does by a command that ends then, where no program of its own stays: others learn of it before it ends. */
import { strictEqual } from "node:assert/strict";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);

for (const kind of ["public", "private"] as const) {
  test(`What a founder does in a ${kind} group by a command reaches who is there`, async (world) => {
    const rows = emptyRows();
    const founder = await world.member("alice", rows);
    const { group, invite } = await world.done(founder.groups.create({ name: "ops", kind, join: "link" }));
    const bob = await world.member("bob");
    await world.done(bob.groups.join({ link: invite }));
    await world.pass(5_000);
    await world.done(founder.close());
    const command = async (act: (app: LocalApp) => Promise<unknown>): Promise<void> => {
      const alice = await world.open("alice", { own: pairOf("alice"), resident: false, rows });
      await world.done(act(alice));
      await world.done(alice.close());
      await world.pass(2_000);
    };
    await command(({ groups }) => groups.decide({ group, action: "read-only" }));
    strictEqual((await bob.groups.info({ group })).read_only, true);
    await command(({ groups }) => groups.rename({ group, name: "operations" }));
    strictEqual((await bob.groups.info({ group })).name, "operations");
    const added = pairOf("carol").pk;
    await command(({ groups }) => groups.decide({ group, action: "approve", peer: added }));
    strictEqual((await bob.groups.members({ group })).some(({ pk }) => pk === added), true);
    const holder = pairOf("harry").pk;
    await command(({ groups }) => groups.nameHolder({ group, holder }));
    strictEqual((await bob.groups.info({ group })).holder, holder);
  });
}

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
