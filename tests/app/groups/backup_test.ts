/** Groups in a backup. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type BackupLine, kept, read, written } from "../../../lib/app/backup.ts";
import type { LocalApp } from "../../../lib/app/local.ts";
import { Restore, type Restored } from "../../../lib/app/restore.ts";
import { openStore } from "../../../lib/store/open.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../../lib/store/place/memory.ts";
import { seededRandom } from "../../fakes/random.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "./group_world.ts";

class BackupWorld extends GroupWorld {
  /** The lines of a backup, as they come out of its bytes. */
  backup(app: LocalApp, keys: boolean): Promise<BackupLine[]> {
    async function* whole(): AsyncGenerator<BackupLine> {
      yield { type: "dmsg-backup", version: 1, pk: app.pk, ts: "2026-11-28T00:00:00Z" };
      yield* kept(() => Promise.resolve(app), { keys, onDamaged: () => {} });
    }
    return this.done(Array.fromAsync(read(written(whole()))));
  }

  async restore(lines: readonly BackupLine[], rows: MemoryRows): Promise<Restored> {
    const store = await openStore({
      place: memoryPlace(rows),
      secret: new Uint8Array(32).fill(7),
      clock: this.clock,
      random: seededRandom("restore"),
    });
    const backup = new Restore(store);
    for (const line of lines) await backup.take(line);
    const counts = await backup.end();
    await store.close();
    return counts;
  }
}

const test = worldTests(BackupWorld);

for (const keys of [true, false]) {
  test(`A private group comes back ${keys ? "with" : "without"} its keys, and goes on`, async (world) => {
    const { group, apps: [alice, bob] } = await world.group("private", "bob");
    await world.done(bob.groups.send({ group, text: "of bob", waitMs: 5_000 }));
    await world.done(alice.groups.send({ group, text: "of alice", waitMs: 5_000 }));
    await world.pass(5_000);
    const { aes_key: key } = JSON.parse(
      atob((await alice.groups.kept({ group, keys: true })).find(({ part }) => part === "record")!.value),
    );
    const lines = await world.backup(bob, keys);
    ok(lines.some(({ type }) => type === "group"));
    strictEqual(
      atob(JSON.stringify(lines).match(/"record","name":"","value":"([^"]*)"/)![1]).includes(key),
      keys,
    );
    await world.done(bob.close());
    const rows = emptyRows();
    const first = await world.restore(lines, rows);
    deepStrictEqual([first.groups, first.messages], [1, 2]);
    const second = await world.restore(lines, rows);
    deepStrictEqual([second.groups, second.messages, second.repeats], [undefined, 0, 2]);
    const again = await world.member("bob", rows);
    await world.pass(60_000);
    deepStrictEqual((await again.groups.list()).map(({ id, status }) => [id, status]), [[group, "active"]]);
    await world.done(alice.groups.send({ group, text: "later", waitMs: 10_000 }));
    await world.done(again.groups.send({ group, text: "back", waitMs: 10_000 }));
    await world.pass(20_000);
    for (const app of [alice, again]) {
      deepStrictEqual(await world.texts(app, group), ["back", "later", "of alice", "of bob"]);
    }
  });
}

test("Lists of a group come back with it", async (world) => {
  const { group, apps: [, bob] } = await world.group("private", "bob");
  const saying = { conversation: group, waitMs: 5_000 };
  const made = { do: "new", text: "Shopping" } as const;
  const { id: list } = await world.done(bob.overlays.changeList({ ...saying, change: made }));
  await world.done(bob.overlays.changeList({ ...saying, change: { do: "add", list, text: "milk" } }));
  const lines = await world.backup(bob, true);
  await world.done(bob.close());
  const rows = emptyRows();
  await world.restore(lines, rows);
  const again = await world.member("bob", rows);
  const { rows: items } = await world.done(again.overlays.items({ conversation: group, list }));
  deepStrictEqual(items.map(({ text }) => text), ["milk"]);
});

test("A group that is there stays as it is, and half of one is none", async (world) => {
  const { group, apps: [alice, bob] } = await world.group("private", "bob");
  const lines = await world.backup(bob, true);
  const withoutRecord = lines.filter((line) => line.type !== "group" || line.part !== "record");
  const rows = emptyRows();
  deepStrictEqual((await world.restore(withoutRecord, rows)).groups, undefined);
  const whole = await world.restore(lines, rows);
  strictEqual(whole.groups, 1);
  const broken = lines.map((line) => line.type === "group" ? { ...line, value: "bm90IGEgcmVjb3Jk" } : line);
  await rejects(world.restore(broken, emptyRows()), /not a whole backup/);
  strictEqual((await alice.groups.info({ group })).id, group);
});
