/**
 * A {@link Place} in memory: for tests and for programs that keep nothing.
 *
 * @module
 */
import { toHex } from "../../wire/bytes.ts";
import { type Key, MAX_VALUE_BYTES, type Place, type Row } from "./place.ts";

/** What lies in a memory place; a second place over the same one is what a restart finds. */
export interface MemoryRows {
  /** By sortable text. */
  readonly rows: Map<string, { row: Row; stamp: string }>;
  /** Counts writes: the stamps. */
  writes: number;
}

/** Nothing yet. */
export const emptyRows = (): MemoryRows => ({ rows: new Map(), writes: 0 });

/**
 * A place over rows in memory, with the semantics of kv.ts.
 * @param kept  Where the rows are; a fresh place by default.
 */
export function memoryPlace(kept: MemoryRows = emptyRows()): Place {
  let sorted: string[] | undefined;
  const keysInOrder = () => sorted ??= [...kept.rows.keys()].sort();

  return {
    name: "memory",
    read: (keys) => Promise.resolve(keys.map((key) => kept.rows.get(textOf(key))?.row.value)),
    stamped: (key) => {
      const found = kept.rows.get(textOf(key));
      return Promise.resolve({ value: found?.row.value, stamp: found?.stamp ?? null });
    },
    async *list({ start, end }, { limit = Infinity, reverse = false } = {}) {
      const keys = keysInOrder();
      const texts = keys.slice(firstFrom(keys, textOf(start)), firstFrom(keys, textOf(end)));
      if (reverse) texts.reverse();
      for (const text of texts.slice(0, limit)) {
        await Promise.resolve();
        const found = kept.rows.get(text);
        if (found) yield found.row;
      }
    },
    write: (writes, { key, stamp }) => {
      const large = writes.find(({ value }) => value !== undefined && value.length > MAX_VALUE_BYTES);
      if (large) return Promise.reject(new TypeError("a value is too large"));
      if ((kept.rows.get(textOf(key))?.stamp ?? null) !== stamp) return Promise.resolve(undefined);
      const next = String(++kept.writes);
      for (const { key, value } of writes) {
        const text = textOf(key);
        if (kept.rows.has(text) !== (value !== undefined)) sorted = undefined;
        if (value === undefined) kept.rows.delete(text);
        else kept.rows.set(text, { row: { key, value }, stamp: next });
      }
      return Promise.resolve(next);
    },
    close: () => {},
  };
}

/** Sorts as the key does: parts at one place of a kind have one length, so no separator can mislead. */
const textOf = ([kind, ...parts]: Key): string => [kind, ...parts.map(toHex)].join("/");

/** The index of the first text that is not below. */
function firstFrom(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
