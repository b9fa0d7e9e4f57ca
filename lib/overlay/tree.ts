/**
 * An ordered map in pages that counts: any row by its key or its number, and how many lie between two keys, in a few
 * page reads. Where pages begin follows from the keys alone, so the same rows are the same bytes in whatever order
 * they came and went.
 *
 * @see lib/overlay/README.md "Pages"
 * @module
 */
import {
  addTo,
  append,
  cutAt,
  insertAt,
  type Page,
  pageOf,
  removeAt,
  setAt,
  sum,
  type Value,
  valueAt,
} from "./page.ts";
import { Loose } from "./loose.ts";
import type { Pages } from "./pages.ts";
import { heightOf, type Range, type Row, type Step } from "./tree_shape.ts";
import { Ways } from "./ways.ts";

/** Behind every key that begins with what stands before it. */
export const END = "\uffff";

export type { Range, Row } from "./tree_shape.ts";

/** What a tree is made of. */
export interface TreeOptions {
  /** Where its pages are. */
  readonly pages: Pages;
  /** Where its loose rows are; left out: among the pages. */
  readonly loose?: Pages;
  /** Told apart from other trees of the same pages by it. */
  readonly name: string;
  /** Of this store alone: nobody else can choose keys that all fall into one page. */
  readonly salt: Uint8Array;
  /** What {@link Tree.top} was; default: of an empty one. */
  readonly top?: number;
}

/** One ordered map, and loose rows beside it. */
export class Tree {
  readonly #pages: Pages;
  readonly #salt: Uint8Array;
  readonly #ways: Ways;
  #top: number;
  /** Rows that are in no order. */
  readonly loose: Loose;

  /** Goes on where it stood. */
  constructor({ pages, loose = pages, name, salt, top = 0 }: TreeOptions) {
    this.#pages = pages;
    this.#salt = salt;
    this.#top = top;
    this.#ways = new Ways(pages, name);
    this.loose = new Loose(loose, name);
  }

  /** The level of the page where all ways begin. */
  get top(): number {
    return this.#top;
  }

  /** A row's value. */
  async get(key: string): Promise<Value | undefined> {
    const { page, at } = (await this.#ways.to(key, this.#top))[0];
    return page.keys[at] === key ? valueAt(page, at) : undefined;
  }

  /** Keeps a row. */
  async put(key: string, value: Value): Promise<void> {
    const way = await this.#ways.to(key, this.#top);
    const { name, page, at } = way[0];
    if (page.keys[at] === key) {
      setAt(page, at, value);
      this.#pages.put(name, page);
      return;
    }
    insertAt(page, at, key, value);
    this.#pages.put(name, page);
    const height = heightOf(this.#salt, key);
    if (height > 0) this.#ways.clear();
    let parts = height > 0 ? this.#split(page, at, 0, key) : [];
    for (let level = 1; level < way.length; level++) {
      const { name, page, at } = way[level];
      if (level > height) {
        this.#add(way[level], 1);
        continue;
      }
      setAt(page, at, parts[0]);
      insertAt(page, at + 1, key, parts[1]);
      this.#pages.put(name, page);
      if (level < height) parts = this.#split(page, at + 1, level, key);
    }
    this.#grow(height, parts, key);
  }

  /** Drops a row. @returns Whether it was there. */
  async delete(key: string): Promise<boolean> {
    const way = await this.#ways.to(key, this.#top);
    const { name, page, at } = way[0];
    if (page.keys[at] !== key) return false;
    removeAt(page, at);
    this.#pages.put(name, page);
    const height = heightOf(this.#salt, key);
    if (height > 0) {
      this.#ways.clear();
      await this.#merge(way, height, key);
    }
    for (let level = height + 1; level < way.length; level++) this.#add(way[level], -1);
    await this.#shrink();
    return true;
  }

  /** How many rows there are from one key (included) to another (not included). */
  async count(from = "", to?: string): Promise<number> {
    const end = to === undefined ? await this.#size() : await this.#rank(to);
    return Math.max(0, end - (from === "" ? 0 : await this.#rank(from)));
  }

  /** Rows in order. */
  async list({ from = "", to, limit = Infinity, skip = 0, reverse = false }: Range = {}): Promise<Row[]> {
    const rows: Row[] = [];
    if (limit <= 0) return rows;
    const way = skip === 0
      ? await this.#wayFrom(reverse ? to : from, reverse)
      : await this.#wayAt(from, to, skip, reverse);
    if (way === undefined) return rows;
    while (true) {
      const { page } = way[0];
      for (let { at } = way[0]; reverse ? at >= 0 : at < page.keys.length; reverse ? at-- : at++) {
        const key = page.keys[at];
        if (reverse ? key < from : to !== undefined && key >= to) return rows;
        rows.push({ key, value: valueAt(page, at) });
        if (rows.length >= limit) return rows;
      }
      if (!await this.#ways.turn(way, reverse)) return rows;
    }
  }

  /** The last row of those whose key begins with a text. */
  async last(prefix: string): Promise<Row | undefined> {
    return (await this.list({ from: prefix, to: prefix + END, limit: 1, reverse: true }))[0];
  }

  /** The names of all its pages, those of rows first. */
  async *pageNames(): AsyncGenerator<string> {
    const under = async function* (tree: Tree, level: number, first: string): AsyncGenerator<string> {
      const name = tree.#ways.nameOf(level, first);
      if (level > 0) {
        for (const below of [...(await tree.#pages.get(name)).keys]) yield* under(tree, level - 1, below);
      }
      yield name;
    };
    yield* under(this, this.#top, "");
  }

  /** The way to the first row not below a key, or the last one below it. */
  async #wayFrom(key = "", reverse: boolean): Promise<Step[] | undefined> {
    const way = await this.#ways.to(reverse && key === "" ? END : key, this.#top);
    if (!reverse) return way;
    return --way[0].at >= 0 || await this.#ways.turn(way, true) ? way : undefined;
  }

  async #wayAt(
    from: string,
    to: string | undefined,
    skip: number,
    reverse: boolean,
  ): Promise<Step[] | undefined> {
    const [first, end] = [
      await this.#rank(from),
      to === undefined ? await this.#size() : await this.#rank(to),
    ];
    const rank = reverse ? end - 1 - skip : first + skip;
    return rank < first || rank >= end ? undefined : await this.#ways.toRank(rank, this.#top);
  }

  async #rank(key: string): Promise<number> {
    const way = await this.#ways.to(key, this.#top);
    let rank = way[0].at;
    for (let level = 1; level < way.length; level++) rank += sum(way[level].page, way[level].at);
    return rank;
  }

  async #size(): Promise<number> {
    const page = await this.#pages.get(this.#ways.nameOf(this.#top, ""));
    return this.#top === 0 ? page.keys.length : sum(page);
  }

  /** There are more rows below. */
  #add({ name, page, at }: Step, more: number): void {
    addTo(page, at, more);
    this.#pages.put(name, page);
  }

  /** Cuts a page in two. @returns How many rows are in each part. */
  #split(page: Page, at: number, level: number, key: string): number[] {
    const right = cutAt(page, at);
    this.#pages.put(this.#ways.nameOf(level, key), right);
    return level === 0 ? [page.keys.length, right.keys.length] : [sum(page), sum(right)];
  }

  /** A key that begins pages above the top makes new tops. */
  #grow(height: number, [left, right]: number[], key: string): void {
    for (let level = this.#top + 1; level <= height; level++) {
      const both = level === height;
      const above = pageOf("", left);
      if (both) insertAt(above, 1, key, right);
      else this.#pages.put(this.#ways.nameOf(level, key), pageOf(key, right));
      this.#pages.put(this.#ways.nameOf(level, ""), above);
      this.#top = level;
    }
  }

  /** The pages that a key began become parts of those before them. */
  async #merge(way: Step[], height: number, key: string): Promise<void> {
    const upper = way[height];
    let first = upper.page.keys[upper.at - 1];
    let below = 0; // rows of the last page on the left, one level down, that came from the right
    const lefts: { name: string; page: Page }[] = [];
    for (let level = height - 1; level >= 0; level--) {
      const name = this.#ways.nameOf(level, first);
      const page = await this.#pages.get(name);
      lefts[level] = { name, page };
      if (level > 0) first = page.keys[page.keys.length - 1];
    }
    for (let level = 0; level < height; level++) {
      const { name, page } = lefts[level];
      const right = way[level].page; // at level 0 the row itself is gone already
      if (level > 0) addTo(page, page.keys.length - 1, below);
      below = level === 0 ? right.keys.length : sum(right) - 1;
      const from = level === 0 ? 0 : 1;
      append(page, right, from);
      this.#pages.put(name, page);
      this.#pages.drop(this.#ways.nameOf(level, key));
    }
    addTo(upper.page, upper.at - 1, below);
    removeAt(upper.page, upper.at);
    this.#pages.put(upper.name, upper.page);
  }

  async #shrink(): Promise<void> {
    while (this.#top > 0) {
      const page = await this.#pages.get(this.#ways.nameOf(this.#top, ""));
      if (page.keys.length > 1) return;
      this.#pages.drop(this.#ways.nameOf(this.#top, ""));
      this.#top--;
    }
  }
}
