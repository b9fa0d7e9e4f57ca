/** Members of a group who are never there together, and a node that holds their feeds: over a network in memory. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { worldTests } from "../chat_world.ts";
import { keyOf } from "../local/pair.ts";
import { HeldWorld, HOLDER, neverTogether, SPACE } from "./held_group.ts";

const refused = (kind: string) => (error: unknown) => error instanceof UserError && error.kind === kind;

const test = worldTests(HeldWorld);

test("Members who are never there together read each other by their group's holder", async (world) => {
  await neverTogether(world, undefined, "bob", "carol");
});

test("A holder serves a group to its members alone, who comes in and not who is out, also after a restart", async (world) => {
  const { group, port, invite, apps, holder, rows } = await world.held(undefined, "bob", "carol");
  const [alice, bob, carol] = apps;
  const feeds = async (app: LocalApp) => (await app.pairs.held())[0].feeds.map(({ feed }) => feed).sort();
  const keys = (...of: LocalApp[]) => of.map(({ pk }) => pk).sort();
  const isLetIn = async (name: string): Promise<boolean> => {
    const stream = await world.done(world.hub.client(keyOf(name)).dial({ pk: HOLDER, port }));
    return await Promise.race([
      world.done(stream.read()).then((read) => read !== null),
      world.pass(1_000).then(() => true),
    ]);
  };
  ok(!await isLetIn("mallory"));
  const dave = await world.member("dave");
  await world.done(dave.groups.join({ link: invite }));
  await world.until("dave is held", async () => (await feeds(holder)).includes(dave.pk));
  await world.done(alice.groups.decide({ group, action: "remove", peer: carol.pk }));
  await world.until("carol is not", async () => !(await feeds(holder)).includes(carol.pk));
  deepStrictEqual(await feeds(holder), keys(alice, bob, dave));
  world.hub.crash(HOLDER);
  const again = await world.member("holder", { rows: new Map(rows.rows), writes: rows.writes });
  deepStrictEqual(await feeds(again), keys(alice, bob, dave));
  ok((await again.pairs.held())[0].feeds.every(({ bytes }) => bytes > 0));
  await world.done(carol.close());
  ok(!await isLetIn("carol"));
  await world.done(again.pairs.release({ peers: [], group }));
  deepStrictEqual(await again.pairs.held(), []);
  await rejects(again.pairs.release({ peers: [], group }), refused("usage"));
});

test("A holder of a group that nobody names holds nothing, and one that is named no more drops all", async (world) => {
  const { group, apps: [alice, bob], holder } = await world.held(undefined, "bob");
  const held = async () =>
    (await holder.pairs.held())[0].feeds.filter(({ renewed }) => renewed !== undefined);
  strictEqual((await held()).length, 2);
  const [{ holder: shown }] = await bob.groups.list();
  deepStrictEqual([shown!.pk, shown!.presence], [HOLDER, "connected"]);
  ok(shown!.bytes > 0 && shown!.since! <= shown!.lastHeard!);
  const info = await bob.groups.info({ group });
  deepStrictEqual([info.holder_since, info.holder_bytes], [shown!.since, shown!.bytes]);
  await world.done(alice.groups.nameHolder({ group }));
  await world.pass(5_000);
  strictEqual((await bob.groups.info({ group })).holder, undefined);
  deepStrictEqual(
    (await held()).map(({ feed }) => feed),
    [alice.pk],
    "of whose word it would hear of being named again",
  );
  await rejects(world.done(bob.groups.nameHolder({ group, holder: HOLDER })), refused("refused"));
  await rejects(world.done(alice.groups.nameHolder({ group, holder: bob.pk })), refused("usage"));
  await rejects(world.done(alice.groups.nameHolder({ group })), refused("usage"));
});

test("Each member's feed has its part of the space of a group's holder", async (world) => {
  const { group, port, apps: [alice, bob], holder } = await world.held(undefined, "bob");
  const least = { spaceBytes: 64 << 10, ageMs: 60_000 };
  await world.done(holder.pairs.hold({ peers: [alice.pk], group: { id: group, port }, ...least }));
  await world.pass(30_000);
  const of = async (pk: string) => (await holder.pairs.held())[0].feeds.find(({ feed }) => feed === pk)!;
  strictEqual((await of(bob.pk)).refused, undefined);
  for (let i = 0; i < 8; i++) {
    await world.done(bob.groups.send({ group, text: `${i}${"x".repeat(8_000)}`, waitMs: 0 }));
  }
  await world.until("it is too much", async () => (await of(bob.pk)).refused !== undefined);
  ok((await of(bob.pk)).bytes <= 32 << 10);
  await world.done(alice.close());
  await world.done(bob.close());
  await world.until("it is too old", async () => (await of(bob.pk)).renewed === undefined);
});

test("Holding a group refuses what makes no sense", async (world) => {
  const holder = await world.member("holder");
  const group = { id: "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50", port: 61_000 };
  await rejects(holder.pairs.hold({ peers: [], group, ...SPACE }), refused("usage"));
  await rejects(holder.pairs.hold({ peers: [HOLDER], group, ...SPACE }), refused("usage"));
  await rejects(
    holder.pairs.hold({ peers: [keyOf("a")], group, ...SPACE, spaceBytes: 10 }),
    refused("usage"),
  );
  await holder.pairs.hold({ peers: [keyOf("a")], group, ...SPACE });
  const other = { ...group, id: "7f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50" };
  await rejects(holder.pairs.hold({ peers: [keyOf("a")], group: other, ...SPACE }), refused("refused"));
});
