/** What readers see of rows that are about to be others: nothing old, nothing less, and no piece of it stays. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../lib/store/place/memory.ts";
import type { Key, Place } from "../../lib/store/place/place.ts";
import { openSeal } from "../../lib/store/place/sealed.ts";
import { Vault } from "../../lib/store/place/vault.ts";
import { Shelf } from "../../lib/store/reading/shelf.ts";
import { Content } from "../../lib/store/rows/content.ts";
import type { IdFilter } from "../../lib/store/rows/id_filter.ts";
import { counter, lastCounter } from "../../lib/store/rows/keys.ts";
import type { HeadRecord } from "../../lib/store/rows/records.ts";
import { fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { SECRET } from "./support.ts";

const HEAD = { cursor: 0, firstEvent: 1, generation: 0 } as unknown as HeadRecord;
const PART = new Uint8Array(16).fill(1);
const keyOf = (n: number): Key => ["m", PART, counter(n)];

/** A shelf over rows, and how to put a text there. @param wrap  The place that it reads from. */
async function shelfOver(rows: MemoryRows, wrap: (place: Place) => Place = (place) => place) {
  const place = memoryPlace(rows);
  const random = seededRandom("shelf");
  const vault = new Vault(wrap(place), await openSeal(SECRET, random), random);
  const put = async (key: Key, text: string): Promise<void> => {
    await place.write(await vault.sealed(key, utf8(text)), { key: ["h"], stamp: null });
  };
  return { shelf: new Shelf(vault, { takesBlocks: false } as IdFilter, HEAD), put };
}

Deno.test("A range has as many rows as are asked for, also where some of the place are planned to go", async () => {
  const { shelf, put } = await shelfOver(emptyRows());
  for (let n = 1; n <= 6; n++) await put(keyOf(n), `${n}`);
  const draft = shelf.draft();
  await draft.read([1, 2, 5].map(keyOf));
  for (const n of [1, 2]) draft.remove(keyOf(n));
  draft.set(keyOf(5), Content.of(utf8("five")));
  shelf.take(draft);
  const range = { start: keyOf(0), end: keyOf(9) };
  const listed = async (limit: number, reverse = false): Promise<string[]> =>
    (await Array.fromAsync(shelf.list(range, { limit, reverse }))).map(({ content }) =>
      fromUtf8(content.bytes)
    );
  deepStrictEqual(await listed(3), ["3", "4", "five"]);
  deepStrictEqual(await listed(9), ["3", "4", "five", "6"]);
  deepStrictEqual(await listed(4, true), ["6", "five", "4", "3"]);
  const keys = await Array.fromAsync(shelf.keys(range, { limit: 2 }));
  deepStrictEqual(keys.map(({ key }) => lastCounter(key)), [3, 4]);
});

Deno.test("What was read while it was written anew is not remembered in the place of that", async () => {
  const key: Key = ["c", PART];
  const held: PromiseWithResolvers<void>[] = [];
  const { shelf, put } = await shelfOver(emptyRows(), (place) => ({
    ...place,
    async read(keys) {
      const values = await place.read(keys);
      const late = Promise.withResolvers<void>();
      held.push(late);
      await late.promise;
      return values;
    },
  }));
  await put(key, "old");
  const reading = shelf.contents([key]);
  while (held.length === 0) await Promise.resolve();
  await put(key, "new");
  const other = shelf.draft(); // one of many that are written; the cache has let go of it since
  other.set(keyOf(1), Content.of(utf8("another row")));
  shelf.written(other);
  held[0].resolve();
  await reading;
  const again = shelf.contents([key]);
  for (let i = 0; i < 20; i++) await Promise.resolve();
  held[1]?.resolve();
  deepStrictEqual((await again).map((content) => content && fromUtf8(content.bytes)), ["new"]);
});

Deno.test("Of a long value that is replaced twice before its row is written no piece stays", async () => {
  const disk = new Disk();
  const open = (seed: number) =>
    openStore({
      place: disk.place(),
      secret: SECRET,
      clock: new FakeClock(),
      random: seededRandom(seed),
      journal: { files: disk.files, synced: true },
    });
  const pieces = (): number =>
    [...disk.image().rows.rows.values()].filter(({ row }) => row.key[0] === "b").length;
  const value = (bytes: number) => ({
    kind: "value" as const,
    room: "r",
    name: "n",
    value: new Uint8Array(bytes),
  });
  const first = await open(1);
  ok((await first.commit([value(200_000)])).ok);
  await first.close();
  ok(pieces() > 2);
  const second = await open(2);
  for (const bytes of [10, 20]) ok((await second.commit([value(bytes)])).ok);
  await second.close();
  deepStrictEqual(pieces(), 0);
});
