/**
 * What runs between commits: rows become pages, forgotten messages are deleted, old ids and events go. Every step is
 * one atomic write that leaves everything readable, so a crash between two steps costs nothing but their repetition.
 *
 * @module
 */
import type { Draft } from "./draft.ts";
import type { Guarded } from "./guarded.ts";
import type { History } from "./history.ts";
import { turned } from "./ids.ts";
import { allOf, eventKey, eventRange, type Names, oldIds } from "./keys.ts";
import { planPages } from "./pages.ts";
import type { Range } from "./place.ts";
import {
  type ConversationRecord,
  decodeRecord,
  encodeRecord,
  type EventRecord,
  wantsPages,
} from "./records.ts";
import { SEEN_NS } from "./store.ts";

/** Rows that one step deletes at most; each may have a few pieces. */
const DELETE_STEP = 200;
/** Events that a commit deletes at most when there are too many. */
const PRUNE_STEP = 100;
/** How long an event is kept. */
const EVENT_NS = SEEN_NS;

/** What tidying works with. */
export interface TidyParts {
  /** Where it writes. */
  readonly guarded: Guarded;
  /** Makes keys. */
  readonly names: Names;
  /** Finds pages. */
  readonly history: History;
}

/** Moves a conversation's old rows into pages and deletes what is forgotten. @throws {UserError} as `Guarded.write`. */
export async function tidyConversation(parts: TidyParts, peer: string): Promise<void> {
  const { guarded, names, history } = parts;
  for (;;) {
    const [bytes] = await guarded.vault.plain([names.conversation(peer)]);
    if (!bytes) return;
    const conversation = decodeRecord<ConversationRecord>(bytes);
    const isForgotten = conversation.cleaned < conversation.floor;
    if (!isForgotten && !wantsPages(conversation)) return;
    const draft = await guarded.draft();
    if (isForgotten) await planCleaning(draft, parts, conversation);
    else await planPages(draft, guarded.vault, names, history, conversation);
    await guarded.write(draft);
  }
}

/** Tidies all conversations, and drops ids and events that are past their time. @throws {UserError} as above. */
export async function tidyAll(parts: TidyParts, nowNs: bigint): Promise<void> {
  const { guarded } = parts;
  const peers: string[] = [];
  for await (const { plain } of guarded.vault.list(allOf("c"))) {
    peers.push(decodeRecord<ConversationRecord>(plain).peer);
  }
  for (const peer of peers) await tidyConversation(parts, peer);
  await dropIds(guarded, nowNs);
  await dropEvents(guarded, nowNs);
}

/** Plans the deletion of the oldest events beyond a number. */
export function pruneEvents(draft: Draft, maxEvents: number): void {
  const { cursor, firstEvent } = draft.head;
  // Whole steps, so that not every commit deletes one event.
  const excess = cursor - firstEvent + 1 - maxEvents;
  if (excess >= PRUNE_STEP / 2) dropFirst(draft, Math.min(excess, PRUNE_STEP));
}

function dropFirst(draft: Draft, count: number): void {
  const { firstEvent } = draft.head;
  for (let i = 0; i < count; i++) draft.remove(eventKey(firstEvent + i));
  draft.head = { ...draft.head, firstEvent: firstEvent + count };
}

/** Deletes rows at or below the floor, some of them; the last step says that all are gone. */
async function planCleaning(
  draft: Draft,
  { guarded, names }: TidyParts,
  conversation: ConversationRecord,
): Promise<void> {
  const { peer, cleaned, floor } = conversation;
  let room = DELETE_STEP;
  for (const kind of ["o", "m", "p"] as const) {
    if (room > 0) {
      room -= await planDeletion(draft, guarded, names.range(kind, peer, cleaned + 1, floor + 1), room);
    }
  }
  if (room > 0) draft.set(names.conversation(peer), encodeRecord({ ...conversation, cleaned: floor }));
}

/** @returns How many rows are deleted; `limit` also when their pieces fill the draft. */
async function planDeletion(draft: Draft, { vault }: Guarded, range: Range, limit: number): Promise<number> {
  let count = 0;
  for await (const row of vault.raw(range, { limit, batch: limit })) {
    for (const key of await vault.keysOf(row)) draft.remove(key);
    count++;
    if (!draft.fits()) return limit;
  }
  return count;
}

async function dropIds(guarded: Guarded, nowNs: bigint): Promise<void> {
  for (;;) {
    const draft = await guarded.draft();
    const { generation } = draft.head = turned(draft.head, nowNs);
    const count = await planDeletion(draft, guarded, oldIds(generation - 1), DELETE_STEP);
    if (count === 0 && generation === guarded.head.generation) return;
    await guarded.write(draft);
  }
}

async function dropEvents(guarded: Guarded, nowNs: bigint): Promise<void> {
  for (;;) {
    const draft = await guarded.draft();
    const { firstEvent, cursor } = draft.head;
    let old = 0;
    const range = eventRange(firstEvent, Math.min(cursor, firstEvent + DELETE_STEP) + 1);
    for await (const { plain } of guarded.vault.list(range)) {
      if (nowNs - BigInt(decodeRecord<EventRecord>(plain).atNs) < EVENT_NS) break;
      old++;
    }
    if (old === 0) return;
    dropFirst(draft, old);
    await guarded.write(draft);
  }
}
