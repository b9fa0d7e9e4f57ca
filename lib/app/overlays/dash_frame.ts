/**
 * A value of a widget as a frame, and the line that everybody can read.
 *
 * @see lib/overlay/README.md "Dashboards"
 * @module
 */
import { eastAsianWidth } from "get-east-asian-width";
import { DASHBOARD } from "../../overlay/frame.ts";
import {
  type BotCommand,
  MAX_COMMANDS,
  MAX_HELP_CHARS,
  readCommands,
  writeCommands,
} from "../../overlay/announcement.ts";
import { MIN_MAX_BYTES, MOST_MAX_BYTES, type PaceSetting, readPace, writePace } from "../../overlay/pace.ts";
import {
  MAX_ID_CHARS,
  MAX_SPARK,
  MAX_TABLE,
  MAX_TITLE_CHARS,
  MAX_VALUE_CHARS,
  readWidget,
  rowsText,
  WIDGET_KINDS,
  type WidgetValue,
  writeWidget,
} from "../../overlay/widget.ts";
import { checkText, usage } from "./planned.ts";
import type { WidgetUpdate } from "./widget_views.ts";

/** Characters of a value in its line. */
const VALUE_CHARS = 80;

/** Columns of a line for the chat, and of a summary. */
const [INFO_CELLS, SUMMARY_CELLS] = [50, 20];

/** The frame without its stamp. @throws {UserError} usage: it is no widget. */
export function dashFrame(
  { title, unit = "", max = 0, ageMs = 0, notify, ...update }: WidgetUpdate,
): { overlay: number; data: string; line: string } {
  const { info, summary } = update;
  checkCells("The line for the chat", info, INFO_CELLS);
  checkCells("The summary", summary, SUMMARY_CELLS);
  const once = notify ? { notify } as const : {};
  for (const name of [update.id, title ?? update.id]) checkText("A name", name, Infinity);
  const widget = { ...update, title: title ?? update.id, unit, max, ageMs, ...once };
  const data = writeWidget(widget);
  if (readWidget(data) === undefined) {
    throw usage(
      "This is no value for a widget of that kind",
      `Kinds are ${
        WIDGET_KINDS.join(", ")
      }; numbers are below 10^15, a name is one line of ${MAX_ID_CHARS} ` +
        `characters, a title or unit of ${MAX_TITLE_CHARS}, a text of ${MAX_VALUE_CHARS}; a table has ` +
        `${MAX_TABLE} rows and columns at most, a spark line ${MAX_SPARK} numbers.`,
    );
  }
  if (info !== undefined) return { overlay: DASHBOARD, data, line: `[dash] ${info}` };
  const said = `${valueText(widget.value, widget.kind)}${unit === "" ? "" : ` ${unit}`}`;
  return { overlay: DASHBOARD, data, line: `[dash] ${widget.title}: ${said}` };
}

/** What a bot announces, as a frame without its stamp. @throws {UserError} usage: a name or a help is none. */
export function commandsFrame(
  commands: readonly BotCommand[],
): { overlay: number; data: string; line: string } {
  const data = writeCommands(commands);
  if (readCommands(data) === undefined) {
    throw usage(
      "These are no commands that can be announced",
      `At most ${MAX_COMMANDS}, each name once: 1 to 32 of a to z, 0 to 9 and -; what each does is one line of ${MAX_HELP_CHARS} characters, none of them unseen.`,
    );
  }
  const names = commands.map(({ name }) => `/${name}`).join(" ");
  return {
    overlay: DASHBOARD,
    data,
    line: names === "" ? "[bot] takes no commands" : `[bot] takes ${names}`,
  };
}

/** What a conversation takes, as a frame without its stamp. @throws {UserError} usage: it is beyond the limits. */
export function paceFrame(pace: PaceSetting): { overlay: number; data: string; line: string } {
  const data = writePace(pace);
  if (readPace(data) === undefined) {
    throw usage(
      "A conversation can't take that of bots",
      `An interval is 10 s to 1 day, a message ${MIN_MAX_BYTES} to ${MOST_MAX_BYTES} bytes.`,
    );
  }
  const { intervalMs, maxBytes } = pace;
  return {
    overlay: DASHBOARD,
    data,
    line: `[bot] a value every ${intervalMs / 1000} s, at most ${maxBytes} bytes`,
  };
}

function checkCells(what: string, text: string | undefined, most: number): void {
  if (typeof text === "string" && cellsOf(text) > most) { // whatever else a bot gives is no widget
    throw usage(`${what} has at most ${most} columns`, "Shorten it.");
  }
}

/** Columns on a terminal; of joined emoji more than they take. */
function cellsOf(text: string): number {
  const widths = [...text].map((sign) =>
    /[\p{M}\p{Cf}]/u.test(sign) ? 0 : eastAsianWidth(sign.codePointAt(0)!)
  );
  return widths.reduce((sum: number, one) => sum + one, 0);
}

function valueText(value: WidgetValue, kind: string): string {
  if (kind === "since") return `since ${new Date(value as number).toISOString()}`;
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value !== "object") return String(value).slice(0, VALUE_CHARS).toWellFormed();
  return typeof value[0] === "number" ? String(value.at(-1)) : rowsText(value);
}
