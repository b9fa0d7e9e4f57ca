/** What tidying takes away: all that is over, and nothing that is not. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { memoryPlace } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import { allOf } from "../../lib/store/rows/keys.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, bodies, DAY_MS, SECRET, text } from "./support.ts";

/** Rows of a kind. */
async function count(place: Place, kind: string): Promise<number> {
  let rows = 0;
  for await (const _ of place.list(allOf(kind))) rows++;
  return rows;
}

Deno.test("What is forgotten leaves no row, and what comes behind it stays", async () => {
  const place = memoryPlace();
  const store = await openStore({ place, secret: SECRET, clock: new FakeClock(), random: seededRandom(8) });
  const counts = () => Promise.all(["m", "p", "o", "b"].map((kind) => count(place, kind)));
  const queued = { direction: "out", state: "pending", queue: { dueNs: 0n } } as const;
  for (let i = 0; i < 10; i++) {
    await store.commit(Array.from({ length: 40 }, (_, k) => text(ANN, `${i} ${k}`, k < 30 ? {} : queued)));
  }
  await store.commit([text(BEN, "stays"), text(ANN, "of several pieces ".repeat(10_000))]);
  await store.sweep();
  const [rows, pages, waiting, pieces] = await counts();
  ok(rows > 1 && pages > 0 && waiting === 100 && pieces > 1, `${[rows, pages, waiting, pieces]}`);
  await store.commit([{ kind: "forget", peer: ANN }]);
  await store.commit([text(ANN, "after", queued)]);
  await store.sweep();
  deepStrictEqual(await counts(), [2, 0, 1, 0]);
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["after"]);
  await store.commit([{ kind: "forget", peer: ANN }]);
  await store.sweep();
  deepStrictEqual(await counts(), [1, 0, 0, 0]);
  deepStrictEqual(bodies(await store.messages.newest(BEN, 9)), ["stays"]);
  await store.commit([{ kind: "forget", peer: BEN }]);
  await store.close();
  deepStrictEqual(await counts(), [0, 0, 0, 0], "no sweep is waited for");
});

Deno.test("What is forgotten before it is in rows leaves none behind", async () => {
  const disk = new Disk();
  const journal = { files: disk.files, synced: true };
  const store = await openStore({
    place: disk.place(),
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom(13),
    journal,
  });
  const queued = { direction: "out", queue: { dueNs: 0n } } as const;
  await store.commit(Array.from({ length: 30 }, (_, k) => text(ANN, `${k}`, k < 25 ? {} : queued)));
  await store.commit([text(ANN, "of several pieces ".repeat(10_000)), { kind: "forget", peer: ANN }]);
  await store.commit([text(ANN, "after"), text(BEN, "stays")]);
  await store.close();
  const kinds = await Promise.all(["m", "p", "o", "b"].map((kind) => count(disk.place(), kind)));
  deepStrictEqual(kinds, [2, 0, 0, 0]);
});

Deno.test("Events that count are there behind a sweep, and rows of no others", async () => {
  for (const size of [1, 3]) {
    const place = memoryPlace();
    const parts = { place, secret: SECRET, clock: new FakeClock(), random: seededRandom(9) };
    const store = await openStore({ ...parts, limits: { events: 100 } });
    for (let i = 0; i < 180; i++) {
      await store.commit(Array.from({ length: size }, (_, k) => text(ANN, `${i} ${k}`)));
    }
    const all = async (): Promise<number[]> => {
      const cursors: number[] = [];
      for (let cursor = 0;;) {
        const { events } = await store.events.since(cursor, 50);
        if (events.length === 0) return cursors;
        cursors.push(...events.map((event) => event.cursor));
        cursor = cursors.at(-1)!;
      }
    };
    const before = await all();
    ok(before.length >= 100 && before.length < 150, `${before.length}`);
    await store.sweep();
    deepStrictEqual(await all(), before);
    const [first, last] = [before[0], before.at(-1)!];
    strictEqual(await count(place, "e"), Math.floor((last - 1) / size) - Math.floor((first - 1) / size) + 1);
    await store.close();
  }
});

Deno.test("Known ids that lie in a row together are known for thirty days, also when their generation is the older one", async () => {
  const disk = new Disk();
  const clock = new FakeClock();
  const open = (on: Disk) =>
    openStore({
      place: on.place(),
      secret: SECRET,
      clock,
      random: seededRandom(10),
      journal: { files: on.files, synced: true },
    });
  const store = await open(disk);
  const message = (n: number) => text(ANN, `${n}`, { id: `id ${n}` });
  await clock.advance(20 * DAY_MS);
  await store.commit(Array.from({ length: 32 }, (_, n) => message(n)));
  await store.close();
  deepStrictEqual([await count(disk.place(), "j"), await count(disk.place(), "i")], [1, 0]);
  const later = new Disk(disk.image());
  /** What tidying has planned is written when the store is closed. */
  const tidied = async (days: number): Promise<void> => {
    const one = await open(later);
    await clock.advance(days * DAY_MS);
    await one.sweep();
    await one.close();
  };
  await tidied(25);
  const next = await open(later);
  deepStrictEqual(await next.commit([message(7)]), { ok: false, reason: "repeat", position: 8 });
  await next.close();
  await tidied(31);
  strictEqual(await count(later.place(), "j"), 0);
});

Deno.test("Time that has passed is kept by a sweep, also where nothing else is written, and by the close", async () => {
  for (const isClosed of [false, true]) {
    const clock = new FakeClock();
    const open = (on: Disk) =>
      openStore({
        place: on.place(),
        secret: SECRET,
        clock,
        random: seededRandom(11),
        journal: { files: on.files, synced: true },
      });
    const disk = new Disk();
    const store = await open(disk);
    await store.commit([text(ANN, "one")]);
    const began = store.passedNs();
    await store.close();
    const later = new Disk(disk.image());
    const swept = await open(later);
    await clock.advance(40 * DAY_MS);
    await swept.sweep();
    if (isClosed) await swept.close();
    const next = await open(new Disk(later.image()));
    strictEqual(Number((next.passedNs() - began) / 1_000_000n), 40 * DAY_MS, `${isClosed}`);
    await next.close();
    if (!isClosed) await swept.close();
  }
});

Deno.test("Time that has passed is kept with every commit: a program that is killed before its sweep has lost none of it", async () => {
  for (const hasJournal of [false, true]) {
    const [disk, clock] = [new Disk(), new FakeClock()];
    const open = (on: Disk) => {
      const journal = hasJournal ? { files: on.files, synced: true } : undefined;
      return openStore({ place: on.place(), secret: SECRET, clock, random: seededRandom(12), journal });
    };
    const killed = await open(disk);
    const began = killed.passedNs();
    await clock.advance(3 * DAY_MS);
    await killed.commit([text(ANN, "one")]);
    const next = await open(new Disk(disk.image()));
    strictEqual(Number((next.passedNs() - began) / 1_000_000n), 3 * DAY_MS, `${hasJournal}`);
    await next.close();
    await killed.close();
  }
});
