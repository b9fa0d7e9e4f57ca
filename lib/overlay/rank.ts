/**
 * Places in a list: texts of hex digits, read as fractions, so that there is always one between two others.
 *
 * @module
 */
import { digits } from "./entry.ts";

/** As many as {@link digits} gives. */
const STAMP_DIGITS = 13;
/** A longer place is not taken: an item would cost more than it says. */
export const MAX_RANK_DIGITS = 200;
const RANK = /^[0-9a-f]{0,199}[1-9a-f]$/;

/** Whether a text is a place: 1 to 200 hex digits, the last not 0. */
export const isRank = (text: string): boolean => RANK.test(text);

/** Where an item is that was never moved: behind all that were added before it. */
export const rankOf = (stamp: number): string => `${digits(stamp)}8`;

/** Places from here on are no stamp's, in this millennium: they were made between others. */
const LAST_STAMP = 2 ** 45;

/** The stamp of which a place is, so that what has a later one stands behind it; undefined: it is of none. */
export function stampAt(rank: string): number | undefined {
  const stamp = rank.length < STAMP_DIGITS ? LAST_STAMP : parseInt(rank.slice(0, STAMP_DIGITS), 16);
  return stamp < LAST_STAMP ? stamp : undefined;
}

/**
 * A place between two.
 * @param low  `""`: the beginning.
 * @param high  `""`: the end. Otherwise above `low`.
 * @returns undefined when it would be too long.
 */
export function rankBetween(low: string, high: string): string | undefined {
  let rank = "";
  let open = high === "";
  for (let at = 0; at < MAX_RANK_DIGITS; at++) {
    const below = at < low.length ? parseInt(low[at], 16) : 0;
    const above = open ? 16 : at < high.length ? parseInt(high[at], 16) : 0;
    const middle = (below + above) >> 1;
    if (middle > below) return rank + middle.toString(16);
    rank += below.toString(16);
    if (above > below) open = true;
  }
  return undefined;
}
