/**
 * Waiting for what others decide.
 *
 * @module
 */
import type { Context } from "../context.ts";

/** How often we look, milliseconds. */
const LOOK_MS = 200;

/** What somebody else decides. */
export interface Open<T> {
  /** As it stands now. */
  readonly now: T;
  /** Whether it can still change. */
  readonly isOpen: (now: T) => boolean;
  /** Looks again. */
  readonly look: () => Promise<T>;
  /** How long to wait for it, milliseconds; 0 does not wait. */
  readonly waitMs: number;
}

/**
 * Waits until something is decided, the time is over, or a signal ends the command.
 * @returns It, as it was seen last. @throws What `look` throws.
 */
export async function decided<T>({ clock, signal }: Context, open: Open<T>): Promise<T> {
  const endMs = clock.nowMs() + open.waitMs;
  let { now } = open;
  while (open.isOpen(now) && clock.nowMs() < endMs && !signal.aborted) {
    await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
    now = await open.look();
  }
  return now;
}
