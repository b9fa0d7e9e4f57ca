/** What is decided by a command that ends then: what others have decided while no program was there is heard first. */
import { ok, rejects, strictEqual } from "node:assert/strict";
import type { GroupAction } from "../../../lib/app/groups/groups.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { formatGoTime } from "../../../lib/wire/go_time.ts";
import { worldTests } from "../chat_world.ts";
import { party } from "../local/pair.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const [bob, carol] = [pairOf("bob"), pairOf("carol")];

/** A founder that stays, and bob, who only runs commands. */
class CommandWorld extends GroupWorld {
  async withBob(kind: "public" | "private"): Promise<{
    group: string;
    alice: LocalApp;
    decide: (action: GroupAction, peer?: string) => Promise<void>;
    command: <T>(act: (app: LocalApp) => Promise<T>) => Promise<T>;
  }> {
    const { group, apps: [alice] } = await this.group(kind, "carol");
    const rows = emptyRows();
    // At once, as the command does: nobody is reached by then.
    const command = <T>(act: (app: LocalApp) => Promise<T>): Promise<T> =>
      this.done((async () => {
        const { app } = await party(this.hub, "bob", this.clock, { own: bob, resident: false, rows });
        return await act(app).finally(() => app.close());
      })());
    const { link } = await this.done(alice.groups.invite({ group }));
    await command((app) => app.groups.join({ link }));
    await command((app) => app.groups.read({ group, waitMs: 10_000 }));
    const decide = (action: GroupAction, peer: string = bob.pk): Promise<void> =>
      this.done(alice.groups.decide({ group, action, peer }));
    return { group, alice, decide, command };
  }
}

const test = worldTests(CommandWorld);

for (const kind of ["public", "private"] as const) {
  test(`Who was promoted in a ${kind} group while no program of it ran decides by its next command`, async (world) => {
    const { group, alice, decide, command } = await world.withBob(kind);
    const mute = () => command((app) => app.groups.decide({ group, action: "mute", peer: carol.pk }));
    const noAdmin = { kind: "refused", message: /not an admin/ };
    const startMs = world.clock.nowMs();
    await rejects(mute(), noAdmin);
    ok(world.clock.nowMs() - startMs < 5_000, "nobody is waited for who was read");

    await decide("promote");
    world.hub.leave(alice.pk);
    world.hub.leave(carol.pk);
    await rejects(mute(), noAdmin);
    world.hub.back(alice.pk);
    world.hub.back(carol.pk);
    await world.pass(120_000);
    await mute();
    await world.pass(2_000);
    strictEqual((await alice.groups.members({ group })).find(({ pk }) => pk === carol.pk)?.muted, true);
  });
}

const ACTS: Readonly<
  Record<string, (world: CommandWorld, app: LocalApp, group: string) => Promise<unknown>>
> = {
  "issues an invite": ({ clock }, { groups }, group) => {
    const expires = formatGoTime(clock.wallNs() + 3_600_000_000_000n);
    return groups.issueInvite({ group, uses: 1, expires });
  },
  "makes a key": (_, { groups }, group) => groups.rotateKey({ group }),
  "names a holder": (_, { groups }, group) => groups.nameHolder({ group, holder: pairOf("harry").pk }),
};
for (const action of ["says what the group takes of bots", "pins a post"]) {
  test(`A command ${action} as soon as its author was promoted`, async (world) => {
    const { group: conversation, alice, decide, command } = await world.withBob("public");
    const saying = { conversation, waitMs: 10_000 };
    const post = { do: "post", title: "rules", text: "be kind" } as const;
    const { id } = await world.done(alice.overlays.changeBoard({ ...saying, change: post }));
    await command((app) => app.groups.read({ group: conversation, waitMs: 10_000 }));
    const act = () =>
      command(({ overlays }) =>
        action === "pins a post"
          ? overlays.changeBoard({ ...saying, change: { do: "pin", id } })
          : overlays.setPace({ ...saying, intervalMs: 60_000 })
      );
    await rejects(act(), { kind: "refused", message: /Only an admin/ });
    await decide("promote");
    await world.pass(120_000);
    strictEqual((await act()).state, "kept-by-others");
  });
}

for (const [what, act] of Object.entries(ACTS)) {
  test(`A command ${what} as soon as its author was promoted, and is told when that is over`, async (world) => {
    const { group, decide, command } = await world.withBob("private");
    await decide("promote");
    await world.pass(120_000);
    await command((app) => act(world, app, group));

    await decide("demote");
    await world.pass(120_000);
    const notAnyMore = { kind: "refused", message: /others have decided otherwise meanwhile/ };
    await rejects(command((app) => act(world, app, group)), notAnyMore);
  });
}

test("Who was demoted meanwhile is told that what its command decided does not count", async (world) => {
  const { group, alice, decide, command } = await world.withBob("public");
  await decide("promote");
  await command((app) => app.groups.read({ group, waitMs: 10_000 }));
  await decide("demote");
  await world.pass(120_000);
  const quiet = () => command((app) => app.groups.decide({ group, action: "read-only" }));
  await rejects(quiet(), { kind: "refused", message: /others have decided otherwise meanwhile/ });
  await rejects(quiet(), { kind: "refused", message: /not an admin/ });
  await world.pass(2_000);
  strictEqual((await alice.groups.info({ group })).read_only, undefined);
});

test("Of somebody who came in meanwhile a command decides at once", async (world) => {
  const { group, alice, decide, command } = await world.withBob("public");
  await decide("promote");
  await command((app) => app.groups.read({ group, waitMs: 10_000 }));
  const dave = pairOf("dave").pk;
  await decide("add", dave);
  await world.pass(120_000);
  await command((app) => app.groups.decide({ group, action: "remove", peer: dave }));
  await world.pass(2_000);
  ok(!(await alice.groups.members({ group })).some(({ pk }) => pk === dave));
});
