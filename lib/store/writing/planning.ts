/**
 * The parts that changes are made of: conversations, ids and events, as writes of a draft.
 *
 * @module
 */
import { equal, utf8Length } from "../../wire/bytes.ts";
import { ESCAPED_BYTES } from "../journal/change_code.ts";
import type { Moment } from "../passed.ts";
import type { Key } from "../place/place.ts";
import type { History } from "../reading/history.ts";
import { findId, judge } from "../reading/ids.ts";
import { blockContent, bytesInBlock, encodeBlock, messagesIn, normal } from "../rows/block.ts";
import { Content } from "../rows/content.ts";
import type { IdFilter } from "../rows/id_filter.ts";
import type { Names } from "../rows/keys.ts";
import {
  conversationContent,
  type ConversationRecord,
  type EventContent,
  type EventRecord,
  type FactsRecord,
  idContent,
  newConversation,
  recordContent,
  recordIn,
} from "../rows/records.ts";
import {
  type Direction,
  MAX_BODY_BYTES,
  type NewMessage,
  type Refusal,
  type StoredMessage,
} from "../store.ts";
import type { Draft } from "./draft.ts";

/** Longest encoded message: one frame, whatever JSON makes of its id. */
const MAX_MESSAGE_BYTES = 512 * 1024;
/** Longest record of facts or of an event. */
const MAX_RECORD_BYTES = 32 * 1024;
/** An event's two times are one when they are no further apart: it ages a day sooner or later. */
const NEAR_NS = 86_400_000_000_000n;
/** Longest id that an event repeats. */
const MAX_EVENT_ID = 256;

/** How much one peer's outbox holds. */
export interface OutboxLimits {
  /** Most entries. */
  readonly entries: number;
  /** Most bytes of bodies. */
  readonly bytes: number;
}

/** What changes are applied with. */
export interface ApplyContext {
  /** Makes keys. */
  readonly names: Names;
  /** Finds pages. */
  readonly history: History;
  /** Wall time of the commit. */
  readonly nowNs: bigint;
  /** The time that had passed while something ran, by which things age. */
  readonly passedNs: bigint;
  /** The same as a text. */
  readonly passed: string;
  /** Both as events have them. */
  readonly times: Pick<EventRecord, "atNs" | "passedNs">;
  /** Of each peer. */
  readonly outbox: OutboxLimits;
  /** Which ids are certainly new. */
  readonly ids: IdFilter;
  /** Takes peers whose conversations have too many rows now, or rows to delete. */
  readonly untidy: Set<string>;
}

/** The times of a moment in the forms in which they are kept. */
export function timesOf({ nowNs, passedNs }: Moment): Moment & Pick<ApplyContext, "passed" | "times"> {
  const apart = nowNs > passedNs ? nowNs - passedNs : passedNs - nowNs;
  const passed = String(passedNs);
  const times = { atNs: String(nowNs), ...(apart > NEAR_NS ? { passedNs: passed } : {}) };
  return { nowNs, passedNs, passed, times };
}

/** Nothing of the commit is written. */
export class Refused extends Error {
  /** Why. */
  readonly reason: Refusal;
  /** Of the message that has the id. */
  readonly position: number | undefined;
  /** Caught by the writer; never seen outside. */
  constructor(reason: Refusal, position?: number) {
    super(reason);
    this.reason = reason;
    this.position = position;
  }
}

/** A message's row. @throws {RangeError} It is larger than what a frame can bring. */
export function messageContent(kept: NewMessage, position: number): Content {
  const message = normal(kept, position);
  const { body } = message;
  if (
    (body.length * 3 > MAX_BODY_BYTES && utf8Length(body) > MAX_BODY_BYTES) ||
    (bytesInBlock(message) > MAX_MESSAGE_BYTES && encodeBlock([message]).length > MAX_MESSAGE_BYTES)
  ) {
    throw new RangeError("the message is too long");
  }
  return blockContent([message]);
}

/** An id for an event: a very long one stays in its message only. */
export const shortId = (id: string | undefined): { id?: string } =>
  id === undefined || id.length > MAX_EVENT_ID ? {} : { id };

/** A conversation as it will be; an empty one when there is none. */
export async function readConversation(
  draft: Draft,
  peer: string,
  context: ApplyContext,
): Promise<ConversationRecord> {
  const [content] = await draft.read([context.names.conversation(peer)]);
  return content ? recordIn<ConversationRecord>(content) : newConversation(peer);
}

/** The same, if the draft knows it already. */
export function knownConversation(
  draft: Draft,
  peer: string,
  { names }: ApplyContext,
): ConversationRecord | undefined {
  const content = draft.known(names.conversation(peer));
  return content && recordIn<ConversationRecord>(content);
}

/** Plans a conversation's row. */
export const writeConversation = (draft: Draft, record: ConversationRecord, { names }: ApplyContext): void =>
  draft.set(names.conversation(record.peer), conversationContent(record));

/** Messages up to a position were forgotten, and may come again: out of a backup, or because a group is joined anew. */
export interface Gone {
  /** The position. */
  readonly upTo: number;
  /** Also with another body: a group's message that was read may be sealed for who comes anew, and the other way. */
  readonly anyBody: boolean;
}

/**
 * Plans to remember an id.
 * @param position  Of its message; 0 when none is kept.
 * @param gone  What may come again; by default nothing.
 * @throws {Refused} repeat, conflict.
 */
export async function learnId(
  draft: Draft,
  peer: string,
  direction: Direction,
  id: string,
  body: string,
  position: number,
  context: ApplyContext,
  gone: Gone = { upTo: -1, anyBody: false },
): Promise<void> {
  const { names, passedNs } = context;
  const { generation } = draft.head;
  const known = await findId((keys) => draft.read(keys), names, generation, peer, direction, id);
  const verdict = judge(known, body, passedNs);
  const isBack = (verdict === "repeat" || gone.anyBody) && known !== undefined && known.position <= gone.upTo;
  if (verdict !== "new" && !isBack) throw new Refused(verdict, known?.position);
  addId(draft, names.id(generation, peer, direction, id), body, position, context);
}

/** Plans to remember an id that is certainly new. @param key  Of its row. */
export function addId(
  draft: Draft,
  key: Key,
  body: string,
  position: number,
  { ids, passed }: ApplyContext,
): void {
  ids.add(key);
  draft.set(key, idContent({ position, body, atNs: passed }));
}

/** Incoming messages above a position, of those on disk and those of this draft: lines, and those that are none. */
export async function countUnread(
  draft: Draft,
  conversation: ConversationRecord,
  readTo: number,
  { names, history }: ApplyContext,
): Promise<{ readonly unread: number; readonly silent: number }> {
  const { peer, last } = conversation;
  let [unread, silent] = [0, 0];
  const count = (message: StoredMessage): void => {
    if (!history.isLine(message)) silent++;
    else if (message.direction === "in") unread++;
  };
  const planned = plannedMessages(draft, peer, names);
  let onDisk = readTo;
  for await (const message of history.walk(peer, Infinity, last - readTo)) {
    const { position } = message;
    if (position <= readTo) break;
    onDisk = Math.max(onDisk, position);
    count(planned.get(position) ?? message);
  }
  for (let position = onDisk + 1; position <= last; position++) {
    const [content] = await draft.read([names.at("m", peer, position)]);
    if (content) count(messagesIn(content, peer)[0]);
  }
  return { unread, silent };
}

/** Messages of a conversation that a draft has changed, by their positions, and others of their pages. */
function plannedMessages(draft: Draft, peer: string, names: Names): ReadonlyMap<number, StoredMessage> {
  const [, part] = names.conversation(peer);
  const found = new Map<number, StoredMessage>();
  for (const kind of ["p", "m"]) {
    for (const { key, content } of draft.plannedOf(kind).values()) {
      if (content === undefined || !equal(key[1] as Uint8Array, part as Uint8Array)) continue;
      for (const message of messagesIn(content, peer)) found.set(message.position, message);
    }
  }
  return found;
}

/** Bytes of an event without texts, at most. */
const SHORT_EVENT_BYTES = 260;

/** Plans the next event. @throws {RangeError} It is too long. */
export function addEvent(draft: Draft, event: EventContent, { times }: ApplyContext): void {
  const record: EventRecord = { ...times, event };
  const bytes = boundOf(event);
  if (bytes !== undefined) return draft.addEvent(record, bytes);
  const content = limitedContent(record);
  draft.addEvent(recordIn(content), content.size); // as it will be read: without what is undefined
}

/** Bytes of an event, at most; undefined when that has to be found by encoding it. */
function boundOf(event: EventContent): number | undefined {
  if (event.kind === "message") return SHORT_EVENT_BYTES;
  if (event.kind !== "state" || "reason" in event) return undefined;
  return SHORT_EVENT_BYTES + ESCAPED_BYTES * (event.id?.length ?? 0);
}

/** A record as a row's content. @throws {RangeError} Somebody put more into it than it is for. */
export function limitedContent(record: FactsRecord | EventRecord): Content {
  const content = recordContent(record);
  if (content.size > MAX_RECORD_BYTES) throw new RangeError("the record is too long");
  return content;
}
