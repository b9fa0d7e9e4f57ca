/**
 * The owner's methods for files of conversations: `files.x` on the wire is `app.files.x`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type { Files, FileView } from "../../app/files/files.ts";
import { bool, closed, list, of, open, optional, text, words } from "./shape.ts";
import { anyText, conversationId, count, MAX_TEXT, type Method, method, pk } from "./shapes.ts";

const file = of<FileView>()(open({
  conversation: conversationId,
  position: count,
  peer: pk,
  outgoing: bool,
  id: anyText,
  name: anyText,
  size: count,
  ts: anyText,
  state: words("offered", "asked", "moving", "kept", "refused", "sent", "unconfirmed", "failed"),
  moved: optional(count),
  path: optional(anyText),
  reason: optional(anyText),
}));
const place = closed({ conversation: conversationId, position: count });

/** Every method of files. */
export const FILE_METHODS = {
  "files.list": method(closed({ conversation: optional(conversationId), limit: count }), list(file)),
  "files.send": method(closed({ conversation: conversationId, path: text(MAX_TEXT) }), file),
  "files.accept": method(place, file),
  "files.refuse": method(place, file),
} as const satisfies Record<`files.${keyof Files}`, Method<unknown, unknown>>;
