/**
 * How much text a reader is given at once, so that the peer hears of one that is slow.
 *
 * A piece is paid for when it is handed over. One of 128 KiB for a terminal that takes 1 KiB a second would mean two
 * minutes without a word, and who sends gives up after one.
 *
 * @module
 */
import type { Clock } from "../sys/clock.ts";

/** The first piece, and the least that a slow reader is given: 100 bytes a second are 41 s of it. */
const FIRST_BYTES = 16 * 1024;
const LEAST_BYTES = 4096;
/** Beyond this a piece is all there is. */
const WHOLE_BYTES = 128 * 1024;
/** A reader that is back sooner is given twice as much, one that is later the least. */
const QUICK_MS = 250;
const SLOW_MS = 1000;
/** From one sign of life to the next; who sends waits for a minute. */
const SIGN_MS = 10_000;

/** The pace of one reader. */
export class ReaderPace {
  readonly #clock: Clock;
  #gaveMs: number | undefined;
  #mostBytes = FIRST_BYTES;
  #signMs: number;

  /** Nothing was read yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#signMs = clock.nowMs();
  }

  /** Bytes of the next piece, at most. */
  get mostBytes(): number {
    return this.#mostBytes;
  }

  /** A piece is handed over. */
  gave(): void {
    this.#gaveMs = this.#clock.nowMs();
  }

  /**
   * The reader is back for more.
   * @returns Whether the peer should hear that somebody is there: the reader takes its time, and it was long ago.
   */
  isBack(): boolean {
    if (this.#gaveMs === undefined) return false;
    const nowMs = this.#clock.nowMs();
    const tookMs = nowMs - this.#gaveMs;
    this.#gaveMs = undefined;
    if (tookMs > SLOW_MS) this.#mostBytes = LEAST_BYTES;
    if (tookMs < QUICK_MS) {
      this.#mostBytes = this.#mostBytes < WHOLE_BYTES ? 2 * this.#mostBytes : Infinity;
      return false;
    }
    if (nowMs - this.#signMs < SIGN_MS) return false;
    this.#signMs = nowMs;
    return true;
  }
}
