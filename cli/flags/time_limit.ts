/**
 * How long a command may take that was told so by its user: from the start of the process to its end, whatever it
 * waits for meanwhile.
 *
 * @module
 */
import { type Clock, within } from "../../lib/sys/clock.ts";

/** What ends a command that something holds up for which no other limit was found, in parts of the limit. */
const SLACK = 0.08;

/**
 * What is left at least for each step of the network, however long the program took to come there: where it is slow to
 * start, a limit that is hardly longer would let nothing be tried, and chance would say what was late.
 */
const LEAST_MS = 500;

/** How long a command waits for what it has asked of others. */
export interface Waiting {
  /** What its user gave, for all of the command; undefined: nothing was given, or 0. */
  readonly limit?: TimeLimit;
  /** What is left now, whole milliseconds; 0: it does not wait. */
  leftMs(): number;
}

/**
 * How long a command waits.
 * @param givenMs  Its `--wait`; undefined: it was not given.
 * @param usualMs  Without one; the way to the others has limits of its own then.
 */
export function waitingFor(clock: Clock, givenMs: number | undefined, usualMs: number): Waiting {
  if (!givenMs) return { leftMs: () => givenMs ?? usualMs };
  const limit = new TimeLimit(clock, givenMs);
  return { limit, leftMs: () => Math.ceil(limit.leftMs()) };
}

/** A limit for a whole command. */
export class TimeLimit {
  readonly #clock: Clock;
  #untilMs: number;
  /** As the user gave it, milliseconds. */
  readonly ms: number;

  /**
   * A limit that began with the process.
   * @param ms  From then on, above 0.
   * @param startedMs  When that was, by the clock; the runtime's clock begins with the process.
   */
  constructor(clock: Clock, ms: number, startedMs = 0) {
    this.#clock = clock;
    this.#untilMs = startedMs + ms;
    this.ms = ms;
    this.begin();
  }

  /** What was loaded is loaded, and a step of the network begins: half a second is left for it, or a shorter limit. */
  begin(): void {
    this.#untilMs = Math.max(this.#untilMs, this.#clock.nowMs() + Math.min(this.ms, LEAST_MS));
  }

  /** What is left of it, milliseconds, 1 or more: something is tried in any case. */
  leftMs(): number {
    return Math.max(1, this.#untilMs - this.#clock.nowMs());
  }

  /**
   * The promise's outcome, or a little after the limit the error of `late`.
   * @param leastMs  So long after it at least: of what has the same limit and keeps its outcome before it tells it.
   * @throws What `late` makes; the signal's reason.
   */
  bound<T>(promise: Promise<T>, late: () => Error, signal: AbortSignal, leastMs = 0): Promise<T> {
    return within(this.#clock, this.leftMs() + Math.max(leastMs, SLACK * this.ms), promise, late, signal);
  }
}
