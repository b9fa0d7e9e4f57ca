/**
 * How many lines of a bot are taken: in bursts, and then so many a second. A bot that floods waits at its pipe.
 *
 * @module
 */

/** Lines that may come at once. */
const BURST = 500;
/** And then a second. */
const PER_SECOND = 100;

/** Counts lines. */
export class LineBudget {
  #left = BURST;
  #sinceMs: number;

  /** Begins full. */
  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** A line was taken. @returns How long to wait before the next one, milliseconds. */
  take(nowMs: number): number {
    this.#left = Math.min(BURST, this.#left + (nowMs - this.#sinceMs) * PER_SECOND / 1000) - 1;
    this.#sinceMs = nowMs;
    return this.#left >= 0 ? 0 : Math.ceil(-this.#left * 1000 / PER_SECOND);
  }
}
