/**
 * Pieces of a conversation, put together: pages and what is loaded, messages and what stood for them.
 *
 * @module
 */
import { isGroupId } from "../../lib/app/groups/groups.ts";
import { tailOfId } from "../../lib/app/groups/room/message_id.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { Model, Thread } from "../state/types.ts";

/** Messages that are kept in the model of one conversation. */
export const MAX_LOADED = 400;

/** What is loaded, and whether that is all of an end. */
export type Loaded = Pick<Thread, "messages" | "atStart" | "atEnd">;

/** The newest messages; who reads further up stays there, with them where they touch what is loaded. */
export function newestOf(
  { isLines }: Model,
  { anchor, messages }: Thread,
  newest: Loaded,
): Partial<Thread> {
  const last = messages.at(-1)?.position;
  if (anchor === undefined || last === undefined || isLines) {
    return { ...newest, anchor: undefined, below: 0 };
  }
  const all = joined(messages, newest.messages);
  const touches = (newest.messages[0]?.position ?? 0) <= last + 1;
  return touches && all.length <= MAX_LOADED ? { messages: all, atEnd: true } : { atEnd: false };
}

/** Two pieces that touch or overlap, as one. */
export function joined(older: readonly MessageView[], newer: readonly MessageView[]): readonly MessageView[] {
  const from = newer[0]?.position ?? Infinity;
  return [...older.filter(({ position }) => position < from), ...newer];
}

/** Whether a group's message that was hidden stands again, or a sealed one open, by a new one: no placeholder is left. */
export const isReplaced = (
  old: MessageView,
  { id: by, peer }: MessageView,
  { anchor, selected }: Thread,
): boolean =>
  old.state === "deleted" && old.id !== undefined && by !== undefined && isGroupId(peer) &&
  tailOfId(old.id) === tailOfId(by) && ![anchor?.position, selected].includes(old.position);

/** The position of the last message that is known, line or not. */
export const lastOf = ({ messages, upTo = 0 }: Thread): number =>
  Math.max(upTo, messages.at(-1)?.position ?? 0);

/** Ours on the way without the first that says what has been kept. */
export const withoutFirst = ({ unsent }: Thread, { text }: MessageView): Thread["unsent"] => {
  const at = unsent.findIndex((one) => one.text === text && one.problem === undefined);
  return at < 0 ? unsent : unsent.toSpliced(at, 1);
};

/** Those of ours on the way that a page does not have. */
export const stillUnsent = ({ unsent }: Thread, messages: readonly MessageView[]): Thread["unsent"] =>
  unsent.filter(({ text, problem }) =>
    problem !== undefined || !messages.some((one) => one.outgoing && one.text === text)
  );
