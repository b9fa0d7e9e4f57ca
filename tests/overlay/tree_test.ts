/** The ordered map that folds keep their rows in. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Pages } from "../../lib/overlay/pages.ts";
import { Tree } from "../../lib/overlay/tree.ts";
import { KeptPages, SALT } from "./kept.ts";

const KEY = fc.integer({ min: 0, max: 2000 }).map((n) => n.toString(16).padStart(4, "0"));

/** Rows that begin pages are rare: a salt under which some of a small set do. */
async function made(keys: readonly string[]): Promise<KeptPages> {
  const kept = new KeptPages();
  const pages = new Pages(kept.read);
  const tree = new Tree({ pages, name: "t", salt: SALT });
  for (const key of keys) await tree.put(key, [key]);
  kept.write(pages.take());
  return kept;
}

Deno.test("Tree is the same bytes for the same rows, however they came and went", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(KEY, fc.boolean()), { minLength: 100, maxLength: 700 }),
      async (moves) => {
        const kept = new KeptPages();
        let pages = new Pages(kept.read);
        let tree = new Tree({ pages, name: "t", salt: SALT });
        const rows = new Set<string>();
        for (const [i, [key, isPut]] of moves.entries()) {
          if (isPut || i % 5 !== 0) {
            await tree.put(key, [key]);
            rows.add(key);
          } else strictEqual(await tree.delete(key), rows.delete(key));
          if (i % 50 === 0) {
            kept.write(pages.take());
            [pages, tree] = [
              pages = new Pages(kept.read),
              new Tree({ pages, name: "t", salt: SALT, top: tree.top }),
            ];
          }
        }
        kept.write(pages.take());
        const sorted = [...rows].sort();
        strictEqual(kept.text(), (await made(sorted)).text());
        deepStrictEqual((await tree.list()).map(({ key }) => key), sorted);
        for (const gone of [...rows]) await tree.delete(gone);
        strictEqual(tree.top, 0);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("Tree finds, counts and lists as a sorted array does", async () => {
  const kept = new KeptPages();
  const pages = new Pages(kept.read);
  const tree = new Tree({ pages, name: "t", salt: SALT });
  const keys = Array.from({ length: 20_000 }, (_, i) => (i * 2).toString(16).padStart(4, "0"));
  for (const key of keys) await tree.put(key, key);
  ok(tree.top >= 2, "several levels");
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 43_000 }),
      fc.integer({ min: 0, max: 43_000 }),
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 0, max: 300 }),
      fc.boolean(),
      async (low, high, skip, limit, reverse) => {
        const [from, to] = [low, high].map((n) => n.toString(16).padStart(4, "0"));
        const inside = keys.filter((key) => key >= from && key < to);
        strictEqual(await tree.count(from, to), inside.length);
        if (reverse) inside.reverse();
        const found = await tree.list({ from, to, skip, limit, reverse });
        deepStrictEqual(found.map(({ key }) => key), inside.slice(skip, skip + limit));
        strictEqual(await tree.get(from), low % 2 === 0 && low < 40_000 ? from : undefined);
      },
    ),
    { numRuns: 200 },
  );
});
