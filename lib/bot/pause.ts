/**
 * How long to wait before a bot that has failed is started again.
 *
 * @module
 */

/** Pause after the first failure; it doubles up to the longest. */
const FIRST_MS = 1000;
const MAX_MS = 60_000;
/** A bot that has run for so long has not failed at its start: the pauses begin anew. */
const STEADY_MS = 60_000;

/** The pause in milliseconds. @param last  The one before, 0 at first. @param livedMs  How long the bot has run. */
export const nextPauseMs = (last: number, livedMs: number): number =>
  last === 0 || livedMs >= STEADY_MS ? FIRST_MS : Math.min(MAX_MS, last * 2);
