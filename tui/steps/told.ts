/**
 * What events have told of a conversation. A page is read at one moment and comes at a later one, so it may know less
 * than they do: what was acked stays so, what came stays there, and what was forgotten does not come back.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import type { Conversation, Msg, Thread, Told } from "../state/types.ts";
import { MAX_LOADED } from "./pieces.ts";

/** Pages to the end that are asked for once more because of one message: what was hidden since is in none. */
const MAX_ASKS = 3;
/** Pages that may have been on their way when all was forgotten. */
const MAX_LATE = 2;

/** States of what has arrived; each is behind the one before, and all others are before both. */
const ACKED: readonly MessageView["state"][] = ["received", "read"];

/** What of a page may be older. */
export type Part = Pick<Extract<Msg, { kind: "page" }>, "messages" | "ended">;

/** A message came: a line. */
export const toldOf = ({ told }: Thread, { position }: MessageView): Told =>
  position > told.upTo ? { ...told, upTo: position, asks: Math.min(told.asks, 0) } : told;

/** A message has changed. Of the changes the last ones are kept, as many as messages are loaded. */
export function toldChange({ told }: Thread, position: number, change: Partial<MessageView>): Told {
  const changes = new Map(told.changes);
  changes.delete(position);
  changes.set(position, { ...told.changes.get(position), ...change });
  if (changes.size > MAX_LOADED) changes.delete(changes.keys().next().value!);
  return { ...told, changes };
}

/** A message with a change. Nobody takes an ack back: a word of less is older than what a page has shown already. */
export const changed = (one: MessageView, change: Partial<MessageView>): MessageView =>
  one.outgoing && isOlder(one.state, change.state ?? one.state) ? one : { ...one, ...change };

/** Whether a message of ours that stands so can't come to stand so later. */
export const isOlder = (is: MessageView["state"], becomes: MessageView["state"]): boolean =>
  becomes !== "deleted" && ACKED.indexOf(becomes) < ACKED.indexOf(is);

/** All that was told is forgotten, and what pages on their way may hold of it, of which nothing was told. */
export const toldForgotten = ({ told, loading }: Thread): Told => ({
  upTo: 0,
  asks: loading ? -MAX_LATE : 0,
  floor: told.upTo,
  changes: new Map(),
});

/** A page with what was told since, in so far as it holds that. */
export function asTold({ floor, changes }: Told, { messages, ended }: Part): Part {
  const kept = messages.filter(({ position }) => position > floor);
  return {
    messages: kept.map((one) => {
      const change = changes.get(one.position);
      return change === undefined ? one : changed(one, change);
    }),
    ended: kept.length < messages.length ? { ...ended, start: true } : ended,
  };
}

/** Whether an answer that says which message is the last of a conversation was read before that one came which we know. */
export const isOlderPreview = (known: Conversation["preview"], answer: MessageView | undefined): boolean =>
  known !== undefined && known.state !== "deleted" && known.position > (answer?.position ?? 0);

/** What is known behind a page that says that it has the end, and has not: it is older. Undefined: it is not. */
export function behindPage(told: Told, { messages, ended }: Part): Told | undefined {
  const isPast = told.asks < 0 || told.asks < MAX_ASKS && told.upTo > (messages.at(-1)?.position ?? 0);
  return ended.end && isPast ? { ...told, asks: told.asks + 1 } : undefined;
}
