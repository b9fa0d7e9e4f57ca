/**
 * What a conversation takes of its bots, as somebody has set it: how often, and how long a message may be.
 *
 * @see lib/overlay/README.md "Pace"
 * @module
 */

/** Values of one widget that come closer are thinned by every receiver; no conversation takes more. */
export const INTERVAL_MS = 10_000;
/** A widget that may be said less than once a day is none. */
const MAX_INTERVAL_MS = 86_400_000;
/** The least that a widget with a title, its limits and a readable line needs. */
export const MIN_MAX_BYTES = 512;
/** Longer bodies don't survive the history of Go programs (specification skychat §h.3 "Limits"). */
export const MOST_MAX_BYTES = 4096;

/** How often, and how much. */
export interface PaceSetting {
  /** Between two values of one widget, milliseconds. */
  readonly intervalMs: number;
  /** Bytes of a message, its readable line included. */
  readonly maxBytes: number;
}

/** What holds where nobody has set anything. */
export const DEFAULT_PACE: PaceSetting = { intervalMs: INTERVAL_MS, maxBytes: MOST_MAX_BYTES };

/** Reads the data of a dashboard's frame. @returns undefined when it sets nothing, or beyond the limits. */
export function readPace(data: string): PaceSetting | undefined {
  let read: Readonly<Record<string, unknown>> | null;
  try {
    read = JSON.parse(data);
  } catch { // no JSON, or deeper than the stack
    return undefined;
  }
  if (typeof read !== "object" || read === null || "w" in read || "c" in read) return undefined;
  const { i: intervalMs, b: maxBytes } = read;
  return isWithin(intervalMs, INTERVAL_MS, MAX_INTERVAL_MS) &&
      isWithin(maxBytes, MIN_MAX_BYTES, MOST_MAX_BYTES)
    ? { intervalMs, maxBytes }
    : undefined;
}

/** Writes the data of a frame. */
export const writePace = ({ intervalMs, maxBytes }: PaceSetting): string =>
  JSON.stringify({ i: intervalMs, b: maxBytes });

const isWithin = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && value as number >= least && value as number <= most;
