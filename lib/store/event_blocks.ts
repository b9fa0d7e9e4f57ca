/**
 * Events as they lie: those that are written together are one row under the cursor of the first, a JSON list of their
 * records. A row of layout 1 is one record.
 *
 * @module
 */
import { concat, utf8 } from "../wire/bytes.ts";
import { eventKey } from "./keys.ts";
import type { Key } from "./place.ts";
import { decodeRecord, type EventRecord } from "./records.ts";

/** Most events of a row: what a reader of one opens. */
export const MAX_BLOCK_EVENTS = 64;
/** Bytes of a row, so that it is never cut; one event has 32 KiB at most. */
const MAX_BLOCK_BYTES = 24_000;

/** An event that waits to be written. */
export interface EventRow {
  /** Its place in the stream. */
  readonly cursor: number;
  /** Its record. */
  readonly plain: Uint8Array;
}

const [OPEN, COMMA, CLOSE] = ["[", ",", "]"].map(utf8);

/** Rows of events. @param events  In order, without a gap. */
export function blocksOf(events: readonly EventRow[]): { readonly key: Key; readonly plain: Uint8Array }[] {
  const blocks: { key: Key; plain: Uint8Array }[] = [];
  for (let at = 0; at < events.length;) {
    const first = at;
    let bytes = events[at].plain.length;
    for (at++; at < events.length && at - first < MAX_BLOCK_EVENTS; at++) {
      bytes += events[at].plain.length;
      if (bytes > MAX_BLOCK_BYTES) break;
    }
    const parts = events.slice(first, at).flatMap(({ plain }, i) => [i === 0 ? OPEN : COMMA, plain]);
    blocks.push({ key: eventKey(events[first].cursor), plain: concat(...parts, CLOSE) });
  }
  return blocks;
}

/** The events of a row, in order. */
export function eventsIn(plain: Uint8Array): EventRecord[] {
  const content = decodeRecord<EventRecord | EventRecord[]>(plain);
  return Array.isArray(content) ? content : [content];
}
