/**
 * Messages as bots get them.
 *
 * @see lib/bot/README.md "To the bot"
 * @module
 */
import { isGroupId } from "../../lib/app/groups/groups.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { commandIn } from "../../lib/bot/line.ts";
import { readOverlay } from "../../lib/overlay/frame.ts";
import type { BotMessage } from "./talk.ts";
import type { PeerNames } from "../names/peers.ts";

/** A message as its line. */
export function handed(message: MessageView, cursor: number, names: PeerNames): BotMessage {
  const { peer, sender, id, text, ts, replyTo, reason } = message;
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
    warning: reason,
    overlay: form === "plain" ? undefined : overlay,
    data: form === "plain" ? undefined : data,
  };
  return { cursor, conversation: peer, ...(isGroup || id === undefined ? {} : { id }), line };
}
