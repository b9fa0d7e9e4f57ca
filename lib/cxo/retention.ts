/**
 * Which leaves of our own feed retire: a plain policy over paths, which the owner of the feed applies when it publishes.
 *
 * @see lib/cxo/README.md "Retention"
 * @module
 */
import { isUnder } from "./tree.ts";

/** Messages that a feed keeps while a Go member reads it: Go readers walk the whole feed. */
export const GO_FEED_LEAVES = 500;
/**
 * So many retire together when there are too many: a leaf that goes at the front of a level moves all that follow it,
 * and every reader fetches their Refs nodes again.
 */
const RETIRE_AT_ONCE = 50;

/** What may retire, and when. */
export interface RetentionRule {
  /** Only leaves under this prefix retire; everything else stays for ever. */
  readonly prefix: string;
  /** Most leaves under it; undefined: any number. */
  readonly atMost: number | undefined;
  /**
   * The place of a leaf in time; the smallest retire first. Undefined: it is none that may retire.
   * @param path  The leaf's whole path.
   */
  readonly ageOf: (path: string) => bigint | undefined;
}

/** Follows the leaves of a feed and says which of them retire. Work is in proportion to what came and went. */
export class Retention {
  readonly #prefix: string;
  readonly #ageOf: RetentionRule["ageOf"];
  #atMost: number;
  /** By age, the oldest first. */
  readonly #leaves: { path: string; age: bigint }[] = [];
  /** The leaf in each slot. */
  readonly #slots = new Map<string, string>();

  /** No leaf is there yet. */
  constructor({ prefix, atMost, ageOf }: RetentionRule) {
    this.#prefix = prefix;
    this.#ageOf = ageOf;
    this.#atMost = atMost ?? Infinity;
  }

  /** Leaves that may retire. */
  get size(): number {
    return this.#leaves.length;
  }

  /** Changes the limit: a Go member came or went. @returns Paths that retire now. */
  limit(atMost: number | undefined): string[] {
    this.#atMost = atMost ?? Infinity;
    return this.#retire();
  }

  /**
   * A leaf was put.
   * @param slot  Leaves of one slot replace each other: the last heartbeat is the only one.
   * @returns Paths that retire because of it.
   */
  put(path: string, slot?: string): string[] {
    const age = isUnder(path, this.#prefix) ? this.#ageOf(path) : undefined;
    if (age !== undefined) this.#insert(path, age);
    const before = slot === undefined ? undefined : this.#slots.get(slot);
    if (slot !== undefined) this.#slots.set(slot, path);
    const replaced = before !== undefined && before !== path && this.#remove(before) ? [before] : [];
    return [...replaced, ...this.#retire()];
  }

  /** A leaf is gone for another reason. */
  gone(path: string): void {
    this.#remove(path);
    for (const [slot, leaf] of this.#slots) if (leaf === path) this.#slots.delete(slot);
  }

  #insert(path: string, age: bigint): void {
    const at = this.#placeOf(age);
    for (let i = at; i < this.#leaves.length && this.#leaves[i].age === age; i++) {
      if (this.#leaves[i].path === path) return;
    }
    this.#leaves.splice(at, 0, { path, age });
  }

  #remove(path: string): boolean {
    const age = this.#ageOf(path);
    if (age === undefined) return false;
    for (let i = this.#placeOf(age); i < this.#leaves.length && this.#leaves[i].age === age; i++) {
      if (this.#leaves[i].path !== path) continue;
      this.#leaves.splice(i, 1);
      return true;
    }
    return false;
  }

  /** The first place of an age. */
  #placeOf(age: bigint): number {
    const last = this.#leaves.at(-1);
    if (last === undefined || last.age < age) return this.#leaves.length;
    let [low, high] = [0, this.#leaves.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#leaves[middle].age < age) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #retire(): string[] {
    const over = this.#leaves.length - this.#atMost;
    if (over <= 0) return [];
    const spare = Math.min(RETIRE_AT_ONCE, Math.floor(this.#atMost / 2));
    return this.#leaves.splice(0, Math.max(over, Math.min(this.#leaves.length, over - 1 + spare)))
      .map(({ path }) => path);
  }
}
