/**
 * The dashboard of a conversation: what its bots publish.
 *
 * @module
 */
import type { WidgetView } from "../../lib/app/overlays/widget_views.ts";
import { widgetRows } from "../drawing/dash_draw.ts";
import { spokenWidget } from "../drawing/dash_words.ts";
import type { Row } from "../drawing/screen.ts";
import { momentOf } from "../drawing/time.ts";
import { nameOf, nameOfPeer } from "../state/model.ts";
import type { Model } from "../state/types.ts";
import { type OverlayKind, overlayOf } from "./overlay.ts";
import { conversationOf } from "./share.ts";

const NOTHING = "Nothing yet: `dmsg widget` publishes something";
const botOf = (model: Model, { bot }: WidgetView): string =>
  bot === model.own ? "you" : nameOfPeer(model, bot);

/** The overlay. */
export const dash: OverlayKind = overlayOf({
  name: "dash",
  opensOn: "dash",
  title: (model, top) => `Dashboard with ${nameOf(model, conversationOf(top))}`,
  ages: true,
  hint: "↑ ↓ scroll · Esc closes",
  lines(model, _, width): Row[] {
    const { widgets } = model.shared ?? {};
    if (widgets?.length === 0) return [[{ text: NOTHING, style: "dim" }]];
    return (widgets ?? []).flatMap((widget, i, all): Row[] => [
      ...(widget.bot === all[i - 1]?.bot ? [] : [[{ text: botOf(model, widget), style: "peer" as const }]]),
      ...widgetRows(widget, model.nowMs, width),
    ]);
  },
  spoken(model): string[] {
    const { widgets } = model.shared ?? {};
    if (widgets?.length === 0) return [NOTHING];
    const timeOf = (ms: number): string => momentOf(model, ms);
    return (widgets ?? []).flatMap((widget) =>
      spokenWidget(widget, model.nowMs, timeOf).map((line) => `${botOf(model, widget)}, ${line}`)
    );
  },
});
