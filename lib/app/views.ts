/**
 * What is kept, as every surface sees it.
 *
 * @module
 */
import type { SessionProof } from "../dmsg/reach/reach.ts";
import type { TwinView } from "../dmsg/sessions/twin.ts";
import { isSilent } from "../overlay/silent.ts";
import { leavesNoLine } from "../store/message.ts";
import type { Conversation, StoredMessage, StoreEvent } from "../store/store.ts";
import { formatGoTime } from "../wire/go_time.ts";
import { cursorOf } from "./events/cursor.ts";
import type { AppEvent } from "./events/events.ts";
import { isShownAgain, senderOf } from "./groups/room/message_id.ts";
import type { ConversationView, MessageView } from "./messages/messages.ts";
import type { StatusView } from "./node/node.ts";

/** A message. */
export function messageView(message: StoredMessage): MessageView {
  const { peer, position, direction, id, body, atNs, state, reason, replyTo, via } = message;
  return {
    peer,
    position,
    outgoing: direction === "out",
    // A group's message is named by its sender, time and counter.
    ...(via === "group" ? { sender: id && senderOf(id) } : {}),
    ...(id === undefined ? {} : { id }),
    text: body,
    ts: formatGoTime(atNs),
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(via === "group" && isShownAgain(id ?? "") ? { again: true } : {}),
    ...(isSilent(body) || leavesNoLine(message) ? { silent: true } : {}),
    via,
  };
}

/** A conversation. */
export const conversationView = (
  { peer, lastAtNs, unread, last, readTo }: Conversation,
  isPaired: boolean,
): ConversationView => ({
  peer,
  lastTs: formatGoTime(lastAtNs),
  unread,
  last,
  readTo,
  ...(isPaired ? { paired: true } : {}),
});

/** What is proven of being reached, and who else has our key. */
export const reachViews = (
  { proofs = [], twin }: { readonly proofs?: readonly SessionProof[]; readonly twin?: TwinView },
): Pick<StatusView, "proofs" | "twin"> => ({
  proofs: proofs.map(({ server, heardNs }) => ({
    server,
    ...(heardNs === undefined ? {} : { heard: formatGoTime(heardNs) }),
  })),
  ...(twin === undefined ? {} : {
    twin: {
      since: formatGoTime(twin.sinceNs),
      seen: formatGoTime(twin.seenNs),
      hasEntry: twin.hasEntry,
    },
  }),
});

/** An event. */
export function eventView(event: StoreEvent): AppEvent {
  const { atNs, cursor } = event;
  const at = { cursor: cursorOf(cursor, atNs), ts: formatGoTime(atNs) };
  switch (event.kind) {
    case "message":
      return { kind: "message", message: messageView(event.message), ...at };
    case "peer":
      return { kind: "peer", peer: event.peer, facts: { ...event.facts }, ...at };
    case "network":
      return { kind: "network", name: event.name, detail: { ...event.detail }, ...at };
    default: {
      const { atNs: _atNs, ...rest } = event;
      return { ...rest, ...at };
    }
  }
}
