/**
 * Overlays of a short and a long conversation: what folding a message takes, how many pages a screen reads, and what
 * an engine holds in memory.
 *
 * @module
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { repliesOf, threadsOf } from "../lib/overlay/folds/board_rows.ts";
import { BULLETIN, encodeOverlay, LIST } from "../lib/overlay/frame.ts";
import { keyOf, personName } from "../lib/overlay/names.ts";
import { fromUtf8 } from "../lib/wire/bytes.ts";
import { AUTHOR, Followed } from "./overlay_rows.ts";
import { shown, spread } from "./stats.ts";

const SCREEN = 40;
/** Messages that come one after the other and are measured together. */
const BATCH = 128;
/** One message in so many is of another overlay, which is in the index alone. */
const SELDOM = 1000;
const OTHER = 7;
const ROUNDS = 20;
/** Sizes of conversations that messages are folded in, beside the large one. */
const SMALL = [100, 1000];

/** A stamp later than those of all that a conversation had at first. */
const LATE = 1_800_000_000_000;

/** A conversation, and what is said in it then. */
interface Case {
  /** What is measured. */
  readonly name: string;
  /** The messages that there are, from 0. */
  readonly first: (i: number) => string;
  /** One more, of so many there are. @param n  Its number. */
  readonly more: (n: number, size: number) => string;
}

const nameOf = (body: string): string => personName(AUTHOR, body).slice(0, 16);
const post = (s: number, parent?: string, a?: string): string => {
  const [data, extra] = [`post ${s % LATE}`, { s, ...(a !== undefined && { a }) }];
  return encodeOverlay({ overlay: BULLETIN, data, fallback: data, extra, parent });
};
const said = (what: object, s: number, parent?: string): string =>
  encodeOverlay({ overlay: LIST, data: JSON.stringify(what), fallback: "list", extra: { s }, parent });

const [ROOT, ALL] = [post(0), said({ a: "new", l: "all" }, 0)];
/** A post of one thread, or one message of another overlay among so many. */
const answer = (i: number): string =>
  i === 0
    ? ROOT
    : i % SELDOM === 0
    ? encodeOverlay({ overlay: OTHER, data: `${i}`, fallback: `${i}`, extra: {} })
    : post(i, nameOf(ROOT));
const item = (i: number): string => i === 0 ? ALL : said({ a: "add", i: `item ${i}` }, i, nameOf(ALL));
/** Goes through all numbers below a size in leaps, so that none is near the one before; not through multiples of `SELDOM`. */
const someOf = (n: number, size: number): number => {
  const i = (n * 61_803) % size;
  return i % SELDOM === 0 ? i + 1 : i;
};

const POSTS: Case = { name: "a post more", first: answer, more: (n, size) => answer(size + n) };
const OTHERS: readonly Case[] = [
  {
    name: "an edit of any post",
    first: answer,
    more: (n, size) => post(LATE + n, nameOf(answer(someOf(n, size))), "edit"),
  },
  { name: "an item more", first: item, more: (n, size) => item(size + n) },
  {
    name: "a check of any item",
    first: item,
    more: (n, size) => said({ a: n % 3 ? "done" : "undone" }, LATE + n, nameOf(item(someOf(n, size)))),
  },
  {
    name: "an answer in any thread",
    first: (i) => post(i),
    more: (n, size) => post(LATE + n, nameOf(post(someOf(n, size)))),
  },
];

/** Folds messages of each kind, and prints what one takes in a long conversation beside short ones. */
export async function benchOverlay(large = 100_000): Promise<void> {
  console.log(`\nOverlays among 100, 1,000 and ${large.toLocaleString("en")}, processor time, ms`);
  const grown = await folding(POSTS, large);
  for (const one of OTHERS) await folding(one, large);
  console.log(`\nA bulletin of ${large.toLocaleString("en")} posts under one parent`);
  const key = keyOf("person", nameOf(ROOT))!;
  const thread = await grown.pages((engine) =>
    repliesOf(engine.tree("board"), key, { limit: SCREEN, newest: true })
  );
  const list = await grown.pages((engine) => threadsOf(engine.tree("board"), { limit: SCREEN }));
  const newest = (overlay: number) => grown.pages((engine) => engine.newest(overlay, SCREEN));
  const [seldom, common] = [await newest(OTHER), await newest(BULLETIN)];
  const lie = pagesOf(grown.disk, SCREEN);
  console.log(
    `  pages read for the newest ${SCREEN}   ${thread}, where they lie in ${lie}: × ${
      (thread / lie).toFixed(1)
    }, at most 3; ` +
      `for the list of posts ${list}`,
  );
  console.log(
    `  newest ${SCREEN} of one in ${SELDOM}       ${seldom} pages, of the others ${common}: × ${
      (seldom / common).toFixed(1)
    }, at most 2`,
  );
  console.log(
    `  held by an engine in use       ${await held(grown, key)} MiB; at most 10`,
  );
  const bytes = [...grown.disk].reduce((sum, [, { length }]) => sum + length, 0);
  console.log(`  kept for each post             ${(bytes / grown.length).toFixed(0)} bytes`);
}

/** Prints what a message takes. @returns The long conversation. */
async function folding({ name, first, more }: Case, large: number): Promise<Followed> {
  const sizes = [...SMALL, large];
  const taken: number[][] = sizes.map(() => []);
  const grown = await new Followed(first).growTo(large);
  // One beside the other, so that what else the machine does falls on all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, size] of sizes.entries()) {
      const isLarge = size === large;
      const one = isLarge ? grown : await new Followed(first).growTo(size);
      const from = isLarge ? round * BATCH : 0;
      taken[i].push(await one.batch(Array.from({ length: BATCH }, (_, n) => more(from + n, size))));
    }
  }
  const ratio = (i: number): string => (spread(taken[i]).median / spread(taken[0]).median).toFixed(2);
  const figures = taken.map((some, i) => `${shown(some, 2)}${i === 0 ? "" : ` × ${ratio(i)}`}`);
  console.log(`  ${name.padEnd(24)} ${figures.join("   ")}`);
  return grown;
}

/** In how many pages so many rows of a thread lie, on average, when the first one begins within one. */
function pagesOf(disk: Iterable<[name: string, value: Uint8Array]>, rows: number): number {
  const counts = [...disk].filter(([name]) => name.startsWith("board0:"))
    .map(([, value]) => fromUtf8(value).split("\n").filter((line) => line.startsWith("t/")).length)
    .filter((count) => count > 0);
  return Math.ceil(rows * counts.length / counts.reduce((sum, count) => sum + count, 0)) + 1;
}

/** What an engine has in memory after somebody has gone through all of a thread, MiB: how much lower the heap is without it. */
async function held(grown: Followed, root: string): Promise<string> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const heap = (): number => {
    collect();
    return Deno.memoryUsage().heapUsed;
  };
  await grown.pages(() => Promise.resolve()); // what was in memory goes
  const before = heap();
  let after = 0;
  await grown.pages(async (engine) => {
    const tree = engine.tree("board");
    const { total } = await repliesOf(tree, root, { limit: 1 });
    for (let skip = 0; skip < total; skip += SCREEN) await repliesOf(tree, root, { limit: SCREEN, skip });
    after = heap();
    await engine.positionOf(root); // it is in use until here
  });
  return ((after - before) / 2 ** 20).toFixed(1);
}
