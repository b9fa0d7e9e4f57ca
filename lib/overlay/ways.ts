/**
 * The ways down a tree, from its top to its rows. A message changes rows beside each other in a few places again and
 * again: the last ways are known, and lead there without a look at the pages above.
 *
 * @module
 */
import { countsOf } from "./page.ts";
import type { Pages } from "./pages.ts";
import { placeOf, type Step } from "./tree_shape.ts";

/** Ways that are known: one for each place where a message of a bulletin leaves rows. */
const KNOWN = 8;

/** A way to a page of rows, and the keys that lie in it. */
interface Known {
  readonly way: readonly Step[];
  readonly from: string;
  /** The first key behind it; undefined: it is the last page. */
  readonly to: string | undefined;
}

/** The ways down one tree. */
export class Ways {
  readonly #pages: Pages;
  readonly #name: string;
  #known: Known[] = [];
  #epoch = 0;

  /** Those of a tree. @param name  The tree's; its pages are told apart from those of others by it. */
  constructor(pages: Pages, name: string) {
    this.#pages = pages;
    this.#name = name;
  }

  /** What a page is kept under. @param first  The first key in it, "" for the first page of a level. */
  nameOf(level: number, first: string): string {
    return `${this.#name}${level}:${first}`;
  }

  /** Pages begin elsewhere from now on. */
  clear(): void {
    this.#known = [];
  }

  /** Pages from the rows (0) up to the top, with the place of a key, or where it would be. The steps are the caller's. */
  to(key: string, top: number): Step[] | Promise<Step[]> {
    if (this.#epoch !== this.#pages.epoch) this.clear();
    this.#epoch = this.#pages.epoch;
    const known = this.#known.find(({ from, to }) => key >= from && (to === undefined || key < to));
    if (known !== undefined) {
      return known.way.map(({ name, page, at }, level) => ({
        name,
        page,
        at: level === 0 ? placeOf(page.keys, key) : at,
      }));
    }
    const way: Step[] = new Array(top + 1);
    let first = "";
    for (let level = top; level >= 0; level--) {
      const name = this.nameOf(level, first);
      const page = this.#pages.get(name);
      if (page instanceof Promise) return page.then(() => this.to(key, top)); // it is in memory then
      const at = placeOf(page.keys, key);
      way[level] = { name, page, at: level === 0 || page.keys[at] === key ? at : at - 1 };
      if (level > 0) first = page.keys[way[level].at];
    }
    if (this.#epoch === this.#pages.epoch) this.#keep(way, first);
    return way;
  }

  /** The way to a row by its number. */
  async toRank(rank: number, top: number): Promise<Step[]> {
    const way: Step[] = new Array(top + 1);
    let first = "";
    for (let level = top; level > 0; level--) {
      const name = this.nameOf(level, first);
      const page = await this.#pages.get(name);
      const counts = countsOf(page);
      let at = 0;
      for (; rank >= counts[at]; at++) rank -= counts[at];
      way[level] = { name, page, at };
      first = page.keys[at];
    }
    const name = this.nameOf(0, first);
    way[0] = { name, page: await this.#pages.get(name), at: rank };
    return way;
  }

  /** Moves to the next page of rows, or the one before. @returns false behind the last. */
  async turn(way: Step[], reverse: boolean): Promise<boolean> {
    let level = 1;
    while (
      level < way.length && (reverse ? way[level].at === 0 : way[level].at + 1 >= way[level].page.keys.length)
    ) {
      level++;
    }
    if (level >= way.length) return false;
    way[level].at += reverse ? -1 : 1;
    for (; level > 0; level--) {
      const name = this.nameOf(level - 1, way[level].page.keys[way[level].at]);
      const page = await this.#pages.get(name);
      way[level - 1] = { name, page, at: reverse ? page.keys.length - 1 : 0 };
    }
    return true;
  }

  #keep(way: readonly Step[], from: string): void {
    let to: string | undefined;
    for (let level = 1; level < way.length && to === undefined; level++) {
      to = way[level].page.keys[way[level].at + 1];
    }
    if (this.#known.length >= KNOWN) this.#known.pop();
    this.#known.unshift({ way: way.map((step) => ({ ...step })), from, to });
  }
}
