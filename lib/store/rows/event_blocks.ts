/**
 * Events as they lie: those that are written together are one row under the cursor of the first, a JSON list of their
 * records. A row of layout 1 is one record.
 *
 * @module
 */
import type { Key } from "../place/place.ts";
import { Content } from "./content.ts";
import { eventKey } from "./keys.ts";
import { encodeRecord, type EventRecord, recordIn } from "./records.ts";

/** Most events of a row: what a reader of one opens. */
const MAX_BLOCK_EVENTS = 64;
/** Bytes of a row, so that it is never cut; one event has 32 KiB at most. */
const MAX_BLOCK_BYTES = 24_000;

/** An event that waits to be written. */
export interface EventRow {
  /** Its place in the stream. */
  readonly cursor: number;
  /** What it says. */
  readonly record: EventRecord;
  /** Bytes of that, at most. */
  readonly size: number;
}

/** Rows of events. @param events  In order, without a gap. */
export function blocksOf(
  events: readonly EventRow[],
): { readonly key: Key; readonly content: Content }[] {
  const blocks: { key: Key; content: Content }[] = [];
  for (let at = 0; at < events.length;) {
    const first = at;
    let bytes = events[at].size;
    for (at++; at < events.length && at - first < MAX_BLOCK_EVENTS; at++) {
      bytes += events[at].size;
      if (bytes > MAX_BLOCK_BYTES) break;
    }
    const records = events.slice(first, at).map(({ record }) => record);
    blocks.push({
      key: eventKey(events[first].cursor),
      content: Content.later(records, bytes, encodeRecord),
    });
  }
  return blocks;
}

/** The events of a row, in order. */
export function eventsIn(row: Content): readonly EventRecord[] {
  const content = recordIn<EventRecord | EventRecord[]>(row);
  return Array.isArray(content) ? content : [content];
}
