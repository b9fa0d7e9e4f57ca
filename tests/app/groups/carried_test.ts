/** A file of a group's leaves, request by request: nothing of it is lost on the way, and it reads as it was said. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { carriedLines } from "../../../lib/app/groups/threads/carried.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { generateKeyPair } from "../../../lib/crypto/keys.ts";
import { MAX_LEAF_BYTES } from "../../../lib/group/talk/leaf.ts";
import { MAX_PARKED } from "../../../lib/group/talk/parking.ts";
import { readBundle } from "../../../lib/group/threads/bundle.ts";
import { MAX_LINE_BYTES, requestLine } from "../../../lib/owner/rpc/rpc.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { seededRandom } from "../../fakes/random.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

const test = worldTests(GroupWorld);
const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";

/** Carries a file by hand. */
async function carry(
  world: GroupWorld,
  lines: readonly string[],
  group: string,
  to: LocalApp,
): Promise<void> {
  const { leaves } = readBundle(`${lines.join("\n")}\n`);
  for (const request of carriedLines(group, leaves)) {
    await world.done(to.groups.unbundle({ group, leaves: request }));
  }
}

test("A file with more of somebody new than can wait is read once, in the order in which it was said", async (world) => {
  const rows = emptyRows();
  const { group, apps: [bob, carol] } = await world.group("private", "carol");
  world.hub.leave(carol.pk);
  const { link } = await bob.groups.invite({ group });
  const dave = await world.member("dave", rows);
  await world.done(dave.groups.join({ link }));
  await world.pass(10_000);
  const texts = Array.from({ length: MAX_PARKED + 24 }, (_, i) => `${i}`);
  for (const [i, text] of texts.entries()) {
    await world.done((i % 40 === 0 ? bob : dave).groups.send({ group, text, waitMs: 0 }));
    if (i % 40 === 0 || i % 40 === 39) await world.pass(2_000); // the other has heard it
  }
  await world.done(dave.close());
  const again = await world.member("dave", rows); // its feed lies by path then
  await carry(world, await world.done(again.groups.bundle({ group })), group, carol);
  const history = await world.done(carol.messages.history({ peer: group, limit: 1000 }));
  deepStrictEqual(history.map(({ text }) => text), texts);
});

test("A file of more that a second admin decided than can wait is read once", async (world) => {
  const { group, apps: [alice, bob, carol] } = await world.group("public", "bob", "carol");
  world.hub.leave(carol.pk);
  await world.done(alice.groups.decide({ group, action: "promote", peer: bob.pk }));
  await world.pass(10_000);
  for (let i = 0; i < MAX_PARKED + 10; i++) {
    const { pk } = generateKeyPair(seededRandom(`guest ${i}`));
    await world.done(bob.groups.decide({ group, action: "add", peer: pk }));
  }
  await carry(world, await world.done(bob.groups.bundle({ group })), group, carol);
  strictEqual((await carol.groups.members({ group })).length, MAX_PARKED + 13);
});

Deno.test("A request of a file's leaves is one that an owner takes, however long they are", () => {
  const sizes = [
    10,
    MAX_LEAF_BYTES,
    MAX_LEAF_BYTES,
    448 << 10,
    448 << 10,
    ...Array(200).fill(4_000),
    MAX_LEAF_BYTES,
  ];
  const leaves = sizes.map((size, i) => ({ path: `msgs/${i}`, value: new Uint8Array(size).fill(123) }));
  const requests = carriedLines(GROUP, leaves);
  strictEqual(requests.flat().length, sizes.length);
  ok(requests.length < 20);
  for (const lines of requests) {
    ok(requestLine(1, "groups.unbundle", { group: GROUP, leaves: lines }).length <= MAX_LINE_BYTES);
  }
});
