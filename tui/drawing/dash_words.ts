/**
 * Widgets in words: their values beside what is drawn, and whole dashboards read aloud.
 *
 * @module
 */
import type { WidgetView } from "../../lib/app/overlays/widget_views.ts";
import { rowsText } from "../../lib/overlay/widget.ts";
import { cleanLine } from "./text.ts";
import { msOf } from "./time.ts";

/** A number as people read it, 10 columns at most: `12`, `3.14`, `1.2M`. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  for (const [limit, sign] of [[1e12, "T"], [1e9, "G"], [1e6, "M"]] as const) {
    if (size >= limit) return `${Number((value / limit).toPrecision(4))}${sign}`;
  }
  if (size > 0 && size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(size >= 1000 ? 6 : 4)));
}

/** How long ago, in its two greatest parts: `3 d 4 h`. */
export function sinceText(ms: number): string {
  if (ms < 0) return "not yet";
  const seconds = Math.floor(ms / 1000);
  const parts = ([["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]] as const)
    .map(([unit, size], i, all) =>
      [unit, Math.floor(seconds % (all[i - 1]?.[1] ?? Infinity) / size)] as const
    )
    .filter(([, count]) => count > 0).slice(0, 2);
  return parts.length === 0 ? "0 s" : parts.map(([unit, count]) => `${count} ${unit}`).join(" ");
}

/**
 * A widget as words, its value first: for a linear reader, and beside what is drawn.
 * @param nowMs  For `since`.
 */
export function widgetWords({ kind, value, unit = "", trend, max }: WidgetView, nowMs: number): string {
  const behind = unit === "" ? "" : ` ${cleanLine(unit)}`;
  if (kind === "since") return sinceText(nowMs - (value as number));
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "string") return cleanLine(value);
  if (typeof value === "number") {
    const end = max === undefined ? "" : ` of ${numberText(max)}`;
    const way = trend === undefined ? "" : { up: " rising", down: " falling", flat: "" }[trend];
    return `${numberText(value)}${kind === "number" ? "" : end}${behind}${way}`;
  }
  if (typeof value[0] === "number") return `${numberText(value.at(-1) as number)}${behind}`;
  return rowsText(value);
}

/** Whether a value is older than its bot said that it may be. */
export const isStale = ({ ts, ageMs, stale }: WidgetView, nowMs: number): boolean =>
  stale || ageMs !== undefined && nowMs - msOf(ts) > ageMs;

const LEVELS: Readonly<Record<WidgetView["level"], string>> = {
  good: "",
  warning: ", warning",
  alarm: ", alarm",
};

/**
 * A widget as lines to be read aloud: what its bar or ticks show is said, a table row by row with its headings, and
 * nothing that changes by itself, so that a line which was said stays true.
 */
export function spokenWidget(view: WidgetView, nowMs: number, timeOf: (ms: number) => string): string[] {
  const { title, kind, value, level, ts, max = 100 } = view;
  const said = kind === "since"
    ? `since ${timeOf(value as number)}`
    : kind === "spark"
    ? sparkWords(value as readonly number[], view)
    : kind === "gauge" || kind === "bar"
    ? `${widgetWords({ ...view, max }, nowMs)}`
    : widgetWords(view, nowMs);
  const stale = isStale(view, nowMs) ? `, stale: said ${timeOf(msOf(ts))}` : "";
  const head = `${cleanLine(title)}: ${said}${LEVELS[level]}${stale}`;
  return kind === "table" ? [head, ...tableWords(value as readonly (readonly string[])[])] : [head];
}

function sparkWords(values: readonly number[], view: WidgetView): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(numberText);
  return `${widgetWords(view, 0)}, last of ${values.length} from ${low} to ${high}`;
}

/** `/home: free 3 G, used 9 G`: a row by its first cell, the others with their headings. */
function tableWords([heading = [], ...rows]: readonly (readonly string[])[]): string[] {
  return rows.map(([name = "", ...cells]) => {
    const told = cells.map((cell, i) => `${cleanLine(heading[i + 1] ?? "")} ${cleanLine(cell)}`.trim());
    return [cleanLine(name), told.join(", ")].filter((one) => one !== "").join(": ");
  });
}
