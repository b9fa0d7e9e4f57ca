/**
 * What each overlay is to the engine: a fold of its messages into rows, where any message may come or go at any time
 * and the rows follow from those that are there alone.
 *
 * @module
 */
import type { Entry } from "./entry.ts";
import type { Tree } from "./tree.ts";

/** Rows that a step changes at most, so that a commit stays small. */
export const STEP_ROWS = 64;

/** One overlay's fold. It keeps nothing itself. */
export interface Fold {
  /** The number of its frames. */
  readonly overlay: number;
  /** The keys of loose rows that may be there because of a message: it may have been the only one. */
  looseOf(tree: Tree, key: string): Promise<string[]>;
  /** Takes a message that is not there. `nowMs` never goes back. */
  take(tree: Tree, entry: Entry, nowMs: number): Promise<void>;
  /** Takes a message away. */
  drop(tree: Tree, key: string, nowMs: number): Promise<void>;
  /**
   * Does a part of what others have left to do: of `w/` rows, and of what time brings.
   * @param read  A message that was taken, again; undefined: it is not in the log any more.
   * @returns Whether there may be more.
   */
  step(
    tree: Tree,
    nowMs: number,
    read: (key: string) => Promise<Entry | undefined>,
  ): Promise<boolean>;
}
