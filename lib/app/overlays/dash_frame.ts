/**
 * A value of a widget as a frame, and the line that everybody can read.
 *
 * @see lib/overlay/README.md "Dashboards"
 * @module
 */
import { DASHBOARD } from "../../overlay/frame.ts";
import { readWidget, WIDGET_KINDS, type WidgetValue, writeWidget } from "../../overlay/widget.ts";
import { usage } from "./planned.ts";
import type { WidgetUpdate } from "./widget_views.ts";

/** Characters of a value in its line. */
const VALUE_CHARS = 80;

/** The frame without its stamp. @throws {UserError} usage: it is no widget. */
export function dashFrame(
  { title, unit = "", max = 0, ageMs = 0, ...update }: WidgetUpdate,
): { overlay: number; data: string; line: string } {
  const widget = { ...update, title: title ?? update.id, unit, max, ageMs };
  const data = writeWidget(widget);
  if (readWidget(data) === undefined) {
    throw usage(
      "This is no value for a widget of that kind",
      `Kinds are ${WIDGET_KINDS.join(", ")}; numbers are below 10^15, names and texts are one short line.`,
    );
  }
  const said = `${valueText(widget.value, widget.kind)}${unit === "" ? "" : ` ${unit}`}`;
  return { overlay: DASHBOARD, data, line: `[dash] ${widget.title}: ${said}` };
}

function valueText(value: WidgetValue, kind: string): string {
  if (kind === "since") return `since ${new Date(value as number).toISOString()}`;
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value !== "object") return String(value).slice(0, VALUE_CHARS).toWellFormed();
  return typeof value[0] === "number" ? String(value.at(-1)) : `${Math.max(0, value.length - 1)} rows`;
}
