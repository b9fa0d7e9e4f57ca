/**
 * Messages as bots get them.
 *
 * @see lib/bot/README.md "To the bot"
 * @module
 */
import { isGroupId } from "../../lib/app/groups/groups.ts";
import type { ConversationId, MessageView } from "../../lib/app/messages/messages.ts";
import { commandIn } from "../../lib/bot/line.ts";
import { DASHBOARD, readOverlay } from "../../lib/overlay/frame.ts";
import type { BotMessage } from "./talk.ts";
import type { PeerNames } from "../names/peers.ts";

/**
 * Whether a message is for a bot: not ours, and no value of a widget, or bots would hear each other all day.
 * @param conversations  Only these; none: all.
 */
export function isForBots(
  { peer, outgoing, state, text }: MessageView,
  conversations: readonly ConversationId[] = [],
): boolean {
  const isWanted = conversations.length === 0 || conversations.includes(peer);
  return isWanted && !outgoing && state !== "deleted" && readOverlay(text).overlay !== DASHBOARD;
}

/** A message as its line. */
export function handed(message: MessageView, cursor: number, names: PeerNames): BotMessage {
  const { peer, sender, id, text, ts, replyTo } = message;
  const isGroup = isGroupId(peer);
  const from = isGroup ? sender ?? "" : peer;
  const { fallback, overlay, data, form } = readOverlay(text);
  const line = {
    type: "message",
    cursor,
    conversation: peer,
    kind: isGroup ? "group" : "person",
    name: names.of(peer),
    from,
    from_name: names.of(from),
    id,
    ts,
    text: fallback,
    command: form === "plain" ? commandIn(text) : undefined,
    reply_to: replyTo,
    overlay: form === "plain" ? undefined : overlay,
    data: form === "plain" ? undefined : data,
  };
  return { cursor, conversation: peer, ...(isGroup || id === undefined ? {} : { id }), line };
}
