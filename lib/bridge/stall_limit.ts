/**
 * A limit for how long nothing may move, after which something is broken off.
 *
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import { NetworkError } from "../wire/errors.ts";

/** How many times in a limit it is looked whether the time counts. */
const LOOKS = 6;

/** What is held to its limit. */
export interface StallParts {
  /** Measures it. */
  readonly clock: Clock;
  /** Whether more is asked of the other side than has come. */
  readonly asks: () => boolean;
  /** The time is over. */
  readonly onOver: (error: NetworkError) => void;
}

/** A limit that is set, see {@link StallLimit.set}. */
interface Limit {
  readonly ms: number;
  readonly why: string;
  readonly anew: boolean;
  readonly counts?: () => boolean;
}

/** One limit at a time; none at first. */
export class StallLimit {
  readonly #parts: StallParts;
  #limit: Limit | undefined;
  #startedMs = 0;
  #cancel = (): void => {};

  /** Nothing is limited yet. */
  constructor(parts: StallParts) {
    this.#parts = parts;
  }

  /**
   * From now on it is over when nothing moves for so long.
   * @param why  For the error.
   * @param anew  Whether what moves gives it that time again.
   * @param counts  With it only the time counts in which it says so and more is asked for than has come: who takes long
   * over that is no fault of the other side.
   */
  set(ms: number, why: string, anew: boolean, counts?: () => boolean): void {
    const { clock } = this.#parts;
    this.#cancel();
    this.#limit = { ms, why, anew, counts };
    this.#startedMs = clock.nowMs();
    this.#cancel = clock.after(counts ? ms / LOOKS : ms, this.#look);
  }

  /** Something has moved. */
  moved(): void {
    if (this.#limit?.anew) this.#startedMs = this.#parts.clock.nowMs();
  }

  /** There is none any more. */
  clear(): void {
    this.#cancel();
    this.#limit = undefined;
  }

  readonly #look = (): void => {
    if (!this.#limit) return;
    const { clock, asks, onOver } = this.#parts;
    const { ms, why, counts } = this.#limit;
    if (counts && !(asks() && counts())) this.#startedMs = clock.nowMs();
    const leftMs = this.#startedMs + ms - clock.nowMs();
    if (leftMs > 0) this.#cancel = clock.after(counts ? Math.min(leftMs, ms / LOOKS) : leftMs, this.#look);
    else onOver(new NetworkError(why, { retry: false, reason: "timeout" }));
  };
}
