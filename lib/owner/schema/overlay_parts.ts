/**
 * Shapes that methods of overlays share.
 *
 * @module
 */
import type { OverlayReport, PartView, PublishReport } from "../../app/overlays/overlays.ts";
import { audience } from "./groups.ts";
import { amount, either, int, list, of, open, optional, type Shape, text, words } from "./shape.ts";
import { anyText, conversationId, count, MAX_TEXT } from "./shapes.ts";

/** Rows of an answer. */
const MAX_ROWS = 10_000;

/** What became of something that was said. */
export const report: Shape<OverlayReport> = of<OverlayReport>()(open({
  id: anyText,
  state: words("acked", "handed-over", "unconfirmed", "queued", "kept-by-others"),
  position: count,
  reason: optional(anyText),
  line: anyText,
}));

/** What became of something that has its turn. */
export const publishReport: Shape<PublishReport> = of<PublishReport>()(either(
  report,
  open({ state: words("replaced", "unchanged"), line: anyText }),
));

/** Which rows. */
export const PART = {
  conversation: conversationId,
  limit: optional(int(1, MAX_ROWS)),
  skip: optional(count),
};
/** How something is said. */
export const how = {
  conversation: conversationId,
  waitMs: amount,
  key: optional(text(MAX_TEXT)),
  audience: optional(audience),
};

/** Rows of a shape. */
export function partOf<T>(row: Shape<T>): Shape<PartView<T>> {
  return open({ rows: list(row), total: count, making: optional(open({ done: count, total: count })) });
}
