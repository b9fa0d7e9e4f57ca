/** A pair that can't be removed at once. */
import { deepStrictEqual, rejects } from "node:assert/strict";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { FailingPlace, GroupWorld } from "../groups/group_world.ts";
import { keyOf } from "../local/pair.ts";

const [ALICE, BOB] = ["alice", "bob"].map(keyOf);

const test = worldTests(GroupWorld);

test("A pair that a full disk does not let go is there, and goes when there is room", async (world) => {
  const disk = new FailingPlace();
  const alice = await world.member("alice", emptyRows(), (place) => disk.around(place));
  const bob = await world.member("bob");
  await world.done(alice.pairs.add({ peer: BOB }));
  await world.pass(1_000);
  await world.done(bob.pairs.accept({ peer: ALICE }));
  await world.pass(1_000);
  disk.does = "fails";
  await rejects(world.done(alice.pairs.remove({ peer: BOB })), /full/);
  deepStrictEqual((await world.done(alice.pairs.list())).map(({ peer }) => peer), [BOB]);
  disk.does = "works";
  await world.done(alice.pairs.remove({ peer: BOB }));
  deepStrictEqual(await world.done(alice.pairs.list()), []);
});
