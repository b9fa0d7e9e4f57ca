/** Pairs in a backup. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type BackupLine, kept, read, written } from "../../../lib/app/backup.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { Restore } from "../../../lib/app/restore.ts";
import { openStore } from "../../../lib/store/open.ts";
import { emptyRows, memoryPlace } from "../../../lib/store/place/memory.ts";
import { seededRandom } from "../../fakes/random.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "../groups/group_world.ts";
import { keyOf } from "../local/pair.ts";

const [ALICE, BOB] = ["alice", "bob"].map(keyOf);
const test = worldTests(GroupWorld);

async function* backup(app: LocalApp): AsyncGenerator<BackupLine> {
  yield { type: "dmsg-backup", version: 1, pk: app.pk, ts: "2026-11-28T00:00:00Z" };
  yield* kept(() => Promise.resolve(app), { keys: false, onDamaged: () => {} });
}

test("A pair comes back from a backup with what waited in it, and both go on", async (world) => {
  const alice = await world.member("alice");
  const bob = await world.member("bob");
  await world.done(alice.pairs.add({ peer: BOB }));
  await world.pass(1_000);
  await world.done(bob.pairs.accept({ peer: ALICE }));
  await world.pass(1_000);
  await world.done(alice.pairs.send({ peer: BOB, text: "hello", waitMs: 5_000 }));
  await world.done(bob.pairs.send({ peer: ALICE, text: "hello yourself", waitMs: 5_000 }));
  await world.pass(2_000);
  world.hub.leave(BOB);
  await world.done(alice.pairs.send({ peer: BOB, text: "it waits", waitMs: 0 }));
  const lines = await world.done(Array.fromAsync(read(written(backup(alice)))));
  await world.done(alice.close());

  const rows = emptyRows();
  for (const [pairs, messages] of [[1, 3], [undefined, 0]]) {
    const store = await openStore({
      place: memoryPlace(rows),
      secret: new Uint8Array(32).fill(7),
      clock: world.clock,
      random: seededRandom("restore"),
    });
    const restore = new Restore(store);
    for (const line of lines) await restore.take(line);
    const counts = await restore.end();
    deepStrictEqual([counts.pairs, counts.messages], [pairs, messages]);
    await store.close();
  }
  world.hub.crash(ALICE);
  const again = await world.member("alice", rows);
  strictEqual((await world.done(again.messages.conversations()))[0].paired, true);
  world.hub.back(BOB);
  const heard = async (app: LocalApp, peer: string) =>
    (await world.done(app.messages.history({ peer, limit: 99 }))).filter(({ outgoing }) => !outgoing)
      .map(({ text }) => text);
  for (let turns = 0; (await heard(bob, ALICE)).length < 2; turns++) {
    ok(turns < 60, "what waited is read");
    await world.pass(5_000);
  }
  deepStrictEqual(await heard(bob, ALICE), ["hello", "it waits"]);
  await world.pass(60_000);
  await world.done(bob.pairs.send({ peer: ALICE, text: "still here", waitMs: 60_000 }));
  await world.pass(5_000);
  deepStrictEqual(await heard(again, BOB), ["hello yourself", "still here"]);
});
