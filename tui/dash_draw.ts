/**
 * A dashboard as rows: a widget a row, a table more; from 40 columns on, and nothing is said by colour alone.
 *
 * @module
 */
import type { WidgetView } from "../lib/app/overlays/widget_views.ts";
import type { Row } from "./screen.ts";
import type { Style } from "./style.ts";
import { cleanLine } from "./text.ts";
import { clip, fit } from "./width.ts";

const TICKS = "▁▂▃▄▅▆▇█";
/** Columns of titles, at most. */
const TITLE_COLUMNS = 24;
/** Columns of a bar. */
const MIN_BAR = 6;
const LEVELS: Readonly<Record<WidgetView["level"], readonly [mark: string, style: Style]>> = {
  good: ["", "plain"],
  warning: ["  ! warning", "warning"],
  alarm: ["  !! ALARM", "error"],
};

/** A number as people read it, 10 columns at most: `12`, `3.14`, `1.2M`. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  for (const [limit, sign] of [[1e12, "T"], [1e9, "G"], [1e6, "M"]] as const) {
    if (size >= limit) return `${Number((value / limit).toPrecision(4))}${sign}`;
  }
  if (size > 0 && size < 0.001) return value.toExponential(1);
  return String(Number(value.toPrecision(size >= 1000 ? 6 : 4)));
}

/** Numbers as a line of ticks, the newest at the right end. */
export function ticksOf(values: readonly number[], columns: number): string {
  const shown = values.slice(-columns);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const tick = (value: number): string =>
    TICKS[high === low ? 0 : Math.round((value - low) / (high - low) * (TICKS.length - 1))];
  return shown.map(tick).join("");
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
  const cells = value as readonly (readonly string[])[];
  return `${Math.max(0, cells.length - 1)} rows`;
}

/**
 * A widget as rows.
 * @param width  Columns, 20 or more.
 */
export function widgetRows(view: WidgetView, nowMs: number, width: number): Row[] {
  const { title, kind, value, max = 100, history, level, stale } = view;
  const [mark, style] = LEVELS[level];
  const titleColumns = Math.min(TITLE_COLUMNS, Math.floor(width / 3));
  const tail = `${mark}${stale ? "  (stale)" : ""}`;
  const room = Math.max(1, width - titleColumns - 1 - tail.length);
  const words = clip(widgetWords(view, nowMs), room);
  const left = Math.min(40, room - words.length - 2);
  const picture = left < MIN_BAR
    ? ""
    : kind === "gauge" || kind === "bar"
    ? bar(value as number, max, left)
    : kind === "spark"
    ? ticksOf(value as readonly number[], left)
    : kind === "number" && history.length > 1
    ? ticksOf(history, left)
    : "";
  const body = picture === "" ? words : `${words}  ${picture}`;
  const head: Row = [
    { text: `${fit(cleanLine(title), titleColumns)} `, style: stale ? "dim" : "plain" },
    { text: body, style: stale ? "dim" : style },
    { text: tail, style: stale ? "dim" : style },
  ];
  return kind === "table" ? [head, ...tableRows(value as readonly (readonly string[])[], width)] : [head];
}

function bar(value: number, max: number, columns: number): string {
  const full = Math.round(Math.max(0, Math.min(1, max === 0 ? 0 : value / max)) * (columns - 2));
  return `[${"#".repeat(full)}${"-".repeat(columns - 2 - full)}]`;
}

function tableRows(cells: readonly (readonly string[])[], width: number): Row[] {
  const columns = Math.max(...cells.map((row) => row.length));
  const each = Math.max(3, Math.floor((width - 2) / columns) - 1);
  return cells.map((row, i): Row => [{
    text: clip(`  ${row.map((cell) => fit(cleanLine(cell), each)).join(" ")}`, width).trimEnd(),
    style: i === 0 ? "dim" : "plain",
  }]);
}
