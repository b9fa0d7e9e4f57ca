/**
 * Cursors as surfaces see them: a number that knows its event. Two stores count their events alike, so a number alone
 * would go on silently in a store that was restored, replaced or filled on another machine, once that has as many
 * events.
 *
 *     cursor   number of the event · 100,000 + check;  0 before the first event
 *     check    1 … 99,999 of the event's number and time; 0: it is not known, and not looked at
 *
 * Cursors of one store are in the order of their events.
 *
 * @module
 */
import { sha256Into } from "../../crypto/hash.ts";
import type { Events } from "../../store/store.ts";
import { readU32, utf8View } from "../../wire/bytes.ts";

const CHECKS = 100_000;
const hash = new Uint8Array(32);

/** The cursor of an event. @param atNs  When it was committed, nanoseconds since 1970. */
export function cursorOf(number: number, atNs: bigint): number {
  sha256Into(utf8View(`dmsg event ${number} ${atNs}`), hash);
  return number * CHECKS + 1 + readU32(hash, 0) % (CHECKS - 1);
}

/** A cursor behind an event of which only the number is known. */
export const uncheckedCursor = (number: number): number => number * CHECKS;

/** The cursor of the newest event, 0 before the first. */
export async function lastCursor(events: Events): Promise<number> {
  const number = events.last();
  const atNs = await events.timeOf(number);
  return atNs === undefined ? uncheckedCursor(number) : cursorOf(number, atNs);
}

/**
 * Where a reader goes on.
 * @returns The number of the event that it has read last; undefined when the cursor is of other events than these.
 */
export async function numberIn(events: Events, cursor: number): Promise<number | undefined> {
  if (!Number.isSafeInteger(cursor) || cursor < 0) return undefined;
  const number = Math.floor(cursor / CHECKS);
  const check = cursor % CHECKS;
  if (number > events.last() || (number === 0 && check !== 0)) return undefined;
  if (check === 0) return number;
  const atNs = await events.timeOf(number);
  // One that is no longer kept leaves a gap, which is told in any case.
  return atNs === undefined || cursorOf(number, atNs) === cursor ? number : undefined;
}
