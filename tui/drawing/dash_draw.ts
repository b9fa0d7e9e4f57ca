/**
 * A dashboard as rows: a widget a row, a table more; from 40 columns on, and nothing is said by colour alone.
 *
 * @module
 */
import type { WidgetView } from "../../lib/app/overlays/widget_views.ts";
import { isStale, widgetWords } from "./dash_words.ts";
import type { Row } from "./screen.ts";
import type { Style } from "./style.ts";
import { cleanLine } from "./text.ts";
import { clip, fit, widthOf, wrapAtMost } from "./width.ts";

const TICKS = "▁▂▃▄▅▆▇█";
/** Columns of titles, at most. */
const TITLE_COLUMNS = 24;
/** Rows of a text that has no room beside its title. */
const MAX_ROWS = 8;
/** Columns of a bar. */
const MIN_BAR = 6;
const LEVELS: Readonly<Record<WidgetView["level"], readonly [mark: string, style: Style]>> = {
  good: ["", "plain"],
  warning: ["  ! warning", "warning"],
  alarm: ["  !! ALARM", "error"],
};

/** Numbers as a line of ticks, the newest at the right end. */
export function ticksOf(values: readonly number[], columns: number): string {
  const shown = values.slice(-columns);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const tick = (value: number): string =>
    TICKS[high === low ? 0 : Math.round((value - low) / (high - low) * (TICKS.length - 1))];
  return shown.map(tick).join("");
}

/**
 * A widget as rows.
 * @param width  Columns, 20 or more.
 */
export function widgetRows(view: WidgetView, nowMs: number, width: number): Row[] {
  const { title, kind, value, max = 100, history, level } = view;
  const stale = isStale(view, nowMs);
  const [mark, style] = LEVELS[level];
  const titleColumns = Math.min(TITLE_COLUMNS, Math.floor(width / 3));
  const tail = `${mark}${stale ? "  (stale)" : ""}`;
  const room = Math.max(1, width - titleColumns - 1 - tail.length);
  const said = widgetWords(view, nowMs);
  const look = stale ? "dim" : style;
  // What has no room beside its title stands below it: nowhere else could its end be read.
  if (kind !== "table" && widthOf(said) > room) return below(cleanLine(title), said, tail, look, width);
  const words = clip(said, room);
  const left = Math.min(40, room - widthOf(words) - 2);
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
    { text: body, style: look },
    { text: tail, style: look },
  ];
  return kind === "table" ? [head, ...tableRows(value as readonly (readonly string[])[], width)] : [head];
}

/** Title and standing in a row, and what is said in those below. */
function below(title: string, said: string, tail: string, style: Style, width: number): Row[] {
  const first = clip(title, Math.max(1, width - widthOf(tail)));
  return [
    [{ text: first, style: style === "dim" ? "dim" : "plain" }, { text: tail, style }],
    ...wrapAtMost(said, width - 2, MAX_ROWS).map((text): Row => [{ text: `  ${text}`, style }]),
  ];
}

function bar(value: number, max: number, columns: number): string {
  const full = Math.round(Math.max(0, Math.min(1, max === 0 ? 0 : value / max)) * (columns - 2));
  return `[${"#".repeat(full)}${"-".repeat(columns - 2 - full)}]`;
}

/** Columns as wide as what is in them; where that is too much, all as wide as each other. */
function tableRows(cells: readonly (readonly string[])[], width: number): Row[] {
  const clean = cells.map((row) => row.map(cleanLine));
  const count = Math.max(...clean.map((row) => row.length));
  const wanted = Array.from(
    { length: count },
    (_, at) => Math.max(1, ...clean.map((row) => widthOf(row[at] ?? ""))),
  );
  const fits = wanted.reduce((sum, one) => sum + one + 2, 0) <= width;
  const equal = Math.max(3, Math.floor((width - 2) / count) - 1);
  return clean.map((row, i): Row => [{
    text: clip(
      `  ${row.map((cell, at) => fit(cell, fits ? wanted[at] : equal)).join(fits ? "  " : " ")}`,
      width,
    )
      .trimEnd(),
    style: i === 0 ? "dim" : "plain",
  }]);
}
