/**
 * Rows of overlays, as every surface sees them.
 *
 * @module
 */
import type { PostRow, ThreadRow } from "../../overlay/folds/board_rows.ts";
import type { ItemRow, LastSaid, ListRow, Said } from "../../overlay/folds/list_rows.ts";
import type { PollRow } from "../../overlay/folds/poll_rows.ts";
import type { CommandsRow, PaceRow, WidgetRow } from "../../overlay/folds/dash_rows.ts";
import { levelOf } from "../../overlay/widget.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import type {
  CommandsView,
  ItemView,
  LastView,
  ListView,
  Pace,
  PollView,
  PostView,
  SaidView,
  ThreadView,
  WidgetView,
} from "./overlays.ts";

/** The last millisecond that has a text: who writes a stamp behind it says nothing of a time. */
const LAST_MS = 253_402_300_799_999;

/** A stamp as a time. */
export const timeText = (stamp: number): string =>
  formatGoTime(BigInt(Math.min(stamp, LAST_MS)) * 1_000_000n);

const lastView = ({ author, register, stamp }: LastSaid): LastView => ({
  author,
  what: register,
  ts: timeText(stamp),
});

/** A list. */
export const listView = ({ key, stamp, last, ...row }: ListRow): ListView => ({
  id: key,
  ...row,
  ts: timeText(stamp),
  last: lastView(last),
});

/** An item. */
export const itemView = ({ key, text, done, assignee, author, stamp, last }: ItemRow): ItemView => ({
  id: key,
  text,
  done,
  ...(assignee === "" ? {} : { assignee }),
  author,
  ts: timeText(stamp),
  last: lastView(last),
});

/** Something that was said. */
export const saidView = ({ author, register, value, stamp }: Said): SaidView => ({
  author,
  what: register,
  value: value as string | boolean,
  ts: timeText(stamp),
});

/** A post or an answer. */
export function postView(
  { key, author, stamp, text, isCut, edited, expires, parent, depth }: PostRow,
): PostView {
  return {
    id: key,
    author,
    ts: timeText(stamp),
    ...(text === undefined ? {} : { text }),
    ...(isCut ? { cut: true } : {}),
    ...(edited === undefined ? {} : { edited: timeText(edited) }),
    ...(expires === undefined ? {} : { expires: timeText(expires) }),
    ...(parent === undefined ? {} : { parent }),
    depth,
  };
}

/** A post with its thread. */
export const threadView = (row: ThreadRow): ThreadView => ({
  ...postView(row),
  replies: row.replies,
  unread: row.unread,
  expired: row.isExpired,
  lastTs: timeText(row.lastStamp),
});

/** A poll. */
export const pollView = (row: PollRow, nowMs: number): PollView => ({
  id: row.key,
  author: row.author,
  ts: timeText(row.stamp),
  question: row.question,
  choices: row.choices,
  many: row.many,
  voters: row.voters,
  ...(row.until === undefined ? {} : { until: timeText(row.until) }),
  over: row.isClosed || row.until !== undefined && row.until <= nowMs,
});

/** What a bot announces. */
export const commandsView = ({ bot, stamp, commands }: CommandsRow): CommandsView => ({
  bot,
  ts: timeText(stamp),
  commands,
});

/** What a conversation takes. */
export const paceView = ({ intervalMs, maxBytes, by, stamp }: PaceRow): Pace => ({
  intervalMs,
  maxBytes,
  ...(by === undefined || stamp === undefined ? {} : { by, ts: timeText(stamp) }),
});

/** A row of a dashboard at a time, milliseconds since 1970. */
export function widgetView(row: WidgetRow, nowMs: number): WidgetView {
  const { id, bot, title, kind, value, unit, max, stamp, ageMs } = row;
  const history = row.history.map(({ value }) => value);
  const before = history.at(-2);
  const hasTrend = kind === "number" && typeof value === "number" && before !== undefined;
  return {
    id,
    bot,
    title,
    kind,
    value,
    ...(unit === "" ? {} : { unit }),
    ...(max === 0 ? {} : { max }),
    ts: timeText(stamp),
    stale: ageMs > 0 && nowMs - stamp > ageMs,
    ...(ageMs > 0 ? { ageMs } : {}),
    level: levelOf(row),
    ...(hasTrend ? { trend: value > before ? "up" : value < before ? "down" : "flat" } : {}),
    history,
  };
}
