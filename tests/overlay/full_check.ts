/** Folds at their full size: 100,000 items of a list, answers 10,000 deep; what they cost in pages, never in time. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { repliesOf, threadsOf } from "../../lib/overlay/folds/board_rows.ts";
import { itemsOf, listsOf } from "../../lib/overlay/folds/list_rows.ts";
import { BULLETIN, LIST } from "../../lib/overlay/frame.ts";
import { Conversation, keyFor, nameOf, PEOPLE, said } from "./kept.ts";
import { signatureOf } from "./talk.ts";

const ITEMS = 100_000;
const DEPTH = 10_000;
const SCREEN = 40;
/** Messages between two writings, as a keeper has it. */
const PART = 128;
/** Pages that wait for a writing at most: what is in memory is bounded by these. */
const MOST_WAITING = 600;

const signed = (kept: ReturnType<typeof said>) => ({ ...kept, signature: signatureOf(kept.body) });

/** Tells messages in their order; what waits is written now and then. @returns The most pages that waited. */
async function tell(here: Conversation, all: Iterable<ReturnType<typeof signed>>): Promise<number> {
  let [position, most] = [here.log.size, 0];
  for (const kept of all) {
    await here.set(++position, kept);
    if (position % PART === 0) {
      most = Math.max(most, here.engine.waiting);
      here.kept.write(here.engine.take());
    }
  }
  for (let more = true; more;) {
    more = await here.engine.step();
    most = Math.max(most, here.engine.waiting);
    if (here.engine.waiting >= PART) here.kept.write(here.engine.take());
  }
  return most;
}

/** Pages that are read by somebody who has nothing in memory. */
async function cold<T>(here: Conversation, run: () => Promise<T>): Promise<{ reads: number; result: T }> {
  await here.reopen();
  await here.engine.settle();
  here.open(here.engine.head);
  const before = here.kept.reads;
  return { result: await run(), reads: here.kept.reads - before };
}

Deno.test("A list of 100,000 items opens, turns and grows like one of 1,000, and its counts are exact", async () => {
  const list = signed(said(PEOPLE[0], { o: LIST, d: { a: "new", l: "all" }, s: 1 }));
  const item = (i: number) =>
    signed(said(PEOPLE[i % 5], { o: LIST, d: { a: "add", i: `item ${i}` }, s: 1 + i, p: nameOf(list) }));
  const from = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => item(start + i));
  const here = new Conversation("group");
  const costs: Record<string, number>[] = [];
  let told = 0;
  for (const size of [1000, ITEMS]) {
    const most = await tell(here, [...(told === 0 ? [list] : []), ...from(told + 1, size + 1)]);
    ok(most <= MOST_WAITING, `${most} pages wait`);
    told = size;
    const part = (skip: number) =>
      cold(here, () => itemsOf(here.engine.tree("list"), keyFor(list), { limit: SCREEN, skip }));
    const [first, middle, last] = [await part(0), await part(size >> 1), await part(size - SCREEN)];
    strictEqual(first.result.total, size);
    deepStrictEqual([first, middle, last].map(({ result }) => result.rows[0].text), [
      "item 1",
      `item ${(size >> 1) + 1}`,
      `item ${size - SCREEN + 1}`,
    ]);
    const lists = await cold(here, () => listsOf(here.engine.tree("list")));
    deepStrictEqual(lists.result.rows.map(({ items, done }) => [items, done]), [[size, 0]]);
    const check = signed(said(PEOPLE[1], { o: LIST, d: { a: "done" }, s: 1e6 + size, p: nameOf(item(5)) }));
    const one = await cold(here, () => here.set(here.log.size + 1, check));
    const written = here.engine.take();
    here.kept.write(written);
    await here.set(here.log.size, undefined);
    costs.push({
      first: first.reads,
      middle: middle.reads,
      last: last.reads,
      lists: lists.reads,
      change: one.reads + written.length,
    });
  }
  console.log(costs);
  for (const [what, pages] of Object.entries(costs[1])) {
    ok(pages <= 2.5 * costs[0][what], `${what}: ${pages} pages at ${ITEMS}, ${costs[0][what]} at 1000`);
  }
});

for (const order of ["the deepest first", "in order"]) {
  Deno.test(`Answers 10,000 deep that come ${order} are counted, read and taken away in small steps`, async () => {
    const chain = [signed(said(PEOPLE[0], { o: BULLETIN, d: "post 0", s: 1000 }))];
    for (let i = 1; i < DEPTH; i++) {
      const p = nameOf(chain[i - 1]);
      chain.push(signed(said(PEOPLE[i % 5], { o: BULLETIN, d: `post ${i}`, s: 1000 + i, p })));
    }
    const here = new Conversation("group");
    const most = await tell(here, order === "in order" ? chain : [...chain].reverse());
    ok(most <= MOST_WAITING, `${most} pages wait`);
    const replies = (skip: number) =>
      cold(
        here,
        () => repliesOf(here.engine.tree("board"), keyFor(chain[0]), { limit: SCREEN, skip, newest: true }),
      );
    const [newest, middle] = [await replies(0), await replies(DEPTH >> 1)];
    deepStrictEqual([newest.result.total, newest.result.rows[0].depth], [DEPTH - 1, DEPTH - 1]);
    strictEqual(middle.result.rows[0].depth, DEPTH - 1 - (DEPTH >> 1));
    ok(newest.reads <= 12 && middle.reads <= 16, `${newest.reads} and ${middle.reads} page reads`);
    await here.set(order === "in order" ? 1 : DEPTH, undefined); // the post that all hang on
    await tell(here, []);
    strictEqual((await threadsOf(here.engine.tree("board"))).total, 0);
    strictEqual((await repliesOf(here.engine.tree("board"), keyFor(chain[0]))).total, 0);
  });
}
