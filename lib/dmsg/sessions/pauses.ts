/**
 * Pauses between attempts to be reachable, which grow.
 *
 * @see specification dmsg §13
 * @module
 */
import type { Random } from "../../sys/random.ts";

/** How a pause grows. */
export interface PauseRule {
  /** The first one. */
  readonly firstMs: number;
  /** By what each next one is longer. */
  readonly factor: number;
  /** The longest. */
  readonly maxMs: number;
}

/** After a discovery that did not answer. */
export const FETCH_RETRY: PauseRule = { firstMs: 1000, factor: 1.3, maxMs: 20_000 };
/** After servers that did not take us. */
export const CONNECT_RETRY: PauseRule = { firstMs: 5000, factor: 1.3, maxMs: 60_000 };
/** After a session that ended soon: two programs with one key would push each other off without a pause. */
const DROPPED_RETRY: PauseRule = { firstMs: 1000, factor: 2, maxMs: 60_000 };
/** A session that ends sooner than this was no success. */
const SHORT_LIFE_MS = 10_000;
/** With fewer sessions than wanted but at least one, the next try for more. */
export const MORE_MS = 60_000;
/** Connecting took longer: some servers say nothing, for 5 s each. Nobody finds us by sessions that no entry names yet. */
export const SLOW_MS = 2000;
/** Connecting took longer, of hundreds of servers that say nothing: the entry and the sessions that are there have their turn. */
export const LONG_MS = 15_000;

/** A server that has not answered for so long keeps the next one waiting no longer. */
export const STALLED_MS = 1000;

/** A quarter to both sides: parties that failed together do not come back together. */
export const spread = (random: Random): number => 0.75 + 0.5 * random.fraction();

/** The pause behind one of `delayMs`. */
export const next = (delayMs: number, rule: PauseRule): number => Math.min(rule.maxMs, delayMs * rule.factor);

/** The pause after sessions that ended soon. */
export class DropPause {
  #untilMs = -Infinity;
  #pauseMs = DROPPED_RETRY.firstMs;

  /** A session has ended. @param livedMs  How long it had lived. */
  ended(livedMs: number, nowMs: number, random: Random): void {
    // It was there before that pause began: servers that go away together are one end, and make one pause longer.
    if (nowMs < this.#untilMs) return;
    if (livedMs >= SHORT_LIFE_MS) return void (this.#pauseMs = DROPPED_RETRY.firstMs);
    this.#untilMs = nowMs + this.#pauseMs * spread(random);
    this.#pauseMs = next(this.#pauseMs, DROPPED_RETRY);
  }

  /** What is left of it, milliseconds. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs);
  }
}
