/**
 * A body as people read it: without its frame.
 *
 * @module
 */
import { BULLETIN, DASHBOARD, INVITE, LIST, POLL, readOverlay } from "./frame.ts";

/** Overlays whose readable lines say by themselves what they are, and the public Cwtch program's. */
const KNOWN: readonly number[] = [1, LIST, BULLETIN, 10, 100, 101, 200, DASHBOARD, POLL, INVITE];

/** What stands for a key in a line that everybody can read: what others call it is for nobody else to know. */
export const keyWords = (key: string): string => `${key.slice(0, 8)}…`;

/**
 * The readable lines of a body; of an overlay that nobody here knows also its number.
 * @param nameOf  What its reader calls somebody; undefined: no name.
 */
export function shownText(body: string, nameOf?: (key: string) => string | undefined): string {
  if (!mayBeFramed(body)) return body;
  const { overlay, fallback, data } = readOverlay(body);
  if (!KNOWN.includes(overlay)) return `[kind ${overlay}] ${fallback}`;
  const assignee = overlay === LIST && nameOf !== undefined ? assigneeIn(data) : undefined;
  if (assignee === undefined || !fallback.endsWith(keyWords(assignee))) return fallback;
  const name = nameOf?.(assignee);
  return name === undefined ? fallback : `${fallback.slice(0, -keyWords(assignee).length)}${name}`;
}

/** Whose an item is from now on; undefined: the body says something else. */
export function assigneeOf(body: string): string | undefined {
  if (!mayBeFramed(body)) return undefined;
  const { overlay, data } = readOverlay(body);
  return overlay === LIST ? assigneeIn(data) : undefined;
}

/** Nearly no body is. */
const mayBeFramed = (body: string): boolean => body.includes("\u2063{") || body.startsWith("{");

/** Whose an item is from now on; undefined: the frame says something else. */
function assigneeIn(data: string): string | undefined {
  try {
    const { a, w } = JSON.parse(data);
    return a === "assign" && typeof w === "string" && /^[0-9a-f]{66}$/.test(w) ? w : undefined;
  } catch { // no JSON, null, or deeper than the stack
    return undefined;
  }
}
