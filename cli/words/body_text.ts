/**
 * A message's body as people read it.
 *
 * @module
 */
import { readBody } from "../../lib/chat/body.ts";
import { shownText } from "../../lib/overlay/shown.ts";
import { sizeWords } from "../scp/told/progress.ts";

/** What the objects that other programs write begin with; nearly no text has it. */
const OBJECT = "skychat_";

/**
 * Its readable lines, not escaped: of an overlay without its frame, of a file its name and size, of an answer or of
 * what was passed on the text.
 * @param assignee  What we call whose an item of a list is by it; otherwise the beginning of the key stands there.
 */
export function bodyText(body: string, assignee?: string): string {
  const object = body.includes(OBJECT) ? readBody(body) : undefined;
  if (object?.kind === "file") {
    return `[file] ${object.name} (${object.size < 0n ? "size unknown" : sizeWords(Number(object.size))})`;
  }
  if (object?.kind === "reply") return object.text;
  if (object?.kind === "forward") {
    return `[forwarded${object.from === undefined ? "" : ` from ${object.from}`}] ${object.text}`;
  }
  return shownText(body, assignee === undefined ? undefined : () => assignee);
}
