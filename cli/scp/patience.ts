/**
 * How long a copy is tried again.
 *
 * @module
 */
import { sleep } from "../../lib/sys/clock.ts";
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

/** What several files that go together are tried with. */
export interface Trying {
  /** Time, and the end of the command. */
  readonly context: Pick<Context, "clock" | "signal">;
  /** How long. */
  readonly patience: Patience;
  /** What has no outcome yet. */
  readonly left: ReadonlySet<number>;
  /** An error in words for the user. */
  readonly explain: (error: unknown) => unknown;
  /** Told what is tried again, and when. */
  readonly onAgain: (error: Error, pauseMs: number) => void;
  /** One has failed for good, and leaves what is left. */
  readonly fail: (at: number, error: unknown) => void;
}

/**
 * Tries until each file has its outcome; what has none when the patience ends fails with the last error.
 * @param run  One try. @param attempts  This one counted.
 * @throws The signal's reason.
 */
export async function tryAll(
  { context: { clock, signal }, patience, left, explain, onAgain, fail }: Trying,
  run: (attempts: number) => Promise<void>,
): Promise<void> {
  let pauseMs = FIRST_PAUSE_MS;
  for (let attempts = 1; left.size > 0; attempts++) {
    try {
      await run(attempts);
    } catch (error) {
      signal.throwIfAborted();
      const told = explain(error);
      if (!patience.allows(attempts, told)) {
        for (const at of [...left]) fail(at, error);
        return;
      }
      onAgain(told as Error, pauseMs);
      await sleep(clock, pauseMs, signal);
      pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
    }
  }
}
