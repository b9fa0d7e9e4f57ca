/**
 * Pauses on a clock moved by hand, for work that takes real time between them.
 *
 * @module
 */
import type { FakeClock } from "./clock.ts";

/** Only pauses before another try are passed over, and no time limit of the wire. */
const LONGEST_PAUSE_MS = 15_000;

/** Moves the clock until something is done; real files take real time between. @returns What it gives. */
export async function patiently<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let done = false;
  void work.finally(() => done = true).catch(() => {});
  while (!done) {
    const next = clock.nextTimerMs;
    if (next !== undefined && next - clock.nowMs() <= LONGEST_PAUSE_MS) {
      await clock.advance(next - clock.nowMs());
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return await work;
}
