/**
 * The owner's methods for what is said: `messages.x` on the wire is `app.messages.x`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type {
  ConversationView,
  HistoryRequest,
  Messages,
  SendReport,
  SendRequest,
} from "../../app/messages/messages.ts";
import { amount, bool, closed, list, nothing, of, open, optional, pattern, text, words } from "./shape.ts";
import {
  addr,
  anyText,
  conversationId,
  count,
  MAX_TEXT,
  message,
  type Method,
  method,
  short,
} from "./shapes.ts";

const report = of<SendReport>()(open({
  state: words("acked", "handed-over", "unconfirmed", "queued"),
  id: optional(anyText),
  ms: amount,
  reason: optional(anyText),
  position: optional(count),
}));

const sendRequest = of<SendRequest>()(closed({
  to: addr,
  text: text(MAX_TEXT),
  waitMs: amount,
  key: optional(text(MAX_TEXT)),
  replyTo: optional(text(MAX_TEXT)),
  queue: optional(bool),
  mark: optional(pattern("^[0-9a-f]{16}$", "16 hex characters")),
}));

const historyRequest = of<HistoryRequest>()(closed({
  peer: optional(conversationId),
  limit: count,
  since: optional(short),
  before: optional(count),
  after: optional(count),
  lines: optional(bool),
  asSaid: optional(bool),
}));

const conversation = of<ConversationView>()(open({
  peer: conversationId,
  lastTs: anyText,
  unread: count,
  last: optional(count),
  readTo: optional(count),
  paired: optional(bool),
}));

/** Every method of messages. */
export const MESSAGE_METHODS = {
  "messages.send": method(sendRequest, report),
  "messages.history": method(historyRequest, list(message)),
  "messages.search": method(
    closed({ text: text(MAX_TEXT), peer: optional(conversationId), limit: count }),
    list(message),
  ),
  "messages.conversations": method(closed({}), list(conversation)),
  "messages.markRead": method(closed({ peer: conversationId, position: optional(count) }), nothing),
  "messages.remove": method(closed({ peer: conversationId, position: count, everywhere: bool }), nothing),
  "messages.forget": method(closed({ peer: conversationId }), nothing),
} as const satisfies Record<`messages.${keyof Messages}`, Method<unknown, unknown>>;
