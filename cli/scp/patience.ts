/**
 * How long a copy is tried again.
 *
 * @module
 */
import type { Context } from "../context.ts";
import { canRetry, type FileOutcome, isAway } from "./outcome.ts";

/** First pause before a file is tried again; it doubles. */
export const FIRST_PAUSE_MS = 1000;
/** And the longest. */
export const MAX_PAUSE_MS = 15_000;
/** Tries after the first, when nothing is said. */
const RETRIES = 2;
/** A peer that was there and has gone, or its server, is waited for so long: a restart, a new address. */
const AWAY_MS = 120_000;

/** What is known of the peer. */
export interface Seen {
  /** It was there. */
  wasReached: boolean;
  /** It has the extension. */
  isExtended: boolean;
  /** It can't be had, and is not asked for another file. */
  lost?: FileOutcome["failure"];
}

/** How long a file is tried. */
export class Patience {
  readonly #retries: number | undefined;
  readonly #clock: Context["clock"];
  readonly #seen: Seen;
  #furthest = 0;
  #progressMs: number;

  /** Begins now. @param retries  As the user gave them. */
  constructor(retries: number | undefined, clock: Context["clock"], seen: Seen) {
    this.#seen = seen;
    this.#retries = retries;
    this.#clock = clock;
    this.#progressMs = clock.nowMs();
  }

  /** Something has moved. @param count  Bytes (or files) of this try; only more than in any try before is progress. */
  moved(count: number): void {
    if (count <= this.#furthest) return;
    this.#furthest = count;
    this.#progressMs = this.#clock.nowMs();
  }

  /** Whether it is tried again. @param attempts  Tries so far. */
  allows(attempts: number, error: unknown): boolean {
    if (this.#retries !== undefined) return attempts <= this.#retries && canRetry(error, true);
    if (this.#seen.wasReached && isAway(error)) return this.#clock.nowMs() - this.#progressMs < AWAY_MS;
    return attempts <= RETRIES && canRetry(error, false);
  }
}
