/**
 * The shape of a tree of pages: its rows, which keys begin a page, and how a page is searched. It follows from the keys
 * alone.
 *
 * @see lib/overlay/README.md "Pages"
 * @module
 */
import { sha256 } from "../crypto/hash.ts";
import { concat, readU32, utf8 } from "../wire/bytes.ts";
import type { Page, Value } from "./page.ts";

/** One row in so many begins a page of rows. */
const ROWS = 32;
/** One page in so many begins a page of pages. */
const CHILDREN = 64;
/** 32 × 256^4 rows. */
const MAX_LEVEL = 4;
/** A row. */
export interface Row {
  /** Its key. */
  readonly key: string;
  /** Its value. */
  readonly value: Value;
}

/** Which rows. */
export interface Range {
  /** The first key; default: the first there is. */
  readonly from?: string;
  /** The first key that is not in it; default: none. */
  readonly to?: string;
  /** Most rows. */
  readonly limit?: number;
  /** Rows to pass over. */
  readonly skip?: number;
  /** From the last one down. */
  readonly reverse?: boolean;
}

/** A page on the way down and the place in it. */
export interface Step {
  /** The page's name. */
  readonly name: string;
  /** The page. */
  readonly page: Page;
  /** The place of a key, or where it would be. */
  at: number;
}

/** The level up to which a key begins a page. @param salt  Of this store alone. */
export function heightOf(salt: Uint8Array, key: string): number {
  const hash = sha256(concat(salt, utf8(key)));
  if (readU32(hash, 0) % ROWS !== 0) return 0;
  let height = 1;
  while (height < MAX_LEVEL && readU32(hash, 4 * height) % CHILDREN === 0) height++;
  return height;
}

/** The first place whose key is not below. */
export function placeOf(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
