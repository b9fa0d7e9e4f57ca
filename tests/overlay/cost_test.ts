/** What overlays cost, in page reads: of a place that counts them, never in time. */
import { ok, strictEqual } from "node:assert/strict";
import { repliesOf, threadsOf } from "../../lib/overlay/folds/board_rows.ts";
import { itemsOf } from "../../lib/overlay/folds/list_rows.ts";
import { BULLETIN, DASHBOARD, LIST } from "../../lib/overlay/frame.ts";
import { FOLLOWED } from "../../lib/overlay/keeper.ts";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { Conversation, keyFor, nameOf, PEOPLE, said } from "./kept.ts";
import { signatureOf } from "./talk.ts";

const SCREEN = 40;
/** `deno test` takes the small size; `OVERLAY_POSTS=100000` the one that is promised. */
const POSTS = Number(Deno.env.get("OVERLAY_POSTS") ?? 1500);

const signed = (kept: ReturnType<typeof said>) => ({ ...kept, signature: signatureOf(kept.body) });
const post = (i: number, p?: string) =>
  signed(
    said(PEOPLE[i % 5], { o: BULLETIN, d: `post ${i} ${"x".repeat(60)}`, s: 1000 + i, ...(p && { p }) }),
  );

/** Reads of a call of an engine that has nothing in memory. */
async function cold<T>(here: Conversation, run: () => Promise<T>): Promise<{ reads: number; result: T }> {
  await here.reopen();
  await here.engine.settle();
  here.open(here.engine.head);
  const before = here.kept.reads;
  return { result: await run(), reads: here.kept.reads - before };
}

/** How many pages of rows hold so many rows of that kind: what is to be shown lies in these. */
function screenPages(here: Conversation, prefix: string, rows: number): number {
  const pages = [...here.kept.pages].filter(([name]) =>
    name.startsWith("board0:") || name.startsWith("index0:")
  )
    .map(([, value]) => fromUtf8(value).split("\n").filter((line) => line.startsWith(prefix)).length)
    .filter((count) => count > 0);
  const average = pages.reduce((sum, count) => sum + count, 0) / pages.length;
  return Math.ceil(rows / average) + 1;
}

Deno.test(`Bulletin of ${POSTS} posts under one parent opens with at most 3 × the pages of the screen`, async () => {
  const here = new Conversation("group");
  const root = post(0);
  await here.set(1, root);
  const costs: number[] = [];
  for (let i = 1; i <= POSTS; i++) {
    await here.set(i + 1, post(i, nameOf(root)));
    if (i % 500 === 0) here.kept.write(here.engine.take());
    if (i === 100 || i === POSTS) {
      const { reads } = await cold(here, () => here.set(POSTS + i + 1, post(POSTS + i, nameOf(root))));
      costs.push(reads + here.engine.take().length);
      here.kept.write(here.engine.take());
      await here.set(POSTS + i + 1, undefined);
    }
  }
  const { reads, result } = await cold(
    here,
    () => repliesOf(here.engine.tree("board"), keyFor(root), { limit: SCREEN, newest: true }),
  );
  strictEqual(result.total, POSTS);
  strictEqual(result.rows.length, SCREEN);
  strictEqual(result.rows[0].text, `post ${POSTS} ${"x".repeat(60)}`);
  const screen = screenPages(here, "t/", SCREEN);
  ok(reads <= 3 * screen, `${reads} page reads for a screen of ${screen}`);
  const middle = await cold(
    here,
    () => repliesOf(here.engine.tree("board"), keyFor(root), { limit: SCREEN, skip: POSTS >> 1 }),
  );
  ok(middle.reads <= 4 * screen, `${middle.reads} page reads in the middle for a screen of ${screen}`);
  const list = await cold(here, () => threadsOf(here.engine.tree("board"), { limit: SCREEN }));
  strictEqual(list.result.rows[0].replies, POSTS);
  ok(list.reads <= 3 * 2, `${list.reads} page reads for the list of posts`);
  if (POSTS > 50_000) console.log({ screen, newest: reads, middle: middle.reads, list: list.reads, costs });
  // At 100 rows of all kinds share their pages; what is above them grows by a level now and then.
  ok(costs[1] <= 2 * costs[0], `a message costs ${costs[0]} pages at 100, ${costs[1]} at ${POSTS}`);
});

Deno.test(`A post that is followed costs as many pages among 100 as among ${POSTS}`, async () => {
  const here = new Conversation("group");
  const root = post(0);
  await here.set(1, root);
  const costs: number[] = [];
  for (let i = 1; i <= POSTS + FOLLOWED; i++) {
    if (i === 101 || i === POSTS + 1) here.kept.reads = 0;
    await here.set(i + 1, post(i, nameOf(root)));
    const isEnd = i === 100 + FOLLOWED || i === POSTS + FOLLOWED;
    if (!isEnd && i % 500 !== 0 && i !== 100 && i !== POSTS) continue;
    await here.engine.settle();
    const writes = here.engine.take();
    here.kept.write(writes);
    if (isEnd) costs.push((here.kept.reads + writes.length) / FOLLOWED);
  }
  if (POSTS > 50_000) console.log({ followed: costs });
  ok(costs[1] <= 1.25 * costs[0], `a message costs ${costs[0]} pages at 100, ${costs[1]} at ${POSTS}`);
});

Deno.test("Newest page of an overlay that is rare is read like the chat's", async () => {
  const here = new Conversation("group");
  const every = POSTS > 50_000 ? 1000 : 100;
  let rare = 0;
  for (let i = 1; i <= POSTS; i++) {
    const kept = i % every === 0
      ? signed(said(PEOPLE[0], { o: DASHBOARD, d: `value ${i}`, s: 1000 + i }))
      : { ...post(i), body: `hello ${i}` };
    await here.set(i, kept);
    rare += i % every === 0 ? 1 : 0;
  }
  // Chat is not in the index: what a screen of it costs is what its own pages cost, one for some 100 messages.
  for (let i = 1; i <= POSTS; i++) {
    await here.set(POSTS + i, signed(said(PEOPLE[1], { o: 7, d: `other ${i}`, s: 9000 + i })));
  }
  const common = await cold(here, () => here.engine.newest(7, SCREEN));
  const seldom = await cold(here, () => here.engine.newest(DASHBOARD, SCREEN));
  strictEqual(seldom.result.length, Math.min(SCREEN, rare), "a page is full, or all there is");
  strictEqual(await here.engine.count(DASHBOARD), rare);
  if (POSTS > 50_000) console.log({ seldom: seldom.reads, common: common.reads });
  ok(seldom.reads <= 2 * common.reads, `${seldom.reads} page reads against ${common.reads}`);
});

Deno.test("Answers to answers, the deepest first, cost no more than in order", async () => {
  const depth = 700;
  const chain = [post(0)];
  for (let i = 1; i < depth; i++) chain.push(post(i, nameOf(chain[i - 1])));
  const here = new Conversation("group");
  for (let i = depth - 1; i >= 0; i--) await here.set(depth - i, chain[i]);
  await here.engine.settle();
  const { total, rows } = await repliesOf(here.engine.tree("board"), keyFor(chain[0]), {
    limit: 1,
    newest: true,
  });
  strictEqual(total, depth - 1);
  strictEqual(rows[0].depth, depth - 1);
  await here.set(depth, undefined); // the post that all hang on
  await here.engine.settle();
  strictEqual((await threadsOf(here.engine.tree("board"))).total, 0);
  strictEqual((await repliesOf(here.engine.tree("board"), keyFor(chain[0]))).total, 0);
});

Deno.test("A list of thousands of items opens like a short one", async () => {
  const here = new Conversation("group");
  const list = signed(said(PEOPLE[0], { o: LIST, d: { a: "new", l: "all" }, s: 1 }));
  await here.set(1, list);
  for (let i = 1; i <= 1000; i++) {
    await here.set(
      i + 1,
      signed(said(PEOPLE[0], { o: LIST, d: { a: "add", i: `item ${i}` }, s: i, p: nameOf(list) })),
    );
  }
  const { reads, result } = await cold(
    here,
    () => itemsOf(here.engine.tree("list"), keyFor(list), { limit: SCREEN }),
  );
  strictEqual(result.total, 1000);
  strictEqual(result.rows[0].text, "item 1");
  ok(reads <= 3 * 3, `${reads} page reads`);
});
