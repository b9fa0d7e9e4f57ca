/**
 * Time as it passes while something runs. Ages are measured by it, because a wall clock can be set: a machine without
 * a battery clock starts years behind, and what was kept then must not be years old a second later.
 *
 * It begins with the wall clock's time when a store is made, and is kept in the head: so it is no date, and only
 * differences mean anything.
 *
 * @see lib/store/README.md "Ages"
 * @module
 */
import type { Clock } from "../sys/clock.ts";

/** A moment, by both clocks. */
export interface Moment {
  /** The wall clock: nanoseconds since 1970. */
  readonly nowNs: bigint;
  /** The time that has passed while a store was open; see above. */
  readonly passedNs: bigint;
}

/** Counts on from where the last process has left it. */
export class PassedTime {
  readonly #clock: Pick<Clock, "nowMs" | "wallNs">;
  readonly #sinceMs: number;
  #fromNs: bigint;

  /** Begins now. @param fromNs  What the head has; undefined for a store that never counted. */
  constructor(clock: Pick<Clock, "nowMs" | "wallNs">, fromNs: bigint | undefined) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
    this.#fromNs = fromNs ?? clock.wallNs();
  }

  /** Now, by this clock alone. */
  get ns(): bigint {
    return this.#fromNs + BigInt(Math.round((this.#clock.nowMs() - this.#sinceMs) * 1e6));
  }

  /** Now, by both. */
  get moment(): Moment {
    return { nowNs: this.#clock.wallNs(), passedNs: this.ns };
  }

  /** Something was kept at a later time than the head's. */
  goOnBehind(ns: bigint): void {
    const aheadNs = ns - this.ns;
    if (aheadNs > 0n) this.#fromNs += aheadNs;
  }
}
