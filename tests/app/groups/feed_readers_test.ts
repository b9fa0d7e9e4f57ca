/** Who reads the feeds of a group at one of its members: that member's own, and its copies of those of others. */
import { deepStrictEqual } from "node:assert/strict";
import type { GroupStream } from "../../../lib/app/groups/feeds/group_network.ts";
import type { KeyPair } from "../../../lib/crypto/keys.ts";
import { CxoHost } from "../../../lib/cxo/node/host.ts";
import { CxoNode } from "../../../lib/cxo/node/node.ts";
import { curveScheme } from "../../../lib/cxo/objects/root.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "./group_world.ts";

const test = worldTests(GroupWorld);

/** Whose feeds a program with a key of its own gets whole, and whose it is refused, when it asks one member for all. */
async function reads(
  world: GroupWorld,
  own: KeyPair,
  at: string,
  port: number,
  feeds: readonly string[],
): Promise<{ filled: string[]; refused: string[] }> {
  const network = world.hub.client(own.pk);
  const node = new CxoNode({
    id: own.public,
    scheme: curveScheme(own.secret),
    wallNs: () => world.clock.wallNs(),
    random: { fraction: () => 0 },
  });
  const [filled, refused] = [new Set<string>(), new Set<string>()];
  const host = new CxoHost({
    node,
    clock: world.clock,
    dial: async (pk, signal) => await network.dial({ pk, port }, signal) as GroupStream,
    onEvent: (event) => {
      if (event.kind === "filled") filled.add(event.feed);
      if (event.kind === "refused") refused.add(event.feed);
    },
  });
  for (const feed of feeds) host.put({ kind: "follow", feed, peers: [at] });
  await world.pass(5_000);
  host.close();
  return { filled: [...filled].sort(), refused: [...refused].sort() };
}

test("A private group's feeds are read at a member by members alone, also its copies of others' feeds", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("private", "bob", "carol");
  for (const app of [alice, bob]) await world.done(app.groups.send({ group, text: "x", waitMs: 5_000 }));
  await world.pass(5_000);
  const port = Number((await alice.groups.info({ group })).port);
  const feeds = [alice.pk, bob.pk].sort();
  const none = { filled: [], refused: feeds };
  deepStrictEqual(await reads(world, pairOf("mallory"), bob.pk, port, feeds), none);
  // Who is put out reads on nowhere.
  await world.done(carol.close());
  world.hub.crash(carol.pk);
  await world.done(alice.groups.decide({ group, action: "remove", peer: carol.pk }));
  await world.pass(100_000);
  deepStrictEqual(await reads(world, pairOf("carol"), bob.pk, port, feeds), none);
});

test("A public group's feeds are read by anybody, at whichever member", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("public", "bob");
  for (const app of [alice, bob]) await world.done(app.groups.send({ group, text: "x", waitMs: 5_000 }));
  await world.pass(5_000);
  const port = Number((await alice.groups.info({ group })).port);
  const feeds = [alice.pk, bob.pk].sort();
  const { filled } = await reads(world, pairOf("mallory"), bob.pk, port, feeds);
  deepStrictEqual(filled, feeds);
});
