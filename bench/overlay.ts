/**
 * Overlays of a short and a long conversation: what folding a message takes, how many pages a screen reads, and what
 * an engine holds in memory. Pages lie in a map, so that only our own work is measured.
 *
 * @module
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type EngineHead, type EngineOptions, OverlayEngine } from "../lib/overlay/engine.ts";
import type { Kept } from "../lib/overlay/entry.ts";
import { repliesOf, threadsOf } from "../lib/overlay/folds/board_rows.ts";
import { BULLETIN, encodeOverlay } from "../lib/overlay/frame.ts";
import { keyOf, personName } from "../lib/overlay/names.ts";
import { fromUtf8 } from "../lib/wire/bytes.ts";
import { shown, spread } from "./stats.ts";

const AUTHOR = `02${"ab".repeat(32)}`;
const SCREEN = 40;
/** Messages between two writings. */
const BATCH = 100;
/** One message in so many is of another overlay, which is in the index alone. */
const SELDOM = 1000;
const OTHER = 7;
const ROUNDS = 10;

/** Folds posts under one parent, and prints what the last ones took beside the first ones. */
export async function benchOverlay(large = 100_000): Promise<void> {
  const disk = new Map<string, Uint8Array>();
  let reads = 0;
  const read = (name: string): Promise<Uint8Array | undefined> => (reads++, Promise.resolve(disk.get(name)));
  const options = {
    scope: "person",
    salt: new Uint8Array(16),
    read,
    log: () => Promise.resolve(undefined),
  } as const;
  let engine = new OverlayEngine(options);
  const said = (i: number, parent?: string): Kept => {
    if (i > 0 && i % SELDOM === 0) {
      const body = encodeOverlay({ overlay: OTHER, data: `${i}`, fallback: `${i}`, extra: {} });
      return { position: i + 1, author: AUTHOR, own: false, body, atMs: i };
    }
    const extra = { s: 1_700_000_000_000 + i };
    const body = encodeOverlay({
      overlay: BULLETIN,
      data: `post ${i}`,
      fallback: `post ${i}`,
      extra,
      parent,
    });
    return { position: i + 1, author: AUTHOR, own: false, body, atMs: 0 };
  };
  const write = (): void => {
    for (const { name, value } of engine.take()) {
      if (value === undefined) disk.delete(name);
      else disk.set(name, value);
    }
  };
  const root = said(0);
  const parent = personName(AUTHOR, root.body).slice(0, 16);
  await engine.set(1, root);
  let next = 1;
  // Each is written before the next one comes, as in a conversation that is followed.
  const batch = async (isFollowed = true): Promise<number> => {
    const startMs = performance.now();
    for (let i = 0; i < BATCH; i++, next++) {
      await engine.set(next + 1, said(next, parent));
      if (isFollowed) write();
    }
    write();
    return (performance.now() - startMs) / BATCH;
  };
  await batch();
  const few = [];
  for (let i = 0; i < ROUNDS; i++) few.push(await batch());
  while (next < large) await batch(false);
  const many = [];
  for (let i = 0; i < ROUNDS; i++) many.push(await batch());
  await engine.settle();
  write();
  engine = new OverlayEngine({ ...options, head: engine.head });
  const pages = async (run: () => Promise<unknown>): Promise<number> => {
    const before = reads;
    await run();
    return reads - before;
  };
  const key = keyOf("person", parent)!;
  const thread = await pages(() => repliesOf(engine.tree("board"), key, { limit: SCREEN, newest: true }));
  engine = new OverlayEngine({ ...options, head: engine.head });
  const list = await pages(() => threadsOf(engine.tree("board"), { limit: SCREEN }));
  const newest = async (overlay: number): Promise<number> => {
    engine = new OverlayEngine({ ...options, head: engine.head });
    return await pages(() => engine.newest(overlay, SCREEN));
  };
  const [seldom, common] = [await newest(OTHER), await newest(BULLETIN)];
  const lie = pagesOf(disk, SCREEN);
  console.log(`\nOverlays, a bulletin of ${large.toLocaleString("en")} posts under one parent`);
  const ratio = spread(many).median / spread(few).median;
  console.log(`  a post among the first 1,100   ${shown(few, 2)} ms`);
  console.log(`  a post among the last 1,000    ${shown(many, 2)} ms   × ${ratio.toFixed(2)}`);
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
  console.log(`  held by an engine in use       ${await held(options, engine.head, key)} MiB; at most 10`);
  const bytes = [...disk.values()].reduce((sum, { length }) => sum + length, 0);
  console.log(`  kept for each post             ${(bytes / next).toFixed(0)} bytes`);
}

/** In how many pages so many rows of a thread lie, on average, when the first one begins within one. */
function pagesOf(disk: ReadonlyMap<string, Uint8Array>, rows: number): number {
  const counts = [...disk].filter(([name]) => name.startsWith("board0:")).map(([, value]) => {
    const flat = JSON.parse(fromUtf8(value)) as unknown[];
    return flat.filter((key) => typeof key === "string" && key.startsWith("t/")).length;
  }).filter((count) => count > 0);
  return Math.ceil(rows * counts.length / counts.reduce((sum, count) => sum + count, 0)) + 1;
}

/** What an engine has in memory after somebody has gone through all of a thread, MiB: how much lower the heap is without it. */
async function held(options: EngineOptions, head: EngineHead, root: string): Promise<string> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const heap = (): number => {
    collect();
    return Deno.memoryUsage().heapUsed;
  };
  const before = heap();
  const engine = new OverlayEngine({ ...options, head });
  const tree = engine.tree("board");
  const { total } = await repliesOf(tree, root, { limit: 1 });
  for (let skip = 0; skip < total; skip += SCREEN) await repliesOf(tree, root, { limit: SCREEN, skip });
  const after = heap();
  await engine.positionOf(root); // it is in use until here
  return ((after - before) / 2 ** 20).toFixed(1);
}
