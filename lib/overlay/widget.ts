/**
 * What a bot publishes for a dashboard: one widget with its value, small and bounded.
 *
 * @see specification skychat §h.3; lib/overlay/README.md "Dashboards"
 * @module
 */

/** Kinds of widgets. */
export const WIDGET_KINDS = ["number", "gauge", "bar", "text", "switch", "table", "spark", "since"] as const;
/** See {@link WIDGET_KINDS}. */
export type WidgetKind = typeof WIDGET_KINDS[number];

/** Characters of a widget's id. */
export const MAX_ID_CHARS = 40;
/** Characters of a title, a unit and a cell. */
export const MAX_TITLE_CHARS = 60;
/** Characters of a text value. */
export const MAX_VALUE_CHARS = 200;
/** Rows and columns of a table. */
export const MAX_TABLE = 12;
/** Numbers of a sparkline. */
export const MAX_SPARK = 120;
/** Nobody means more than this, and it fits ten columns in some way. */
export const MAX_NUMBER = 1e15;
/** Characters of a line for the chat, which is shown as at most 50 cells: some take several characters. */
const MAX_INFO_CHARS = 200;
/** The same of a summary of 20 cells. */
const MAX_SUMMARY_CHARS = 80;
/** An age beyond a year is none. */
const MAX_AGE_MS: number = 366 * 86_400_000;

/** A value; `since`: milliseconds since 1970; a table's rows, the first its heading. */
export type WidgetValue = number | string | boolean | readonly number[] | readonly (readonly string[])[];

/** A widget. */
export interface Widget {
  /** Tells it from others of the same bot. */
  readonly id: string;
  /** Above it. */
  readonly title: string;
  /** How it is drawn. */
  readonly kind: WidgetKind;
  /** What it says. */
  readonly value: WidgetValue;
  /** Behind a number; `""`: none. */
  readonly unit: string;
  /** The end of a gauge or a bar; 0: 100. */
  readonly max: number;
  /** It is stale when it is older; 0: never. */
  readonly ageMs: number;
  /** From here on it is a warning. */
  readonly warn?: number;
  /** From here on it is an alarm; below the warning, lower is worse. */
  readonly alarm?: number;
}

/** A widget as it is published: beside its value it may say something once. */
export interface Update extends Widget {
  /** A line in the chat. */
  readonly info?: string;
  /** What stands for the whole conversation where only a word or two have room. */
  readonly summary?: string;
  /** Whoever is told of messages is told of this one. */
  readonly notify?: true;
}

/** A widget as its bot gives it: what is left out is the usual. */
export type GivenUpdate =
  & Pick<Update, "id" | "kind" | "value">
  & Partial<Omit<Update, "id" | "kind" | "value" | "notify">>
  & {
    /** See {@link Update.notify}. */
    readonly notify?: boolean;
  };

/** Reads the data of a frame. @returns undefined when it is no widget. */
export function readWidget(data: string): Update | undefined {
  let read: Readonly<Record<string, unknown>> | null;
  try {
    read = JSON.parse(data);
  } catch { // no JSON, or deeper than the stack
    return undefined;
  }
  if (typeof read !== "object" || read === null) return undefined;
  const { w, t = w, k, v, u = "", max = 0, a = 0, warn, alarm, info, summary, notify } = read;
  if (!isText(w, MAX_ID_CHARS) || w === "" || /[/\uffff]/.test(w)) return undefined;
  if (!isText(t, MAX_TITLE_CHARS) || !isText(u, MAX_TITLE_CHARS) || !isNumber(max) || max < 0) {
    return undefined;
  }
  if (!isNumber(a) || a < 0 || a > MAX_AGE_MS) return undefined;
  if (warn !== undefined && !isNumber(warn) || alarm !== undefined && !isNumber(alarm)) return undefined;
  if (!isTextOrNone(info, MAX_INFO_CHARS) || !isTextOrNone(summary, MAX_SUMMARY_CHARS)) return undefined;
  if (notify !== undefined && typeof notify !== "boolean") return undefined;
  const kind = WIDGET_KINDS.find((one) => one === k);
  if (kind === undefined || !FITS[kind](v)) return undefined;
  const limits = {
    ...(warn === undefined ? {} : { warn: warn as number }),
    ...(alarm === undefined ? {} : { alarm: alarm as number }),
  };
  const once = {
    ...(info === undefined ? {} : { info }),
    ...(summary === undefined ? {} : { summary }),
    ...(notify === true ? { notify } as const : {}),
  };
  return { id: w, title: t, kind, value: v as WidgetValue, unit: u, max, ageMs: a, ...limits, ...once };
}

/** The widget alone: what is said once is no part of its value. */
export function widgetOf({ info: _info, summary: _summary, notify: _notify, ...widget }: Update): Widget {
  return widget;
}

/** Writes the data of a frame. */
export function writeWidget(
  { id, title, kind, value, unit, max, ageMs, warn, alarm, info, summary, notify }: Update,
): string {
  return JSON.stringify({
    w: id,
    t: title,
    k: kind,
    v: value,
    u: unit || undefined,
    max: max || undefined,
    a: ageMs || undefined,
    warn,
    alarm,
    info,
    summary,
    notify,
  });
}

/** How a widget's number stands against its thresholds. */
export function levelOf({ value, warn, alarm }: Widget): "good" | "warning" | "alarm" {
  const now = Array.isArray(value) ? value.at(-1) : value;
  if (typeof now !== "number") return "good";
  const lowIsBad = warn !== undefined && alarm !== undefined && alarm < warn;
  const isAt = (limit: number | undefined): boolean =>
    limit !== undefined && (lowIsBad ? now <= limit : now >= limit);
  return isAt(alarm) ? "alarm" : isAt(warn) ? "warning" : "good";
}

const isText = (value: unknown, chars: number): value is string =>
  typeof value === "string" && value.length <= chars && !/[\r\n]/.test(value) && value.isWellFormed();
const isTextOrNone = (value: unknown, chars: number): value is string | undefined =>
  value === undefined || isText(value, chars) && value !== "";
const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Math.abs(value) <= MAX_NUMBER;
const isList = (value: unknown, most: number, fits: (one: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length >= 1 && value.length <= most && value.every(fits);

const FITS: Readonly<Record<WidgetKind, (value: unknown) => boolean>> = {
  number: isNumber,
  gauge: isNumber,
  bar: isNumber,
  text: (value) => isText(value, MAX_VALUE_CHARS),
  switch: (value) => typeof value === "boolean",
  table: (value) =>
    isList(value, MAX_TABLE, (row) => isList(row, MAX_TABLE, (cell) => isText(cell, MAX_TITLE_CHARS))),
  spark: (value) => isList(value, MAX_SPARK, isNumber),
  since: (value) => isNumber(value) && value >= 0,
};

/** How many rows a table has below its heading, in words. */
export function rowsText(table: readonly unknown[]): string {
  const rows = Math.max(0, table.length - 1);
  return `${rows} ${rows === 1 ? "row" : "rows"}`;
}
