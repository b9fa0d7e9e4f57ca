/**
 * The system's clock, for whom time runs faster.
 *
 * @module
 */
import { type Clock, systemClock } from "../../lib/sys/clock.ts";

/**
 * A clock on which pauses of the program take a part of their time. Its wall time is the system's. What a test gives
 * the program as a limit takes that part of its time as well.
 * @param times  How much faster it runs.
 */
export function hurriedClock(times: number): Clock {
  const clock = systemClock();
  return {
    nowMs: () => clock.nowMs() * times,
    wallNs: () => clock.wallNs(),
    after: (delayMs, run) => clock.after(delayMs / times, run),
  };
}
