/**
 * Overlays of a short and a long conversation: what folding a message takes, how many pages a screen reads, and what
 * an engine holds in memory. Pages lie in a map, so that only our own work is measured.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { OverlayEngine } from "../lib/overlay/engine.ts";
import type { Kept } from "../lib/overlay/entry.ts";
import { repliesOf, threadsOf } from "../lib/overlay/folds/board_rows.ts";
import { BULLETIN, encodeOverlay } from "../lib/overlay/frame.ts";
import type { KeeperState } from "../lib/overlay/generation.ts";
import { Keeper, type KeeperPorts } from "../lib/overlay/keeper.ts";
import { keyOf, personName } from "../lib/overlay/names.ts";
import { fromUtf8 } from "../lib/wire/bytes.ts";
import { shown, spread } from "./stats.ts";

const AUTHOR = `02${"ab".repeat(32)}`;
const SCREEN = 40;
/** Messages that come one after the other and are measured together. */
const BATCH = 128;
/** One message in so many is of another overlay, which is in the index alone. */
const SELDOM = 1000;
const OTHER = 7;
const ROUNDS = 20;
/** Sizes of conversations that posts are folded in, beside the large one. */
const SMALL = [100, 1000];

/** Bytes by name in one long array: some 100,000 arrays in its place would be swept again and again while we measure. */
class Disk {
  #bytes = new Uint8Array(2 ** 20);
  #end = 0;
  readonly #places = new Map<string, number>();

  write(name: string, value: Uint8Array | undefined): void {
    if (value === undefined) return void this.#places.delete(name);
    while (this.#end + value.length > this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#bytes.length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes.set(value, this.#end);
    this.#places.set(name, this.#end * LONGEST + value.length);
    this.#end += value.length;
  }

  read(name: string): Uint8Array | undefined {
    const place = this.#places.get(name);
    if (place === undefined) return undefined;
    const at = Math.floor(place / LONGEST);
    return this.#bytes.subarray(at, at + place % LONGEST);
  }

  *[Symbol.iterator](): Generator<[name: string, value: Uint8Array]> {
    for (const name of this.#places.keys()) yield [name, this.read(name)!];
  }
}

/** Above the length of each value. */
const LONGEST = 2 ** 18;

/** A bulletin that grows, what follows it, and where rows lie. */
class Bulletin {
  readonly disk = new Disk();
  reads = 0;
  /** Posts that there are. */
  posts = 0;
  #state: KeeperState | undefined;
  readonly #ports: KeeperPorts = {
    scope: "person",
    salt: new Uint8Array(16),
    page: (_, name) => (this.reads++, Promise.resolve(this.disk.read(name))),
    write: (_, pages, state) => {
      for (const { name, value } of pages) {
        this.disk.write(name, value);
      }
      this.#state = state;
      return Promise.resolve();
    },
    last: () => Promise.resolve(this.posts),
    behind: (position, limit) => {
      const kept: Kept[] = [];
      for (let i = position; i < Math.min(this.posts, position + limit); i++) kept.push(postOf(i));
      return Promise.resolve(kept);
    },
    at: () => Promise.resolve(undefined),
  };
  keeper = new Keeper(this.#ports);

  /** Names what all others answer. */
  static get parent(): string {
    return personName(AUTHOR, said(0).body).slice(0, 16);
  }

  /** Has so many posts, all of them folded and written down. */
  async growTo(posts: number): Promise<void> {
    this.posts = Math.max(this.posts, posts);
    await this.keeper.catchUp([], 0, 0);
    while (this.keeper.engine === undefined) await this.keeper.build();
    await this.keeper.flush();
  }

  /** What a post takes, ms of the processor, of a batch each of which is followed as it comes; all are written down in the end. */
  async batch(): Promise<number> {
    const before = cpuUsage();
    for (let i = 0; i < BATCH; i++) {
      this.posts++;
      await this.keeper.catchUp([], 0, 0);
    }
    await this.keeper.flush();
    const { user, system } = cpuUsage(before);
    return (user + system) / 1000 / BATCH;
  }

  /** Pages that are read when nothing is in memory. */
  async pages(run: (engine: OverlayEngine) => Promise<unknown>): Promise<number> {
    await this.keeper.flush();
    this.keeper = new Keeper(this.#ports, this.#state);
    const before = this.reads;
    await run(this.keeper.engine!);
    return this.reads - before;
  }
}

const postOf = (i: number): Kept => said(i, i === 0 ? undefined : Bulletin.parent);

/** The post with that number, or one message of another overlay among so many. */
function said(i: number, parent?: string): Kept {
  if (i > 0 && i % SELDOM === 0) {
    const body = encodeOverlay({ overlay: OTHER, data: `${i}`, fallback: `${i}`, extra: {} });
    return { position: i + 1, author: AUTHOR, own: false, body, atMs: i };
  }
  const extra = { s: 1_700_000_000_000 + i };
  const [text, overlay] = [`post ${i}`, BULLETIN];
  const body = encodeOverlay({ overlay, data: text, fallback: text, extra, parent });
  return { position: i + 1, author: AUTHOR, own: false, body, atMs: 0 };
}

/** Folds posts under one parent, and prints what one takes in a long conversation beside short ones. */
export async function benchOverlay(large = 100_000): Promise<void> {
  const sizes = [...SMALL, large];
  const taken: number[][] = sizes.map(() => []);
  const grown = new Bulletin();
  await grown.growTo(large);
  // One beside the other, so that what else the machine does falls on all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, size] of sizes.entries()) {
      const one = size === large ? grown : new Bulletin();
      await one.growTo(size);
      taken[i].push(await one.batch());
    }
  }
  const key = keyOf("person", Bulletin.parent)!;
  const thread = await grown.pages((engine) =>
    repliesOf(engine.tree("board"), key, { limit: SCREEN, newest: true })
  );
  const list = await grown.pages((engine) => threadsOf(engine.tree("board"), { limit: SCREEN }));
  const newest = (overlay: number) => grown.pages((engine) => engine.newest(overlay, SCREEN));
  const [seldom, common] = [await newest(OTHER), await newest(BULLETIN)];
  const lie = pagesOf(grown.disk, SCREEN);
  console.log(`\nOverlays, a bulletin of ${large.toLocaleString("en")} posts under one parent`);
  for (const [i, size] of sizes.entries()) {
    const ratio = spread(taken[i]).median / spread(taken[0]).median;
    const what = `a post more among ${size.toLocaleString("en")}`.padEnd(30);
    console.log(`  ${what} ${shown(taken[i], 2)} ms${i === 0 ? "" : `   × ${ratio.toFixed(2)}`}`);
  }
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
  console.log(`  kept for each post             ${(bytes / grown.posts).toFixed(0)} bytes`);
}

/** In how many pages so many rows of a thread lie, on average, when the first one begins within one. */
function pagesOf(disk: Iterable<[name: string, value: Uint8Array]>, rows: number): number {
  const counts = [...disk].filter(([name]) => name.startsWith("board0:"))
    .map(([, value]) => fromUtf8(value).split("\n").filter((line) => line.startsWith("t/")).length)
    .filter((count) => count > 0);
  return Math.ceil(rows * counts.length / counts.reduce((sum, count) => sum + count, 0)) + 1;
}

/** What an engine has in memory after somebody has gone through all of a thread, MiB: how much lower the heap is without it. */
async function held(grown: Bulletin, root: string): Promise<string> {
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
