/**
 * How many messages of a conversation are unread, as events and answers come when they come: of an answer nobody knows
 * which events are in it already, so all is counted by positions.
 *
 * @module
 */
import type { ConversationView, MessageView } from "../../lib/app/messages/messages.ts";
import { conversationOf, step, threadOf, withConversation } from "../state/model.ts";
import type { Conversation, ConversationId, Model, Step, Thread } from "../state/types.ts";

/** What is counted of a conversation. */
export type Counted = Pick<Conversation, "unread" | "last" | "readTo" | "isUnsure">;

/**
 * What holds when the App has answered: its count, unless an event has told more since it looked.
 * @param old  As it was known; undefined: it was not.
 */
export function countedBy(
  old: Conversation | undefined,
  { unread, last, readTo }: ConversationView,
): Counted {
  const isNewer = last === undefined || readTo === undefined || old?.last === undefined ||
    last >= old.last && readTo >= (old.readTo ?? 0);
  return isNewer ? { unread, last, readTo, isUnsure: undefined } : old;
}

/**
 * Whether an answer that came too early must be asked for once more. One that does not know yet what we have read is
 * followed by the event that says so.
 */
export const asksAgain = (
  old: Conversation | undefined,
  { readTo = 0 }: ConversationView,
  by: Counted,
): boolean => old?.isUnsure === true && by === old && readTo >= (old.readTo ?? 0);

/** What holds when a message came, which the answer before may have known. */
export function countedWith(
  old: Conversation | undefined,
  { outgoing, position, silent, state }: MessageView,
): Counted {
  const { unread = 0, last = 0, readTo } = old ?? {};
  const isNew = position > last && position > (readTo ?? 0);
  const isUnread = isNew && !outgoing && !silent && state !== "read";
  return { unread: unread + (isUnread ? 1 : 0), last: Math.max(last, position) };
}

/** How many messages are unread where the first page may hold some of which no event has told yet; else up to where all is read. */
export function unreadIn(
  { messages, atStart }: Thread,
  { unread = 0, lastTs, last = lastTs === undefined ? 0 : Infinity }: Partial<Conversation> = {},
): { readonly unread: number; readonly readTo: number } {
  const ahead = messages.filter(({ outgoing, position }) => !outgoing && position > last).length;
  const readTo = messages.findLast(({ position }) => position <= last)?.position ?? 0;
  // Where there are more than the page has, all of it is unread.
  const hasAll = atStart || (messages[0]?.position ?? 0) <= last + 1;
  return { unread: ahead + (hasAll ? unread : 0), readTo };
}

/** Whether something unread may lie up to a position. */
export const hasUnreadTo = (old: Conversation | undefined, position: number): boolean =>
  old !== undefined && old.unread > 0 && (old.readTo ?? 0) < position;

/** A message was taken back or hidden: one that was not read may be no line any more, which the App knows. */
export function lineWent(model: Model, id: ConversationId, position: number): Step {
  const old = conversationOf(model, id);
  if (old === undefined || old.unread === 0 || position <= (old.readTo ?? 0)) return step(model);
  return step(withConversation(model, id, { isUnsure: true }), { kind: "conversations" });
}

/** All up to a position is read, here or elsewhere. */
export function readUpTo(model: Model, id: ConversationId, position: number): Step {
  const old = conversationOf(model, id);
  if (old === undefined) return step(model);
  const readTo = Math.max(old.readTo ?? 0, position);
  const unread = unreadBehind(threadOf(model, id), old, readTo);
  const isUnsure = unread === undefined;
  // Not more than lie there, until the App has counted them.
  const most = Math.max(0, Math.min(old.unread, (old.last ?? Infinity) - readTo));
  const next = withConversation(model, id, { unread: unread ?? most, readTo, isUnsure });
  return isUnsure ? step(next, { kind: "conversations" }) : step(next);
}

/** @returns undefined: what is loaded does not tell. */
function unreadBehind(
  { messages, atStart, atEnd, upTo = 0 }: Thread,
  { last = Infinity }: Conversation,
  readTo: number,
): number | undefined {
  if (readTo >= last) return 0;
  const [from, to] = [
    messages[0]?.position ?? Infinity,
    Math.max(atEnd ? upTo : 0, messages.at(-1)?.position ?? 0),
  ];
  if (!atStart && from > readTo + 1 || to < last) return undefined;
  // What a page has and no event has told is counted with its event.
  const rest = messages.filter((one) => !one.outgoing && one.position > readTo && one.position <= last);
  // What is deleted may be a line, or nothing that is left of what stands elsewhere.
  return rest.some(({ state }) => state === "deleted") ? undefined : rest.length;
}
