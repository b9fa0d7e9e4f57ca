/**
 * A dashboard as lines of text.
 *
 * @module
 */
import type { PartView, WidgetView } from "../../lib/app/overlays/overlays.ts";
import { widgetRows } from "../../tui/drawing/dash_draw.ts";
import { spokenWidget } from "../../tui/drawing/dash_words.ts";
import { rowText } from "../../tui/drawing/screen.ts";
import { visible } from "../output/escape.ts";
import { localTime } from "./people.ts";

/** Columns that a dashboard is drawn for, at least and at most. */
const [MIN_COLUMNS, MAX_COLUMNS] = [40, 200];

/** The lines: each bot's name, and its widgets below. */
export function dashLines(
  { rows, total }: PartView<WidgetView>,
  nameOf: (bot: string) => string,
  nowMs: number,
  width: number,
): string[] {
  const inner = Math.max(MIN_COLUMNS, Math.min(MAX_COLUMNS, width)) - 2;
  const lines: string[] = [];
  for (const [i, widget] of rows.entries()) {
    if (widget.bot !== rows[i - 1]?.bot) lines.push(visible(nameOf(widget.bot)));
    lines.push(...widgetRows(widget, nowMs, inner).map((row) => `  ${rowText(row).trimEnd()}`));
  }
  if (total > rows.length) lines.push(`… and ${total - rows.length} more`);
  return lines;
}

/** The same to be read aloud: a sentence a widget. */
export function dashSentences(
  { rows, total }: PartView<WidgetView>,
  nameOf: (bot: string) => string,
  nowMs: number,
): string[] {
  const timeOf = (ms: number): string => localTime(new Date(ms).toISOString());
  const said = rows.flatMap((widget) =>
    spokenWidget(widget, nowMs, timeOf).map((line) => `${visible(nameOf(widget.bot))}, ${line}`)
  );
  return total > rows.length ? [...said, `and ${total - rows.length} more`] : said;
}
