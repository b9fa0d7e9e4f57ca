/** Rows of a thing: few lie together, many in the tree, and nobody who reads them sees which. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { clusterOf, dropFromCluster, lastOfCluster, putInCluster } from "../../lib/overlay/clusters.ts";
import { Pages } from "../../lib/overlay/pages.ts";
import { Tree } from "../../lib/overlay/tree.ts";
import { KeptPages, SALT } from "./kept.ts";

const MOVES = fc.array(
  fc.record({
    thing: fc.constantFrom("a", "b"),
    key: fc.tuple(fc.constantFrom("done", "text"), fc.integer({ min: 10, max: 35 }))
      .map(([register, n]) => `${register}/${n}`),
    isPut: fc.boolean(),
    value: fc.nat(3),
  }),
  { minLength: 120, maxLength: 240 },
);

Deno.test("Clusters hold what a map would, in order, and are the same bytes however they came to it", async () => {
  let most = 0;
  await fc.assert(
    fc.asyncProperty(MOVES, async (moves) => {
      const here = fresh();
      const rows = new Map<string, number>();
      for (const [i, { thing, key, isPut, value }] of moves.entries()) {
        // Far more are put than dropped in the first half, so that few become many and few again.
        if (isPut || i < moves.length / 2 && i % 4 !== 0) {
          await putInCluster(here.tree, thing, key, value);
          rows.set(`o/${thing}/${key}`, value);
        } else {
          await dropFromCluster(here.tree, thing, key);
          rows.delete(`o/${thing}/${key}`);
        }
      }
      most = Math.max(most, rows.size);
      const sorted = [...rows].sort(([one], [other]) => one < other ? -1 : 1);
      const again = fresh();
      for (const [place, value] of sorted) {
        const [, thing, register, n] = place.split("/");
        await putInCluster(again.tree, thing, `${register}/${n}`, value);
      }
      strictEqual(here.text(), again.text());
      for (const thing of ["a", "b"]) {
        const mine = sorted.filter(([place]) => place.startsWith(`o/${thing}/`));
        deepStrictEqual(
          (await clusterOf(here.tree, thing)).map(({ key, value }) => [key, value]),
          mine,
        );
        const last = await lastOfCluster(here.tree, thing, "done/");
        deepStrictEqual(last?.key, mine.findLast(([place]) => place.includes("/done/"))?.[0]);
      }
    }),
    { numRuns: 60 },
  );
  ok(most > 40, "many rows were never there");
});

function fresh(): { readonly tree: Tree; text(): string } {
  const kept = new KeptPages();
  const pages = new Pages(kept.read);
  return {
    tree: new Tree({ pages, name: "t", salt: SALT }),
    text: () => (kept.write(pages.take()), kept.text()),
  };
}
