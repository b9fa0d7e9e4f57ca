/**
 * What runs between commits: rows become pages, forgotten messages are deleted, old ids and events go. Every step is
 * one atomic write that leaves everything readable, so a crash between two steps costs nothing but their repetition.
 *
 * @module
 */
import type { Draft } from "./draft.ts";
import type { History } from "./history.ts";
import { turned } from "./ids.ts";
import { allOf, eventRange, type Names, oldIds } from "./keys.ts";
import { planPages } from "./pages.ts";
import type { Key, Range } from "./place.ts";
import {
  conversationContent,
  type ConversationRecord,
  type EventRecord,
  MAX_ROWS,
  recordIn,
  wantsPages,
} from "./records.ts";
import type { Shelf } from "./shelf.ts";
import { SEEN_NS } from "./store.ts";

/** Rows that one step deletes at most; each may have a few pieces. */
const DELETE_STEP = 200;
/** So many new rows are worth a page, which is written anew for each of them. */
const MANY_ROWS = 64;
/** Half of it: how many events too many there are before they stop counting. */
const PRUNE_STEP = 100;
/** How long an event is kept. */
const EVENT_NS = SEEN_NS;

/** What tidying works with. */
export interface TidyParts {
  /** What is kept. */
  readonly shelf: Shelf;
  /** Makes keys. */
  readonly names: Names;
  /** Finds pages. */
  readonly history: History;
  /** Takes a plan that was made on top of everything. */
  readonly take: (draft: Draft) => Promise<void>;
  /** Lets commits that wait go first; called between steps. */
  readonly pause?: () => Promise<void>;
}

/** Moves a conversation's old rows into pages and deletes what is forgotten. @throws {UserError} as `Guarded.write`. */
export async function tidyConversation(parts: TidyParts, peer: string): Promise<void> {
  while (await tidyStep(parts, peer)) await parts.pause?.();
}

/**
 * One step of it.
 * @param rows  So many may stay.
 * @returns Whether there was something to do.
 * @throws {UserError} as `Guarded.write`.
 */
export async function tidyStep(parts: TidyParts, peer: string, rows = MAX_ROWS): Promise<boolean> {
  const { shelf, names, history } = parts;
  const draft = shelf.draft();
  const [content] = await draft.read([names.conversation(peer)]);
  if (!content) return false;
  const conversation = recordIn<ConversationRecord>(content);
  const isForgotten = conversation.cleaned < conversation.floor;
  if (!isForgotten && !wantsPages(conversation, rows)) return false;
  if (isForgotten) await planCleaning(draft, parts, conversation);
  else await planPages(draft, shelf, names, history, conversation);
  await parts.take(draft);
  return true;
}

/**
 * What is about to be written becomes pages before it, when it is much: rows that were never written need not be
 * deleted later.
 * @throws {UserError} local: the place can't be read.
 */
export async function tidyUnwritten(parts: TidyParts): Promise<void> {
  const { current } = parts.shelf;
  if (current.plannedOf("m").size < MANY_ROWS) return;
  const conversations = [...current.plannedOf("c").values()].flatMap(({ content }) =>
    content ? [recordIn<ConversationRecord>(content)] : []
  );
  for (const { peer, cleaned, floor } of conversations) {
    if (cleaned === floor) await tidyStep(parts, peer, MANY_ROWS);
  }
}

/** Tidies all conversations, and drops ids and events that are past their time. @throws {UserError} as above. @param passedNs  As `PassedTime` has it. */
export async function tidyAll(parts: TidyParts, passedNs: bigint): Promise<void> {
  const peers: string[] = [];
  for await (const { content } of parts.shelf.list(allOf("c"))) {
    peers.push(recordIn<ConversationRecord>(content).peer);
  }
  for (const peer of peers) {
    await tidyConversation(parts, peer);
    await parts.pause?.();
  }
  await dropIds(parts, passedNs);
  await ageEvents(parts, passedNs);
  while (await dropEvents(parts)) await parts.pause?.();
}

/** Plans that the oldest events beyond a number don't count any more; {@link dropEvents} deletes them. */
export function pruneEvents(draft: Draft, maxEvents: number): void {
  const { cursor, firstEvent } = draft.head;
  // Whole steps, so that there is not something to delete after every commit.
  const excess = cursor - firstEvent + 1 - maxEvents;
  if (excess >= PRUNE_STEP / 2) dropFirst(draft, excess);
}

const dropFirst = (draft: Draft, count: number): void => {
  draft.head = { ...draft.head, firstEvent: draft.head.firstEvent + count };
};

/**
 * Deletes rows of events that don't count any more, a step of them.
 * @returns Whether there may be more.
 * @throws {UserError} as `Guarded.write`.
 */
export async function dropEvents({ shelf, take }: TidyParts): Promise<boolean> {
  const draft = shelf.draft();
  const range = eventRange(0, draft.head.firstEvent + 1);
  const keys: Key[] = [];
  for await (const { key } of shelf.vault.raw(range, { limit: DELETE_STEP + 1, batch: DELETE_STEP + 1 })) {
    keys.push(key);
  }
  const isAll = keys.length <= DELETE_STEP;
  keys.pop(); // the last one may hold the first that counts
  if (keys.length === 0) return false;
  for (const key of keys) draft.remove(key);
  await take(draft);
  return !isAll;
}

/** Deletes rows at or below the floor, some of them; the last step says that all are gone. */
async function planCleaning(
  draft: Draft,
  { shelf, names }: TidyParts,
  conversation: ConversationRecord,
): Promise<void> {
  const { peer, cleaned, floor } = conversation;
  let room = DELETE_STEP;
  for (const kind of ["o", "m", "p"] as const) {
    if (room > 0) {
      room -= await planDeletion(draft, shelf, names.range(kind, peer, cleaned + 1, floor + 1), room);
    }
  }
  if (room > 0) draft.set(names.conversation(peer), conversationContent({ ...conversation, cleaned: floor }));
}

/** @returns How many rows are deleted; `limit` also when their pieces fill the draft. */
async function planDeletion(draft: Draft, shelf: Shelf, range: Range, limit: number): Promise<number> {
  let count = 0;
  for await (const { key, row } of shelf.keys(range, { limit, batch: limit })) {
    if (row) { for (const one of await shelf.vault.keysOf(row)) draft.remove(one); }
    else {
      await draft.read([key]);
      draft.remove(key);
    }
    count++;
    if (!draft.fits()) return limit;
  }
  return count;
}

async function dropIds({ shelf, take, pause }: TidyParts, passedNs: bigint): Promise<void> {
  for (;; await pause?.()) {
    const draft = shelf.draft();
    const { generation } = draft.head = turned(draft.head, passedNs);
    let count = await planDeletion(draft, shelf, oldIds("j", generation - 1), DELETE_STEP);
    if (count === 0) count = await planDeletion(draft, shelf, oldIds("i", generation - 1), DELETE_STEP);
    if (count === 0 && generation === shelf.head.generation) return;
    await take(draft);
  }
}

async function ageEvents({ shelf, take }: TidyParts, passedNs: bigint): Promise<void> {
  const draft = shelf.draft();
  const { firstEvent, cursor } = draft.head;
  let old = 0;
  const isYoung = ({ passedNs: then, atNs }: EventRecord): boolean =>
    passedNs - BigInt(then ?? atNs) < EVENT_NS;
  for await (const events of shelf.events(firstEvent, cursor + 1)) {
    const young = events.findIndex(({ record }) => isYoung(record));
    old += young < 0 ? events.length : young;
    if (young >= 0) break;
  }
  if (old === 0) return;
  dropFirst(draft, old);
  await take(draft);
}
