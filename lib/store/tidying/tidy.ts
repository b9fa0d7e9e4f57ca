/**
 * What runs between commits: rows become pages, forgotten messages are deleted, old ids and events go. Every step is
 * one atomic write that leaves everything readable, so a crash between two steps costs nothing but their repetition.
 *
 * @module
 */
import type { Key, Range } from "../place/place.ts";
import { turned } from "../reading/ids.ts";
import type { Shelf } from "../reading/shelf.ts";
import { allOf, eventRange, nameOf, oldIds } from "../rows/keys.ts";
import { planPages } from "../rows/pages.ts";
import {
  conversationContent,
  type ConversationRecord,
  type EventRecord,
  MAX_ROWS,
  recordIn,
  wantsPages,
} from "../rows/records.ts";
import { SEEN_NS } from "../store.ts";
import type { Draft } from "../writing/draft.ts";
import { Step, type TidyParts } from "./step.ts";

/** Rows that one step deletes at most; each may have a few pieces. */
const DELETE_STEP = 200;
/** Rows that are fetched for it at once. */
const PART_ROWS = 20;
/** So many new rows are worth a page, which is written anew for each of them. */
const MANY_ROWS = 64;
/** Half of it: how many events too many there are before they stop counting. */
const PRUNE_STEP = 100;
/** How long an event is kept. */
const EVENT_NS = SEEN_NS;

/** Moves a conversation's old rows into pages and deletes what is forgotten. @throws {UserError} as `Guarded.write`. */
async function tidyConversation(parts: TidyParts, peer: string): Promise<void> {
  while (await tidyStep(parts, peer)) await parts.pause();
}

/**
 * One step of it.
 * @param rows  So many may stay.
 * @returns Whether there was something to do.
 * @throws {UserError} as `Guarded.write`.
 */
export async function tidyStep(parts: TidyParts, peer: string, rows = MAX_ROWS): Promise<boolean> {
  const { shelf, names, history } = parts;
  const step = new Step(parts);
  const { draft } = step;
  const [content] = await draft.read([names.conversation(peer)]);
  if (!content) return false;
  const conversation = recordIn<ConversationRecord>(content);
  const isForgotten = conversation.cleaned < conversation.floor;
  if (!isForgotten && !wantsPages(conversation, rows)) return false;
  if (isForgotten) await planCleaning(step, parts, conversation);
  else await planPages(draft, shelf, names, history, conversation, step.isOver);
  await step.take();
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
    if (cleaned === floor && await tidyStep(parts, peer, MANY_ROWS)) await parts.pause();
  }
}

/** Tidies all conversations, and drops ids and events that are past their time. @throws {UserError} as above. @param passedNs  As `PassedTime` has it. */
export async function tidyAll(parts: TidyParts, passedNs: bigint): Promise<void> {
  const peers: string[] = [];
  for await (const { content } of parts.shelf.list(allOf("c"))) {
    peers.push(recordIn<ConversationRecord>(content).peer);
    await parts.pause();
  }
  for (const peer of peers) {
    await tidyConversation(parts, peer);
    await parts.pause();
  }
  await dropIds(parts, passedNs);
  while (await ageEvents(parts, passedNs)) await parts.pause();
  while (await dropEvents(parts)) await parts.pause();
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
export async function dropEvents(parts: TidyParts): Promise<boolean> {
  const step = new Step(parts);
  const { draft } = step;
  const range = eventRange(0, draft.head.firstEvent + 1);
  const left = step.leftOf(range);
  const keys: Key[] = [];
  let isAll = true;
  for await (const { key } of parts.shelf.vault.raw(left, { limit: DELETE_STEP + 2, batch: PART_ROWS })) {
    if (left.isGone(key)) continue;
    keys.push(key);
    isAll = keys.length % PART_ROWS > 0 || !step.isOver();
    if (!isAll) break;
  }
  isAll &&= keys.length <= DELETE_STEP;
  keys.pop(); // the last one may hold the first that counts
  if (keys.length === 0) return false;
  for (const key of keys) draft.remove(key);
  step.goes(range, keys.at(-1)!);
  await step.take();
  return !isAll;
}

/** Deletes rows at or below the floor, some of them; the last step says that all are gone. */
async function planCleaning(
  step: Step,
  { shelf, names, reached }: TidyParts,
  conversation: ConversationRecord,
): Promise<void> {
  const { peer, cleaned, floor } = conversation;
  const ranges = (["o", "m", "p"] as const).map((kind) => names.range(kind, peer, cleaned + 1, floor + 1));
  let room = DELETE_STEP;
  for (const range of ranges) if (room > 0) room -= await planDeletion(step, shelf, range, room);
  if (room <= 0) return;
  step.draft.set(names.conversation(peer), conversationContent({ ...conversation, cleaned: floor }));
  for (const { start } of ranges) reached.delete(nameOf(start));
}

/** @returns How many rows are deleted; `limit` also when their pieces fill the draft, or the time is over. */
async function planDeletion(step: Step, shelf: Shelf, range: Range, limit: number): Promise<number> {
  const { draft } = step;
  let count = 0;
  for await (const { key, row } of shelf.keys(step.leftOf(range), { limit, batch: PART_ROWS })) {
    if (row) { for (const one of await shelf.vault.keysOf(row)) draft.remove(one); }
    else {
      await draft.read([key]);
      draft.remove(key);
    }
    step.goes(range, key);
    count++;
    if (!draft.fits() || (count % PART_ROWS === 0 && step.isOver())) return limit;
  }
  return count;
}

async function dropIds(parts: TidyParts, passedNs: bigint): Promise<void> {
  const { shelf, pause } = parts;
  for (;; await pause()) {
    const step = new Step(parts);
    const { draft } = step;
    const { generation } = draft.head = turned(draft.head, passedNs);
    let count = await planDeletion(step, shelf, oldIds("j", generation - 1), DELETE_STEP);
    if (count === 0) {
      count = await planDeletion(step, shelf, oldIds("i", generation - 1), DELETE_STEP);
    }
    if (count === 0 && generation === shelf.head.generation) return;
    await step.take();
  }
}

/** @returns Whether there may be more. */
async function ageEvents(parts: TidyParts, passedNs: bigint): Promise<boolean> {
  const { shelf } = parts;
  const step = new Step(parts);
  const { draft } = step;
  const { firstEvent, cursor } = draft.head;
  let [old, isAll] = [0, true];
  const isYoung = ({ passedNs: then, atNs }: EventRecord): boolean =>
    passedNs - BigInt(then ?? atNs) < EVENT_NS;
  for await (const events of shelf.events(firstEvent, cursor + 1)) {
    const young = events.findIndex(({ record }) => isYoung(record));
    old += young < 0 ? events.length : young;
    if (young >= 0) break;
    isAll = !step.isOver();
    if (!isAll) break;
  }
  if (old === 0) return false;
  dropFirst(draft, old);
  await step.take();
  return !isAll;
}
