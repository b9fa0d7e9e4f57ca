/**
 * What those that write and read feeds say of them, whatever carries the feeds.
 *
 * @module
 */

/** A leaf of a feed. */
export interface FeedLeaf {
  /** Its path. */
  readonly path: string;
  /** Its value. */
  readonly value: Uint8Array;
}

/** The leaves of a feed by path. */
export interface Leaves extends Iterable<readonly [string, Uint8Array]> {
  /** How many there are. */
  readonly size: number;
  /** Whether there is a leaf. */
  has(path: string): boolean;
  /** Their paths. */
  keys(): Iterable<string>;
  /** Its value; undefined: there is none. */
  get(path: string): Uint8Array | undefined;
}

/** A change of our feed. */
export type FeedChange =
  | { readonly kind: "put"; readonly path: string; readonly value: Uint8Array }
  | { readonly kind: "drop"; readonly path: string };

/** Whether something that came out is such a change. */
export const isFeedChange = (out: { readonly kind: string }): out is FeedChange =>
  out.kind === "put" || out.kind === "drop";
