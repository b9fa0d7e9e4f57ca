/**
 * A body as people read it: without its frame.
 *
 * @module
 */
import { BULLETIN, DASHBOARD, INVITE, LIST, POLL, readOverlay } from "./frame.ts";

/** Overlays whose readable lines say by themselves what they are, and the public Cwtch program's. */
const KNOWN: readonly number[] = [1, LIST, BULLETIN, 10, 100, 101, 200, DASHBOARD, POLL, INVITE];

/** The readable lines of a body; of an overlay that nobody here knows also its number. */
export function shownText(body: string): string {
  if (!body.includes("\u2063{") && !body.startsWith("{")) return body; // as nearly all are
  const { overlay, fallback } = readOverlay(body);
  return KNOWN.includes(overlay) ? fallback : `[kind ${overlay}] ${fallback}`;
}
