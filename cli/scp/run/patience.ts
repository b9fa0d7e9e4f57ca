/**
 * How long a copy is tried again.
 *
 * @module
 */
import { sleep } from "../../../lib/sys/clock.ts";
import { Turns } from "../../../lib/wire/turns.ts";
import type { Context } from "../../context.ts";
import { canRetry, type FileOutcome, isAway } from "../told/outcome.ts";
import type { Progress } from "../told/progress.ts";
import type { Pace } from "./pace.ts";

/** First pause before a file is tried again; it doubles. */
const FIRST_PAUSE_MS = 1000;
/** And the longest. */
const MAX_PAUSE_MS = 15_000;
/** Tries after the first, when nothing is said. */
const RETRIES = 2;
/** A peer that was there and has gone, or its server, is waited for so long: a restart, a new address. */
const AWAY_MS = 120_000;

/** A server asks for a sign of life every 30 s: a session that ends sooner, or was faster than this, did so otherwise. */
const NARROW_MS = 20_000;
const NARROW_RATE = 128 * 1024;

/** What is known of the peer. */
export interface Seen {
  /** It was there. */
  wasReached: boolean;
  /** It has the extension. */
  isExtended: boolean;
  /** It can't be had, and is not asked for another file. */
  lost?: FileOutcome["failure"];
  /** Tries that are under way. */
  running?: number;
  /** Bytes that all tries have moved. */
  bytes?: number;
  /** Several tries at once are more than the line takes. */
  turns?: Turns;
}

/** How long a file is tried. */
export class Patience {
  readonly #retries: number | undefined;
  readonly #clock: Context["clock"];
  readonly #seen: Seen;
  readonly #pace: Pick<Pace, "resumed"> | undefined;
  #furthest = 0;
  #progressMs: number;

  /** Begins now. @param retries  As the user gave them. @param pace  How fast it may go. */
  constructor(
    retries: number | undefined,
    clock: Context["clock"],
    seen: Seen,
    pace?: Pick<Pace, "resumed">,
  ) {
    this.#seen = seen;
    this.#pace = pace;
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

  /**
   * Waits before another try while the limit is a pause, in which a host that sends gives up after a minute: nothing of
   * that time counts. @throws The signal's reason.
   */
  async ready(): Promise<void> {
    if (await this.#pace?.resumed()) this.#progressMs = this.#clock.nowMs();
  }

  /** Bytes have moved, whether anything comes of it or not. */
  carried(bytes: number): void {
    this.#seen.bytes = (this.#seen.bytes ?? 0) + bytes;
  }

  /**
   * Runs one try; alone, once several at once turned out to be more than the line takes. Each stream has a window of
   * bytes on its way, a stock server's ping stands behind all of them, and after 10 s without a pong it ends the session:
   * four files at once never arrived over a line of 20 KiB a second.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const seen = this.#seen;
    const beganMs = this.#clock.nowMs();
    if (seen.turns) {
      return await seen.turns.run(() => {
        this.#progressMs += this.#clock.nowMs() - beganMs; // it has waited for others, not for the peer
        return work();
      });
    }
    const before = seen.bytes ?? 0;
    seen.running = (seen.running ?? 0) + 1;
    try {
      return await work();
    } catch (error) {
      const tookMs = this.#clock.nowMs() - beganMs;
      const isSlow = tookMs >= NARROW_MS && ((seen.bytes ?? 0) - before) * 1000 < NARROW_RATE * tookMs;
      if (seen.running > 1 && isSlow && isAway(error)) seen.turns ??= new Turns();
      throw error;
    } finally {
      seen.running--;
    }
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
    if (attempts > 1) await patience.ready();
    try {
      await patience.run(() => run(attempts));
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

/** What one file is tried with. */
export interface TryingOne extends Pick<Trying, "context" | "patience" | "explain"> {
  /** Shows what moves; what a try has moved is taken back when it failed. */
  readonly progress: Pick<Progress, "moved">;
  /** Whether it is not tried again, whatever the patience says. */
  readonly isOver?: (attempt: Try) => boolean;
  /** Told what is tried again, and when. */
  readonly onAgain: (error: Error, pauseMs: number, attempt: Try) => void;
}

/** One try of one file. */
export class Try {
  /** Which one: 1, 2 … */
  readonly number: number;
  readonly #parts: TryingOne;
  /** Bytes that are there by this try: those that came, and those that had been there. */
  moved = 0;
  /** Bytes that had been there; undefined: the file was not taken up. */
  resumed: number | undefined;

  /** Nothing has moved. */
  constructor(number: number, parts: TryingOne) {
    this.number = number;
    this.#parts = parts;
  }

  /** Bytes have come. */
  readonly onBytes = (count: number): void => {
    this.moved += count;
    this.#parts.progress.moved(count);
    this.#parts.patience.moved(this.moved);
    this.#parts.patience.carried(count);
  };

  /** Bytes need not come. */
  readonly onThere = (bytes: number): void => {
    this.resumed = (this.resumed ?? 0) + bytes;
    this.moved += bytes;
    this.#parts.progress.moved(bytes);
  };
}

/**
 * Tries one file until it is there or the patience ends.
 * @param run  One try.
 * @returns What `run` gave, or why it failed for good, in words for the user; and the last try.
 * @throws The signal's reason.
 */
export async function tryOne<T>(
  parts: TryingOne,
  run: (attempt: Try) => Promise<T>,
): Promise<{ readonly attempt: Try } & ({ readonly value: T } | { readonly error: unknown })> {
  const { context: { clock, signal }, patience, progress, explain, isOver, onAgain } = parts;
  for (let number = 1, pauseMs = FIRST_PAUSE_MS;; number++) {
    if (number > 1) await patience.ready();
    const attempt = new Try(number, parts);
    try {
      return { attempt, value: await patience.run(() => run(attempt)) };
    } catch (error) {
      signal.throwIfAborted();
      const told = explain(error);
      progress.moved(-attempt.moved);
      if (isOver?.(attempt) || !patience.allows(number, told)) return { attempt, error: told };
      onAgain(told as Error, pauseMs, attempt);
      await sleep(clock, pauseMs, signal);
      pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
    }
  }
}
