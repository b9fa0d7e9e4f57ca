/**
 * What is new is dealt with while something lasts, and what has come by its end.
 *
 * @module
 */
import { sleep } from "../../lib/sys/clock.ts";
import { unlessAborted } from "../abort.ts";
import type { Context } from "../context.ts";
import type { Unread } from "./unread.ts";

/** So often what was dealt with is remembered: a program that is killed does no more than that once more. */
const KEEP_MS = 250;

/** One that reads. */
export interface ReadsOn {
  /** What it reads. */
  readonly unread: Unread;
  /** Rejects when it can't go on. */
  readonly failing: Promise<never>;
  /** Whether something of what was read is left for the next run. */
  readonly hasFailed: boolean;
  /** Remembers what is dealt with. Calls must not overlap. */
  keep(): Promise<void>;
  /** Resolves when all that was read is dealt with, and that is remembered. */
  end(): Promise<void>;
}

/**
 * Has all of them read while something lasts, and to the end of what has come by then.
 * @returns What that returns.
 * @throws What that throws, or why one of them can't go on; what was dealt with is remembered all the same. The signal's
 *   reason.
 */
export async function readingOn<T>(
  { clock, signal }: Pick<Context, "clock" | "signal">,
  all: readonly ReadsOn[],
  during: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const reading = follow(all, until).catch((error) => {
    if (!until.aborted) throw error;
  });
  const keep = async (): Promise<void> => {
    for (const one of all) await one.keep();
  };
  const keeping = (async () => {
    while (!until.aborted) {
      await sleep(clock, KEEP_MS, until).catch(() => {});
      await keep();
    }
  })();
  const failing = Promise.race([
    Promise.all([reading, keeping]).then(() => new Promise<never>(() => {})),
    ...all.map((one) => one.failing),
  ]);
  failing.catch(() => {});
  const end = async (): Promise<void> => {
    await Promise.all([reading, keeping]);
    for (const { unread } of all) await unread.rest();
    for (const one of all) await one.end();
  };
  try {
    const outcome = await unlessAborted(signal, Promise.race([during(), failing]));
    over.abort();
    await Promise.race([end(), failing]);
    return outcome;
  } finally {
    over.abort();
    await Promise.allSettled([reading, keeping]);
    await Promise.allSettled(all.map((one) => one.end()));
  }
}

/** What was there before we came, one after the other; then what comes. */
async function follow(all: readonly ReadsOn[], until: AbortSignal): Promise<void> {
  for (const { unread } of all) await unread.rest(until);
  await Promise.all(all.map(({ unread }) => unread.follow(until)));
}
