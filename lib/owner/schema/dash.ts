/**
 * The owner's methods for what bots publish: widgets, commands, and what a conversation takes of them.
 *
 * @module
 */
import type { BotCommand, CommandsView, WidgetUpdate, WidgetView } from "../../app/overlays/overlays.ts";
import { how, PART, partOf, publishReport, report } from "./overlay_parts.ts";
import {
  amount,
  bool,
  closed,
  either,
  list,
  number,
  of,
  open,
  optional,
  type Shape,
  words,
} from "./shape.ts";
import { anyText, conversationId, count, method, written } from "./shapes.ts";

const kind = words("number", "gauge", "bar", "text", "switch", "table", "spark", "since");
const value: Shape<WidgetView["value"]> = either(number, written, bool, list(number), list(list(written)));

const widget = of<WidgetView>()(open({
  id: anyText,
  bot: anyText,
  title: anyText,
  kind,
  value,
  unit: optional(anyText),
  max: optional(number),
  ts: anyText,
  stale: bool,
  ageMs: optional(number),
  level: words("good", "warning", "alarm"),
  trend: optional(words("up", "down", "flat")),
  history: list(number),
}));

const update = of<WidgetUpdate>()(closed({
  id: anyText,
  title: optional(anyText),
  kind,
  value,
  unit: optional(anyText),
  max: optional(number),
  ageMs: optional(number),
  warn: optional(number),
  alarm: optional(number),
  info: optional(anyText),
  summary: optional(anyText),
  notify: optional(bool),
}));

const COMMAND = { name: anyText, help: anyText };
const announced = of<CommandsView>()(open({ bot: anyText, ts: anyText, commands: list(open(COMMAND)) }));
const command = of<BotCommand>()(closed(COMMAND));

/** Methods of dashboards. */
export const DASH_METHODS = {
  "overlays.widgets": method(closed(PART), partOf(widget)),
  "overlays.summary": method(
    closed({ conversation: conversationId }),
    open({ summary: optional(anyText) }),
  ),
  "overlays.pace": method(
    closed({ conversation: conversationId }),
    open({ intervalMs: amount, maxBytes: count, by: optional(anyText), ts: optional(anyText) }),
  ),
  "overlays.setPace": method(
    closed({ ...how, intervalMs: optional(amount), maxBytes: optional(count) }),
    report,
  ),
  "overlays.publish": method(
    closed({ ...how, widget: update }),
    publishReport,
  ),
  "overlays.commands": method(closed(PART), partOf(announced)),
  "overlays.announce": method(closed({ ...how, commands: list(command) }), publishReport),
} as const;
