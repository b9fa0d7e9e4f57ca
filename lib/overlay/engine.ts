/**
 * The overlays of one conversation: which message belongs to which, and the rows that follow from each. The state is a
 * function of the messages that there are, and of the latest time it was told; nothing of it depends on their order.
 *
 * @see lib/overlay/README.md
 * @module
 */
import { type Entry, entryOf, type Kept } from "./entry.ts";
import type { Fold } from "./fold.ts";
import { boardFold, marksOf, markThread } from "./folds/board.ts";
import { dashFold, intervalOf, thin } from "./folds/dash.ts";
import { listFold } from "./folds/list.ts";
import { pollFold } from "./folds/poll.ts";
import type { Scope } from "./names.ts";
import { Pages, type PageWrite, type ReadPage } from "./pages.ts";
import { type AtPosition, place, Positions } from "./positions.ts";
import { END, Tree } from "./tree.ts";

/** Folds by the name of their tree. */
const FOLDS: Readonly<Record<string, Fold>> = {
  list: listFold,
  board: boardFold,
  poll: pollFold,
  dash: dashFold,
};
const INDEX = "index";
/** Loose rows that are kept in memory though they were not changed, some 300 bytes each. */
const LOOSE_CACHED = 256;
/** So many loose rows that wait weigh like a page. */
const LOOSE_IN_PAGE = 8;

/** What has to be kept beside the pages. */
export interface EngineHead {
  /** The top level of each tree, by its name. */
  readonly tops: Readonly<Record<string, number>>;
  /** The latest time that it was told, milliseconds since 1970. */
  readonly nowMs: number;
}

/** What an engine is made of. */
export interface EngineOptions {
  /** Two people or a group. */
  readonly scope: Scope;
  /** Of this store alone, 16 bytes; see {@link Tree}. */
  readonly salt: Uint8Array;
  /** Reads pages that were taken from {@link OverlayEngine.take}. */
  readonly read: ReadPage;
  /** What the log says at a position now; undefined: nothing that counts. */
  readonly log: (position: number) => Promise<Kept | undefined>;
  /** What it was; left out for a new one. */
  readonly head?: EngineHead;
}

/** A message of an overlay in its index. */
export interface IndexRow {
  /** Its place in the conversation. */
  readonly position: number;
  /** Names it. */
  readonly key: string;
  /** Who wrote it. */
  readonly author: string;
  /** See {@link Entry.stamp}. */
  readonly stamp: number;
  /** The beginning of its readable line. */
  readonly excerpt: string;
}

/**
 * One conversation's overlays. When a read fails in the middle of a call, what is in memory is worth nothing: open
 * another one from what was written down.
 */
export class OverlayEngine {
  readonly #options: EngineOptions;
  readonly #pages: Pages;
  readonly #loose: Pages;
  readonly #trees: Readonly<Record<string, Tree>>;
  readonly #positions: Positions;
  #nowMs: number;
  /** Folds that may have left something to do. */
  readonly #owing = new Set(Object.keys(FOLDS));

  /** Goes on where the head stands. */
  constructor(options: EngineOptions) {
    const { read, salt, head } = options;
    this.#options = options;
    const [pages, loose] = [new Pages(read), new Pages(read, LOOSE_CACHED)];
    [this.#pages, this.#loose] = [pages, loose];
    this.#nowMs = head?.nowMs ?? 0;
    const tree = (name: string): Tree => {
      const top = head?.tops[name];
      return new Tree({ pages, loose, name, salt, top });
    };
    this.#trees = Object.fromEntries(
      [INDEX, ...Object.keys(FOLDS)].map((name) => [name, tree(name)]),
    );
    this.#positions = new Positions(this.#trees[INDEX]);
  }

  /** To be written down together with what {@link OverlayEngine.take} gives. */
  get head(): EngineHead {
    const tops = Object.fromEntries(Object.entries(this.#trees).map(([name, tree]) => [name, tree.top]));
    return { tops, nowMs: this.#nowMs };
  }

  /** How many pages were read from where they are kept. */
  get reads(): number {
    return this.#pages.reads + this.#loose.reads;
  }

  /** How many pages wait to be written, or what weighs like them. */
  get waiting(): number {
    return this.#pages.waiting + Math.ceil(this.#loose.waiting / LOOSE_IN_PAGE);
  }

  /** The latest time that it was told. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The rows of a fold, to be read: `list`, `board`, `poll` or `dash`. */
  tree(name: "list" | "board" | "poll" | "dash"): Tree {
    return this.#trees[name];
  }

  /** Takes what the log says at a position: something new, something else, or nothing any more. */
  async set(position: number, kept: Kept | undefined): Promise<void> {
    await this.settle();
    const entry = kept === undefined ? undefined : entryOf(this.#options.scope, kept);
    const old = await this.#positions.at(position);
    if (old !== undefined && entry !== undefined && old.key === entry.key) return;
    if (old !== undefined) await this.#remove(position, old);
    if (entry !== undefined) await this.#add(entry);
  }

  /** Takes the time. It never goes back. */
  tick(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, Math.floor(nowMs));
    for (const name of Object.keys(FOLDS)) this.#owing.add(name);
  }

  /**
   * Does a part of what is left to do, some hundred rows: all messages are taken when this says false.
   * @returns Whether there may be more.
   */
  async step(): Promise<boolean> {
    for (const name of this.#owing) {
      if (await FOLDS[name].step(this.#trees[name], this.#nowMs, (key) => this.#again(key))) return true;
      this.#owing.delete(name);
    }
    return false;
  }

  /** Does all that is left to do. */
  async settle(): Promise<void> {
    while (await this.step());
  }

  /** What has changed since the last call, to be written down in one commit with {@link OverlayEngine.head}. */
  take(): PageWrite[] {
    return [...this.#pages.take(), ...this.#loose.take()];
  }

  /** The user has read a thread up to a position. */
  async markThread(root: string, position: number): Promise<void> {
    await this.settle();
    await markThread(this.#trees.board, root, position, this.#nowMs);
  }

  /** What the user has read: roots and positions. */
  marks(): Promise<[string, number][]> {
    return marksOf(this.#trees.board);
  }

  /** Of each widget one value in so many milliseconds is kept from now on, and of those before. */
  async thin(intervalMs: number): Promise<void> {
    await this.settle();
    await thin(this.#trees.dash, intervalMs);
    this.#owing.add("dash");
  }

  /** What {@link OverlayEngine.thin} was told last. */
  interval(): Promise<number> {
    return intervalOf(this.#trees.dash);
  }

  /** The names of all its pages; those of loose rows first, for what names them is in the others. */
  async *pageNames(): AsyncGenerator<string> {
    yield* this.#looseNames();
    for (const tree of Object.values(this.#trees)) yield* tree.pageNames();
  }

  async *#looseNames(): AsyncGenerator<string> {
    for await (const [overlay, key] of this.#positions.all()) {
      yield this.#positions.nameOf(key);
      for (const [name, fold] of Object.entries(FOLDS)) {
        if (fold.overlay !== overlay) continue;
        const tree = this.#trees[name];
        for (const row of await fold.looseOf(tree, key)) yield tree.loose.nameOf(row);
      }
    }
  }

  /** How many messages an overlay has. */
  count(overlay: number): Promise<number> {
    return this.#trees[INDEX].count(`i/${overlay}/`, `i/${overlay}/${END}`);
  }

  /** The messages of an overlay, newest first. @param skip  So many newer ones are passed over. */
  async newest(overlay: number, limit: number, skip = 0): Promise<IndexRow[]> {
    const range = { from: `i/${overlay}/`, to: `i/${overlay}/${END}`, limit, skip, reverse: true };
    return (await this.#trees[INDEX].list(range)).map(({ key: row, value }) => {
      const [key, author, stamp, excerpt] = value as [string, string, number, string];
      return { position: parseInt(row.split("/")[2], 16), key, author, stamp, excerpt };
    });
  }

  /**
   * Keys that begin with a text: of lists and items, posts, or polls. Nothing is in the order of keys, so it looks at
   * each message's, some thousand in a moment.
   */
  async keysOf(name: "list" | "board" | "poll", prefix: string, limit: number): Promise<string[]> {
    const [found, { loose }] = [new Set<string>(), this.#trees[name]];
    for await (const [overlay, key] of this.#positions.all()) {
      if (overlay !== FOLDS[name].overlay || !key.startsWith(prefix)) continue;
      if (await loose.get(`e/${key}`) !== undefined) found.add(key);
      if (found.size >= limit) break;
    }
    return [...found];
  }

  /** Where a message lies by its key, the position of several that counts; undefined: it is not here. */
  async positionOf(key: string): Promise<number | undefined> {
    return await this.#positions.of(key);
  }

  async #add(entry: Entry): Promise<void> {
    const { before, counts } = await this.#positions.add(entry);
    if (!counts) return;
    if (before !== undefined) {
      const { overlay, key } = (await this.#positions.at(before))!;
      await this.#unfold(before, overlay, key);
    }
    await this.#fold(entry);
  }

  async #remove(position: number, old: AtPosition): Promise<void> {
    if (!await this.#positions.remove(position, old)) return;
    await this.#unfold(position, old.overlay, old.key);
    const entry = await this.#again(old.key);
    if (entry !== undefined) await this.#fold(entry);
  }

  async #again(key: string): Promise<Entry | undefined> {
    const position = await this.positionOf(key);
    const kept = position === undefined ? undefined : await this.#options.log(position);
    const entry = kept && entryOf(this.#options.scope, kept);
    return entry?.key === key ? entry : undefined;
  }

  async #fold(entry: Entry): Promise<void> {
    const { overlay, position, key, author, stamp, excerpt } = entry;
    await this.#trees[INDEX].put(`i/${overlay}/${place(position)}`, [key, author, stamp, excerpt]);
    for (const [name, fold] of Object.entries(FOLDS)) {
      if (fold.overlay !== overlay) continue;
      this.#owing.add(name);
      await fold.take(this.#trees[name], entry, this.#nowMs);
    }
  }

  async #unfold(position: number, overlay: number, key: string): Promise<void> {
    await this.#trees[INDEX].delete(`i/${overlay}/${place(position)}`);
    for (const [name, fold] of Object.entries(FOLDS)) {
      if (fold.overlay !== overlay) continue;
      this.#owing.add(name);
      await fold.drop(this.#trees[name], key, this.#nowMs);
    }
    await this.settle();
  }
}
