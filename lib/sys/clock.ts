/**
 * Time as a value that is passed in: the system's, or one that a test moves by hand.
 *
 * @module
 */

/** A clock and its timers. */
export interface Clock {
  /** Milliseconds that never go back; only differences mean anything. */
  nowMs(): number;
  /** Wall time: nanoseconds since 1970. */
  wallNs(): bigint;
  /**
   * Runs a function once, later.
   * @param delayMs  From now, 0 or more, of any length.
   * @returns Call it to cancel; harmless when the function ran already.
   */
  after(delayMs: number, run: () => void): () => void;
}

/** For so long after the start, and so many times, timers are made without `setTimeout`. */
const QUICK_UNTIL_MS = 2000;
const QUICK_TIMERS = 64;

/**
 * A timer that a command which is soon done can afford: the first `setTimeout` of a process loads 4 ms of modules,
 * an abort signal's timer 0.3 ms. It can't be taken back, only left without a listener, so there are few of them.
 */
function quickTimer(delayMs: number, run: () => void): () => void {
  const signal = AbortSignal.timeout(Math.ceil(delayMs));
  signal.addEventListener("abort", run, { once: true });
  return () => signal.removeEventListener("abort", run);
}

/** The system's timers count no further, some 24.8 days: one that is set for later runs at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Wall time that goes back by more than this was set by somebody; less is the difference of two clocks. */
const SET_BACK_NS = 2_000_000_000n;

/**
 * Wall time that never stands still: each answer is later than the one before, unless the clock was set back. (Before,
 * a clock that was ten years ahead for a moment stayed there until the end of the process.)
 * @param readNs  The system's wall time, nanoseconds since 1970.
 */
export function increasing(readNs: () => bigint): () => bigint {
  let last: bigint | undefined;
  return () => {
    const now = readNs();
    const isSetBack = last !== undefined && now < last - SET_BACK_NS;
    last = last === undefined || now > last || isSetBack ? now : last + 1n;
    return last;
  };
}

/** The system's clock. Wall time has the system's resolution, made strictly increasing. */
export function systemClock(): Clock {
  let quickTimers = QUICK_TIMERS;
  const after: Clock["after"] = (delayMs, run) => {
    const waitMs = Math.max(0, delayMs);
    if (waitMs > MAX_TIMER_MS) {
      let cancel = after(MAX_TIMER_MS, () => cancel = after(waitMs - MAX_TIMER_MS, run));
      return () => cancel();
    }
    if (quickTimers > 0 && performance.now() < QUICK_UNTIL_MS) {
      quickTimers--;
      return quickTimer(waitMs, run);
    }
    const id = setTimeout(run, waitMs);
    return () => clearTimeout(id);
  };
  return {
    nowMs: () => performance.now(),
    wallNs: increasing(() => {
      const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
      const drifted = BigInt(Date.now()) * 1_000_000n;
      // timeOrigin does not follow a wall clock that was set later (a node without a battery clock does that).
      return now > drifted + SET_BACK_NS || now < drifted - SET_BACK_NS ? drifted : now;
    }),
    after,
  };
}

/**
 * Resolves after a delay; rejects with the signal's reason when it is aborted first.
 * @param delayMs  Milliseconds, 0 or more.
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      cancel();
      reject(signal!.reason);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    });
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/**
 * The promise's outcome, or the error of `late` when it takes longer, or the signal's reason when that comes first.
 * @param limitMs  Milliseconds. The promise itself goes on; its late failure is swallowed.
 */
export function within<T>(
  clock: Pick<Clock, "after">,
  limitMs: number,
  promise: Promise<T>,
  late: () => Error,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => settle(() => reject(signal!.reason));
    const cancel = clock.after(limitMs, () => settle(() => reject(late())));
    const settle = (tell: () => void) => {
      cancel();
      signal?.removeEventListener("abort", stop);
      tell();
    };
    promise.then((value) => settle(() => resolve(value)), (error) => settle(() => reject(error)));
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Waits until a promise is settled, but no longer than a limit; its failure is no error here. @param limitMs  Milliseconds. */
export async function atMost(clock: Clock, limitMs: number, promise: Promise<unknown>): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(limitMs, resolve);
  await Promise.race([promise, over]).catch(() => {});
  cancel();
}
