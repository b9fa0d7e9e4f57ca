/**
 * Which message lies at each position of the log, and where a message lies by its key. Several may have one key: the
 * same one at several positions, or ones whose authors chose it. The first that chose nothing counts, otherwise the
 * first.
 *
 * @see lib/overlay/README.md "Rows"
 * @module
 */
import { digits, type Entry } from "./entry.ts";
import { STEP_ROWS } from "./fold.ts";
import { END, type Tree } from "./tree.ts";

/** Added to positions whose key was chosen: they count behind all others. Positions are below it. */
const CHOSEN = 2 ** 39;

/** What lies at a position. */
export interface AtPosition {
  /** Its overlay. */
  readonly overlay: number;
  /** Its key. */
  readonly key: string;
  /** See {@link Entry.isChosen}. */
  readonly isChosen: boolean;
}

/** As it is kept: the third is there when the key was chosen. */
type Row = [overlay: number, key: string, isChosen?: 1];

/** Positions of an index. */
export class Positions {
  readonly #index: Tree;

  /** Those of a conversation. @param index  The tree that holds them, among others. */
  constructor(index: Tree) {
    this.#index = index;
  }

  /** What lies at a position. */
  async at(position: number): Promise<AtPosition | undefined> {
    const row = await this.#index.get(`p/${place(position)}`) as Row | undefined;
    return row && { overlay: row[0], key: row[1], isChosen: row[2] === 1 };
  }

  /** Where a message lies, the position of several that counts; undefined: it is not here. */
  async of(key: string): Promise<number | undefined> {
    const turn = await this.#turnOf(key);
    return turn === undefined ? undefined : positionAt(turn);
  }

  /**
   * A message lies at a position, too.
   * @returns Which position counted before, and whether it still does.
   */
  async add(entry: Pick<Entry, "position" | "overlay" | "key" | "isChosen">): Promise<{
    before: number | undefined;
    counts: boolean;
  }> {
    const { position, overlay, key, isChosen } = entry;
    const [turn, before] = [turnOf(position, isChosen), await this.#turnOf(key)];
    await this.#index.put(`p/${place(position)}`, isChosen ? [overlay, key, 1] : [overlay, key]);
    if (before !== undefined) await this.#index.put(other(key, Math.max(before, turn)), 0);
    const counts = before === undefined || turn < before;
    if (counts) this.#index.loose.put(first(key), turn);
    return { before: before === undefined ? undefined : positionAt(before), counts };
  }

  /** A message lies no more at a position. @returns Whether that was the one that counted. */
  async remove(position: number, { key, isChosen }: AtPosition): Promise<boolean> {
    const turn = turnOf(position, isChosen);
    await this.#index.delete(`p/${place(position)}`);
    if (await this.#turnOf(key) !== turn) {
      await this.#index.delete(other(key, turn));
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
      for (const { value } of rows) {
        const [overlay, key] = value as Row;
        yield [overlay, key];
      }
      if (rows.length < STEP_ROWS) return;
      from = `${rows[rows.length - 1].key}!`;
    }
  }

  /** What a message's row is kept under. */
  nameOf(key: string): string {
    return this.#index.loose.nameOf(first(key));
  }

  async #turnOf(key: string): Promise<number | undefined> {
    return await this.#index.loose.get(first(key)) as number | undefined;
  }
}

/** A position as 10 digits that sort. */
export const place = (position: number): string => digits(position).slice(3);

const turnOf = (position: number, isChosen: boolean): number => isChosen ? position + CHOSEN : position;
const positionAt = (turn: number): number => turn >= CHOSEN ? turn - CHOSEN : turn;
const first = (key: string): string => `n/${key}`;
const other = (key: string, turn: number): string => `n/${key}/${place(turn)}`;
