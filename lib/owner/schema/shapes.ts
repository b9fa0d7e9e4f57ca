/**
 * Shapes that more than one member of App has.
 *
 * @module
 */
import type { MessageView } from "../../app/messages/messages.ts";
import { bool, closed, int, of, open, optional, pattern, type Shape, text, words } from "./shape.ts";

/** Longest text in parameters; what does not fit a frame is refused by App, with its sentence. */
export const MAX_TEXT = 1_000_000;
/** Longest of short texts: ids, keys, tokens, times. */
export const MAX_SHORT = 1024;

/** A peer. */
export const pk: Shape<string> = pattern("^[0-9a-f]{66}$", "a public key of 66 lower-case hex characters");
/** A peer, or a group. */
export const conversationId: Shape<string> = pattern(
  "^([0-9a-f]{66}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$",
  "a public key of 66 lower-case hex characters or the id of a group",
);
/** A port. */
export const port: Shape<number> = int(0, 65535);
/** A count or a position. */
export const count: Shape<number> = int(0);
/** A short text. */
export const short: Shape<string> = text(MAX_SHORT);
/** What somebody has written: a name, a note, a link; what is too long for that is refused by App, with its sentence. */
export const written: Shape<string> = text(MAX_TEXT);
/** A text of any length. */
export const anyText: Shape<string> = text(Number.MAX_SAFE_INTEGER);
/** Where a message stands. */
export const state: Shape<MessageView["state"]> = words(
  "pending",
  "sent",
  "received",
  "unconfirmed",
  "read",
  "failed",
  "cancelled",
  "deleted",
);
/** A key and a port. */
export const addr: Shape<{ readonly pk: string; readonly port: number }> = closed({ pk, port });

/** A message. */
export const message: Shape<MessageView> = of<MessageView>()(open({
  peer: conversationId,
  sender: optional(pk),
  position: count,
  outgoing: bool,
  id: optional(anyText),
  text: anyText,
  ts: anyText,
  state,
  reason: optional(anyText),
  silent: optional(bool),
  again: optional(bool),
  replyTo: optional(anyText),
  via: words("dmsg", "dmsg-chat", "group", "pair"),
}));

/** What a method takes and gives. */
export interface Method<P, R> {
  /** One object. */
  readonly params: Shape<P>;
  /** What comes of it; null when it is nothing. */
  readonly result: Shape<R>;
}

/** A method. */
export function method<P, R>(params: Shape<P>, result: Shape<R>): Method<P, R> {
  return { params, result };
}
