/**
 * Times as people read them: always their own.
 *
 * @module
 */
import type { Model } from "../state/types.ts";

/** Milliseconds since 1970 of an RFC 3339 time; 0 when it is none. */
export const msOf = (ts: string): number => Date.parse(ts) || 0;

const DAY_MS = 86_400_000;

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** A date whose UTC parts are the local ones. */
const local = ({ zone }: Pick<Model, "zone">, ms: number): Date => new Date(ms + zone(ms) * 60_000);

/** `14:05`. */
export const clockOf = (model: Pick<Model, "zone">, ms: number): string =>
  local(model, ms).toISOString().slice(11, 16);

/** `2026-11-27`: to compare days with, and to type one. */
export const dayOf = (model: Pick<Model, "zone">, ms: number): string =>
  local(model, ms).toISOString().slice(0, 10);

/** Whether two times are of one local day. Without a text of either: each message on the screen is asked. */
export const isSameDay = (model: Pick<Model, "zone">, ms: number, other: number): boolean =>
  Math.floor(local(model, ms).getTime() / DAY_MS) === Math.floor(local(model, other).getTime() / DAY_MS);

/** `Friday, 27 November 2026`. */
export function longDayOf(model: Pick<Model, "zone">, ms: number): string {
  const date = local(model, ms);
  return `${DAYS[date.getUTCDay()]}, ${date.getUTCDate()} ${
    MONTHS[date.getUTCMonth()]
  } ${date.getUTCFullYear()}`;
}

/** The clock for today, the day for this year, else the month. At most 8 columns. */
export function shortTimeOf(model: Pick<Model, "zone" | "nowMs">, ms: number): string {
  if (isSameDay(model, ms, model.nowMs)) return clockOf(model, ms);
  const date = local(model, ms);
  const month = MONTHS[date.getUTCMonth()].slice(0, 3);
  const isThisYear = date.getUTCFullYear() === local(model, model.nowMs).getUTCFullYear();
  return isThisYear ? `${date.getUTCDate()} ${month}` : `${month} ${date.getUTCFullYear()}`;
}

/** The clock, with the day when it is not today. */
export function momentOf(model: Pick<Model, "zone" | "nowMs">, ms: number): string {
  const clock = clockOf(model, ms);
  return isSameDay(model, ms, model.nowMs) ? clock : `${shortTimeOf(model, ms)} ${clock}`;
}

/** `2026-11-27 14:05`, of a time as others tell it. */
export const minuteOf = (model: Pick<Model, "zone">, ts: string): string =>
  `${dayOf(model, msOf(ts))} ${clockOf(model, msOf(ts))}`;

/** Minutes of the local day. */
export const minutesOf = (model: Pick<Model, "zone">, ms: number): number =>
  Number(clockOf(model, ms).slice(0, 2)) * 60 + Number(clockOf(model, ms).slice(3));

/**
 * The beginning of a local day.
 * @param text  `2026-11-27`, `today`, `yesterday`, or a number of days ago.
 * @returns Milliseconds since 1970, or undefined when it is no day.
 */
export function startOfDay(model: Pick<Model, "zone" | "nowMs">, text: string): number | undefined {
  const word = text.trim().toLowerCase();
  const ago = word === "today"
    ? 0
    : word === "yesterday"
    ? 1
    : /^\d{1,4}$/.test(word)
    ? Number(word)
    : undefined;
  const day = ago === undefined ? word : dayOf(model, model.nowMs - ago * DAY_MS);
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return undefined;
  const utcMs = Date.parse(`${day}T00:00:00Z`);
  // The runtime takes the 30th of February for a day of March.
  const isDay = !Number.isNaN(utcMs) && new Date(utcMs).toISOString().startsWith(day);
  return isDay ? utcMs - model.zone(utcMs) * 60_000 : undefined;
}

/** Minutes east of Greenwich on this machine. */
export const localZone = (ms: number): number => -new Date(ms).getTimezoneOffset();
