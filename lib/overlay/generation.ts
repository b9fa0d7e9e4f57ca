/**
 * What is known of the rows of a conversation: which sets of them there are, and how far each is.
 *
 * @see lib/overlay/README.md "Generations"
 * @module
 */
import type { EngineHead } from "./engine.ts";

/** What pages and rows look like: rows of another layout can't be read. */
export const LAYOUT = 3;
/**
 * The ones before, whose pages are found all the same: of 1 another number lay under one, and up to 2 all rows were in
 * order, so none was kept by itself.
 */
export const FORMER_LAYOUTS: readonly number[] = [1, 2];
/** What folds make of messages: rows of another version are read until new ones are there. */
export const VERSION = 9;

/** One set of rows. */
export interface Generation {
  /** Its number; its pages are named by it. */
  readonly number: number;
  /** See {@link LAYOUT}. */
  readonly layout: number;
  /** See {@link VERSION}. */
  readonly version: number;
  /** All messages up to this position are in it. */
  readonly upTo: number;
  /** See {@link EngineHead}. */
  readonly head: EngineHead;
}

/** What is kept beside the pages, JSON. */
export interface KeeperState {
  /** What serves. */
  readonly live?: Generation;
  /** What is being made. */
  readonly next?: Generation;
  /** Numbers of generations whose pages are still to be dropped, with their heads. */
  readonly old: readonly Generation[];
  /** A commit that was too long for one was interrupted: what serves is of no use. */
  readonly torn?: boolean;
  /** The caller's own: up to where it has heard of changes. */
  readonly cursor: number;
}
