/**
 * Which message lies at each position of the log, and where a message lies by its key. The same one may lie at several:
 * the first counts.
 *
 * @see lib/overlay/README.md "Rows"
 * @module
 */
import { digits } from "./entry.ts";
import { STEP_ROWS } from "./fold.ts";
import { END, type Tree } from "./tree.ts";

/** Positions of an index. */
export class Positions {
  readonly #index: Tree;

  /** Those of a conversation. @param index  The tree that holds them, among others. */
  constructor(index: Tree) {
    this.#index = index;
  }

  /** What lies at a position. */
  async at(position: number): Promise<readonly [overlay: number, key: string] | undefined> {
    return await this.#index.get(`p/${place(position)}`) as [number, string] | undefined;
  }

  /** Where a message lies, the first position of several; undefined: it is not here. */
  async of(key: string): Promise<number | undefined> {
    return await this.#index.loose.get(first(key)) as number | undefined;
  }

  /** A message lies at a position, too. @returns Where it lay before, first. */
  async add(position: number, overlay: number, key: string): Promise<number | undefined> {
    const before = await this.of(key);
    await this.#index.put(`p/${place(position)}`, [overlay, key]);
    if (before !== undefined) await this.#index.put(other(key, Math.max(before, position)), 0);
    if (before === undefined || position < before) this.#index.loose.put(first(key), position);
    return before;
  }

  /** A message lies no more at a position. @returns Whether it did first of all. */
  async remove(position: number, key: string): Promise<boolean> {
    await this.#index.delete(`p/${place(position)}`);
    if (await this.of(key) !== position) {
      await this.#index.delete(other(key, position));
      return false;
    }
    const [next] = await this.#index.list({ from: `n/${key}/`, to: `n/${key}/${END}`, limit: 1 });
    if (next === undefined) this.#index.loose.drop(first(key));
    else {
      await this.#index.delete(next.key);
      this.#index.loose.put(first(key), parseInt(next.key.split("/")[2], 16));
    }
    return true;
  }

  /** The overlay and key at each position, in order. */
  async *all(): AsyncGenerator<readonly [overlay: number, key: string]> {
    for (let from = "p/";;) {
      const rows = await this.#index.list({ from, to: `p/${END}`, limit: STEP_ROWS });
      for (const { value } of rows) yield value as [number, string];
      if (rows.length < STEP_ROWS) return;
      from = `${rows[rows.length - 1].key}!`;
    }
  }

  /** What a message's row is kept under. */
  nameOf(key: string): string {
    return this.#index.loose.nameOf(first(key));
  }
}

/** A position as 10 digits that sort. */
export const place = (position: number): string => digits(position).slice(3);

const first = (key: string): string => `n/${key}`;
const other = (key: string, position: number): string => `n/${key}/${place(position)}`;
