/**
 * The dashboard of a conversation: what its bots publish.
 *
 * @module
 */
import { widgetRows } from "../dash_draw.ts";
import { nameOf, nameOfPeer } from "../model.ts";
import type { Row } from "../screen.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";
import { conversationOf } from "./share.ts";

/** The overlay. */
export const dash: OverlayKind = overlayOf({
  name: "dash",
  opensOn: "dash",
  title: (model, top) => `Dashboard with ${nameOf(model, conversationOf(top))}`,
  hint: "↑ ↓ scroll · Esc closes",
  lines(model, _, width): Row[] {
    const { widgets } = model.shared ?? {};
    if (widgets?.length === 0) {
      return [[{ text: "Nothing yet: `dmsg widget` publishes something", style: "dim" }]];
    }
    return (widgets ?? []).flatMap((widget, i, all): Row[] => [
      ...(widget.bot === all[i - 1]?.bot ? [] : [[{
        text: widget.bot === model.own ? "you" : nameOfPeer(model, widget.bot),
        style: "peer" as const,
      }]]),
      ...widgetRows(widget, model.nowMs, width),
    ]);
  },
});
