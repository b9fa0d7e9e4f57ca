/** The overlays of a conversation follow from its messages, not from their order. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { BULLETIN, DASHBOARD, LIST } from "../../lib/overlay/frame.ts";
import { Conversation, keyFor, PEOPLE, said } from "./kept.ts";
import { Dice, talk, toldInAnyOrder } from "./talk.ts";
import { fiveWriters } from "./writers.ts";

Deno.test("Engine keeps the same bytes in any order, with duplicates, late parents and deletions", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 90 }), async (seed, count) => {
      const dice = new Dice(seed + 1);
      const said = talk(dice, count);
      // Some lie at two positions, as when somebody copies a leaf to another path.
      const log = [...dice.shuffled(said), ...said.filter(() => dice.below(8) === 0)];
      const here = new Conversation("group");
      await toldInAnyOrder(dice, here, log);
      strictEqual(await here.text(), await here.rebuilt());
    }),
    { numRuns: 25 },
  );
});

Deno.test("Five writers who are cut off from each other end with the same lists, polls and dashboards", async () => {
  for (let seed = 1; seed <= 2; seed++) await fiveWriters(seed);
});

Deno.test("Index of an overlay has exactly its messages, newest first, also of numbers that nobody knows", async () => {
  const here = new Conversation("group");
  const all = talk(new Dice(5), 120);
  for (const [i, kept] of all.entries()) await here.set(i + 1, kept);
  const values = all.flatMap(({ body }, i) => body.includes(`"o":${DASHBOARD}`) ? [i + 1] : []).reverse();
  strictEqual(await here.engine.count(DASHBOARD), values.length);
  deepStrictEqual(
    (await here.engine.newest(DASHBOARD, 3)).map(({ position }) => position),
    values.slice(0, 3),
  );
  deepStrictEqual(
    (await here.engine.newest(DASHBOARD, 9, 2)).map(({ position }) => position),
    values.slice(2, 11),
  );
});

Deno.test("The beginning of a key finds things of its kind, not what is said of them", async () => {
  const here = new Conversation("person");
  const posts = Array.from(
    { length: 300 },
    (_, i) => said(PEOPLE[1], { o: BULLETIN, d: `post ${i}`, s: 1 + i }),
  );
  const keys = posts.map(keyFor);
  for (const [i, post] of posts.entries()) await here.set(i + 1, post);
  const edit = { o: BULLETIN, d: "other", p: keys[7], s: 900, extra: { a: "edit" } };
  await here.set(301, said(PEOPLE[1], edit));
  await here.set(302, said(PEOPLE[1], { o: LIST, d: { a: "new", l: "list" }, s: 901 }));
  await here.reopen();
  deepStrictEqual(await here.engine.keysOf("board", keys[7], 10), [keys[7]]);
  deepStrictEqual(await here.engine.keysOf("list", keys[7], 10), []);
  deepStrictEqual(
    await here.engine.keysOf("board", keyFor(said(PEOPLE[1], edit)), 10),
    [],
    "an edit is no post",
  );
  const begin = keys[9].slice(0, 1);
  const expected = keys.filter((key) => key.startsWith(begin)).slice(0, 3);
  deepStrictEqual(await here.engine.keysOf("board", begin, 3), expected);
});

Deno.test("A message at several positions lies at the first, and at the next one when that goes", async () => {
  const here = new Conversation("person");
  const post = said(PEOPLE[1], { o: BULLETIN, d: "again", s: 1 });
  for (const position of [5, 3, 9]) await here.set(position, post);
  for (const [gone, first] of [[5, 3], [3, 9], [9, undefined]] as const) {
    await here.set(gone, undefined);
    strictEqual(await here.engine.positionOf(keyFor(post)), first);
  }
  strictEqual((await here.text()).match(/again|n\//), null, "nothing is left of it");
});
