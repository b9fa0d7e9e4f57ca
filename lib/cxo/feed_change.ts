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

/** A change of our feed. */
export type FeedChange =
  | { readonly kind: "put"; readonly path: string; readonly value: Uint8Array }
  | { readonly kind: "drop"; readonly path: string };

/** Whether something that came out is such a change. */
export const isFeedChange = (out: { readonly kind: string }): out is FeedChange =>
  out.kind === "put" || out.kind === "drop";
