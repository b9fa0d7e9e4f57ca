/**
 * Places in a list: texts of hex digits, read as fractions, so that there is always one between two others.
 *
 * @module
 */
import { digits } from "./entry.ts";

/** A longer place is not taken: an item would cost more than it says. */
export const MAX_RANK_DIGITS = 200;
const RANK = /^[0-9a-f]{0,199}[1-9a-f]$/;

/** Whether a text is a place: 1 to 200 hex digits, the last not 0. */
export const isRank = (text: string): boolean => RANK.test(text);

/** Where an item is that was never moved: behind all that were added before it. */
export const rankOf = (stamp: number): string => `${digits(stamp)}8`;

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
