/**
 * What lies in the small rows: JSON, with nanoseconds as decimal texts.
 *
 * @module
 */
import { sha256, sha256Into } from "../../crypto/hash.ts";
import { fromHex, fromUtf8, readU16, toHex, utf8, utf8View, writeU16 } from "../../wire/bytes.ts";
import type { EventKind, PeerFacts } from "../store.ts";
import { Content } from "./content.ts";

/** Messages of a conversation that are rows, at most; older ones are in pages. */
export const MAX_ROWS = 256;

/** A place in the journal: everything before it is in the rows. */
export interface JournalMark {
  /** The random name of a file, hex. */
  readonly name: string;
  /** The number of the next record. */
  readonly next: number;
}

/** Counters of the whole store. */
export interface HeadRecord {
  /** How far the journal has been written into rows; not there before the first time. */
  readonly journal?: JournalMark;
  /** The newest event. */
  readonly cursor: number;
  /** The oldest event that is kept; `cursor + 1` when none is. */
  readonly firstEvent: number;
  /** Names the rows of known ids; a new one begins every 30 days, and two are kept. */
  readonly generation: number;
  /** When it began, by the time that passed while something ran. */
  readonly generationNs: string;
  /** That time at the last write; see `passed.ts`. Stores of before have none. */
  readonly passedNs?: string;
  /** Drawn for every write: tells after a failure whether it happened. */
  readonly write: string;
}

/** A conversation. Its messages are those above `floor`; of them, pages hold those up to `paged`. */
export interface ConversationRecord {
  /** The other party. */
  readonly peer: string;
  /** The newest message. */
  readonly last: number;
  /** Its time. */
  readonly lastAtNs: string;
  /** The time of the latest line above `floor`, "0" without one; not there when builds of before have kept some. */
  readonly latestNs?: string;
  /** Messages up to this one are forgotten. */
  readonly floor: number;
  /** Of these, rows up to this one are deleted. */
  readonly cleaned: number;
  /** Messages up to this one are in pages. */
  readonly paged: number;
  /** The first message of the newest page; not there when it has to be looked for. */
  readonly page?: number;
  /** The user has read up to this one. */
  readonly readTo: number;
  /** Incoming messages above it. */
  readonly unread: number;
  /** Entries in the outbox. */
  readonly queued: number;
  /** Bytes of their bodies. */
  readonly queuedBytes: number;
}

/** A known id. */
export interface IdRecord {
  /** The message that has it; 0 when none was kept. */
  readonly position: number;
  /** SHA-256 of its body, hex; undefined as long as the body is here. */
  readonly hash?: string;
  /** Its body, until it is written. */
  readonly body?: string;
  /** When it came, by the time that passed while something ran. */
  readonly atNs: string;
}

/** A peer's facts. */
export interface FactsRecord {
  /** Whose. */
  readonly peer: string;
  /** Which. */
  readonly facts: PeerFacts;
}

/** An outbox entry. */
export interface QueueRecord {
  /** To whom. */
  readonly peer: string;
  /** Which message. */
  readonly position: number;
  /** Since when, by the time that passed while something ran. */
  readonly addedNs: string;
  /** When to try. */
  readonly dueNs: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** Bytes of the body. */
  readonly bytes: number;
}

/** What an event row says: a new message by its place, everything else in full. */
export type EventContent =
  | Exclude<EventKind, { kind: "message" }>
  | { readonly kind: "message"; readonly peer: string; readonly position: number };

/** An event. */
export interface EventRecord {
  /** When it was committed. */
  readonly atNs: string;
  /** The same by the time that passed while something ran, when that is far from it. */
  readonly passedNs?: string;
  /** What it tells. */
  readonly event: EventContent;
}

/** Bytes of a record. */
export const encodeRecord = (record: object): Uint8Array => utf8(JSON.stringify(record));

/** The record in bytes that were sealed by us: they are what we wrote. */
export const decodeRecord = <T>(bytes: Uint8Array): T => JSON.parse(fromUtf8(bytes)) as T;

/** A record as a row's content, encoded at once. */
export const recordContent = (record: object): Content => Content.of(encodeRecord(record));

/** The record in a row's content. */
export const recordIn = <T>(content: Content): T => content.as<T>(decodeRecord);

/** Bytes of a conversation's record, at most: its numbers have 16 digits. */
const CONVERSATION_BYTES = 460;
/** Bytes of an id's record, at most. */
const ID_RECORD_BYTES = 140;

/** A conversation's row. It changes with each message, and is encoded when it is written. */
export const conversationContent = (record: ConversationRecord): Content =>
  Content.later(record, CONVERSATION_BYTES, encodeRecord);

/** Bytes of an outbox entry's record, at most. */
const QUEUE_BYTES = 240;

/** An outbox entry's row. Most are gone before they are written. */
export const queueContent = (record: QueueRecord): Content =>
  Content.later(record, QUEUE_BYTES, encodeRecord);

/** An id's row. */
export const idContent = (record: IdRecord): Content => Content.later(record, ID_RECORD_BYTES, encodeId);

/** Bytes of an id's record. */
export const encodeId = (record: IdRecord): Uint8Array =>
  encodeRecord({ position: record.position, hash: hashOf(record), atNs: record.atNs });

/** SHA-256 of the body that an id had, hex. */
export const hashOf = ({ hash, body = "" }: IdRecord): string => hash ?? toHex(sha256(utf8View(body)));

/** The same as bytes. @param out  32 bytes. */
export function writeHash({ hash, body = "" }: IdRecord, out: Uint8Array): void {
  if (hash === undefined) sha256Into(utf8View(body), out);
  else out.set(fromHex(hash));
}

/** Whether an id had this body. */
export const hadBody = (record: IdRecord, body: string): boolean =>
  record.body === undefined
    ? record.hash === hashOf({ ...record, hash: undefined, body })
    : record.body === body;

/** A head before the first write. */
export const firstHead = (nowNs: bigint): HeadRecord => ({
  cursor: 0,
  firstEvent: 1,
  generation: 1,
  generationNs: String(nowNs),
  passedNs: String(nowNs),
  write: "",
});

/** A conversation before its first message. */
export const newConversation = (peer: string): ConversationRecord => ({
  peer,
  last: 0,
  lastAtNs: "0",
  floor: 0,
  cleaned: 0,
  paged: 0,
  readTo: 0,
  unread: 0,
  queued: 0,
  queuedBytes: 0,
});

/** Whether a conversation has more rows than it should. */
export const wantsPages = ({ last, paged }: ConversationRecord, rows = MAX_ROWS): boolean =>
  last - paged > rows;

/** Most bytes of a small value. */
export const MAX_VALUE_BYTES = 512 * 1024;

/** A small value with its name, which its key hides: u16 length ‖ name ‖ value. @throws {RangeError} It is too long. */
export function encodeValue(name: string, value: Uint8Array): Uint8Array {
  const bytes = utf8(name);
  if (bytes.length > 0xffff || value.length > MAX_VALUE_BYTES) throw new RangeError("the value is too long");
  const row = new Uint8Array(2 + bytes.length + value.length);
  writeU16(row, 0, bytes.length);
  row.set(bytes, 2);
  row.set(value, 2 + bytes.length);
  return row;
}

/** Undoes {@link encodeValue}. */
export function decodeValue(row: Uint8Array): { name: string; value: Uint8Array } {
  const length = readU16(row, 0);
  return { name: fromUtf8(row.subarray(2, 2 + length)), value: row.slice(2 + length) };
}
