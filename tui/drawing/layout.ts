/**
 * A conversation as rows: what each message takes, what is on the screen, and how far scrolling may go. A block (a
 * message with the lines above it) keeps its rows until its message, the width or what is around it changes.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { lineIn, rendererOf } from "../messages/mod.ts";
import { textRows } from "../messages/renderer.ts";
import { mayQuote } from "../messages/reply.ts";
import { byName, writerOf, writerStyle } from "../state/model.ts";
import type { Anchor, Model, Thread } from "../state/types.ts";
import { fileOf, fileStands } from "../steps/files.ts";
import { inviteOf } from "../steps/invites.ts";
import { namesUs } from "../steps/mentions.ts";
import { markOf, MENTION } from "./marks.ts";
import type { Row } from "./screen.ts";
import { cleanLine } from "./text.ts";
import { clockOf, isSameDay, longDayOf, msOf } from "./time.ts";
import { clip, fit, widthOf } from "./width.ts";

/** From this width on a name has a column of its own. */
const NAMES_FROM = 60;
/** The widest column of names. */
const NAME_COLUMNS = 14;

/** What is on the screen. */
export interface Viewport {
  /** Exactly `height` rows. */
  readonly rows: readonly Row[];
  /** The newest message of which every row is on the screen; 0 when there is none. */
  readonly seenTo: number;
  /** The oldest message of which something is on the screen; 0 when there is none. */
  readonly oldest: number;
  /** Whether there is nothing above. */
  readonly isTop: boolean;
  /** Whether it hangs on the newest message. */
  readonly isEnd: boolean;
}

/** Rows of a message, with what they were made of: its words may have names, and an answer quotes one of the others. */
interface Kept {
  readonly key: string;
  readonly names: Model["names"];
  readonly among?: Thread["messages"];
  readonly rows: readonly Row[];
}

const kept = new WeakMap<MessageView, Kept>();

/** The rows of a message with the day and the line of unread ones above it. */
export function blockOf(model: Model, thread: Thread, index: number, width: number): readonly Row[] {
  const message = thread.messages[index];
  const before = thread.messages[index - 1];
  const day = before !== undefined && isSameDay(model, msOf(before.ts), msOf(message.ts))
    ? ""
    : longDayOf(model, msOf(message.ts));
  const isUnread = message.position === thread.unreadAt;
  const isSelected = message.position === thread.selected;
  const name = writerOf(model, message);
  const among = mayQuote(message) ? thread.messages : undefined;
  const file = fileOf(model, message);
  const invite = inviteOf(model, message);
  const stands = file !== undefined ? fileStands(file) : invite !== undefined ? invite.state : "";
  const why = message.reason === undefined ? "" : byName(model, message.reason);
  const isMention = namesUs(model, message);
  const key = [width, day, isUnread, isSelected, isMention, name, stands, why].join("\x00");
  const known = kept.get(message);
  if (known?.key === key && known.names === model.names && known.among === among) return known.rows;
  const rows: Row[] = [];
  if (day !== "") rows.push(ruleRow(day, width));
  if (isUnread) rows.push([{ text: fitRule("unread", width), style: "unread" }]);
  rows.push(...messageRows(model, thread, message, { name, width, isSelected, isMention }));
  kept.set(message, { key, names: model.names, among, rows });
  return rows;
}

/** `── text ──────`. */
const fitRule = (text: string, width: number): string => {
  const head = clip(`── ${text} `, width);
  return head + "─".repeat(Math.max(0, width - widthOf(head)));
};
const ruleRow = (text: string, width: number): Row => [{ text: fitRule(text, width), style: "dim" }];

function messageRows(
  model: Model,
  thread: Thread,
  message: MessageView,
  { name, width, isSelected, isMention }: {
    readonly name: string;
    readonly width: number;
    readonly isSelected: boolean;
    readonly isMention: boolean;
  },
): Row[] {
  const mark = isMention ? MENTION : markOf(message);
  const nameWidth = width >= NAMES_FROM ? NAME_COLUMNS : Math.min(8, Math.max(4, Math.floor(width / 6)));
  const indent = 6 + 3 + nameWidth + 1;
  const room = width - indent;
  const body = rendererOf(message).rows(message, {
    model,
    thread,
    lineOf: (one) => lineIn(model, one),
    width: room,
  });
  const time = clockOf(model, msOf(message.ts));
  const head: Row = [
    { text: `${time} `, style: isSelected ? "selected" : "dim" },
    { text: mark.sign, style: mark.style },
    isSelected ? { text: "▸", style: "title" } : { text: " " },
    { text: fit(name, nameWidth), style: isMention ? "unread" : writerStyle(message) },
    { text: " " },
  ];
  const blank: Row = [{ text: " ".repeat(indent) }];
  const rows = body.map((row, i): Row => [...(i === 0 ? head : blank), ...row]);
  for (const line of remarks(model, message, room)) rows.push([...blank, ...line]);
  return rows;
}

/** What is to be said about a message below it. */
function remarks(model: Model, message: MessageView, width: number): Row[] {
  const { state, outgoing, via } = message;
  const reason = message.reason === undefined ? undefined : byName(model, message.reason);
  if (outgoing && state === "failed") {
    return textRows(`not sent: ${reason ?? "the attempt failed"} (R retries)`, width, "error");
  }
  if (outgoing && state === "unconfirmed") {
    return textRows(`no ack: ${reason ?? "it may have arrived"} (R sends it again)`, width, "warning");
  }
  if (outgoing && state === "pending" && reason !== undefined) {
    return textRows(`waits: ${reason}`, width, "dim");
  }
  if (!outgoing && reason !== undefined && state !== "deleted") {
    return textRows(reason, width, "warning");
  }
  return via === "dmsg-chat" && !outgoing ? [[{ text: "by `dmsg chat`, port 9001", style: "dim" }]] : [];
}

/** The last rows of what is not kept yet, below the newest message, from the bottom: thousands of lines may be pasted. */
function unsentRows(model: Model, { unsent }: Thread, width: number, height: number): Row[] {
  const rows: Row[] = [];
  for (let at = unsent.length - 1; at >= 0 && rows.length < height; at--) {
    rows.push(...unsentBlock(model, unsent[at], width).reverse());
  }
  return rows.slice(0, height);
}

function unsentBlock(model: Model, { text, problem }: Thread["unsent"][number], width: number): Row[] {
  const [first, ...rest] = textRows(text, Math.max(2, width - 9));
  const mark: Row = problem === undefined
    ? [{ text: "  …   ", style: "dim" }, { text: "○  ", style: "dim" }]
    : [{ text: "  …   ", style: "dim" }, { text: "✗  ", style: "error" }];
  const rows: Row[] = [[...mark, ...first], ...rest.map((row): Row => [{ text: " ".repeat(9) }, ...row])];
  return problem === undefined
    ? rows
    : [...rows, [{ text: clip(`         ${cleanLine(byName(model, problem))}`, width), style: "error" }]];
}

/** The place of the first message that stands at a position or behind it; their number when there is none. */
export function indexAt(messages: readonly MessageView[], position: number): number {
  let [low, high] = [0, messages.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle].position < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows of a message below the edge, now that it takes so many. */
function hiddenOf({ hidden, of }: Anchor, rows: number): number {
  if (of === undefined || of === rows) return hidden;
  return Math.min(rows - 1, Math.round(hidden * rows / of));
}

/** An anchor for as long as the message takes so many rows, and longer. */
const anchorIn = ({ position }: MessageView, hidden: number, of: number): Anchor =>
  hidden === 0 ? { position, hidden } : { position, hidden, of };

/**
 * Where a screen hangs: at the anchor, or further down where nothing above fills it, as it was set on a smaller one. Lines have no screen.
 * @returns Undefined: at the newest message.
 */
export const placeOf = (model: Model, thread: Thread, width: number, height: number): Anchor | undefined =>
  thread.anchor === undefined || model.isLines ? thread.anchor : scrolled(model, thread, 0, width, height);

/** What a screen of so many rows shows. */
export function viewport(model: Model, thread: Thread, width: number, height: number): Viewport {
  const rows: Row[] = [];
  const { messages } = thread;
  const anchor = placeOf(model, thread, width, height);
  let index = messages.length - 1;
  let hidden = 0;
  if (anchor === undefined) rows.push(...unsentRows(model, thread, width, height));
  else {
    index = Math.min(messages.length - 1, indexAt(messages, anchor.position));
    if (index >= 0) hidden = hiddenOf(anchor, blockOf(model, thread, index, width).length);
  }
  let seenTo = 0;
  let oldest = 0;
  let isTop = true;
  for (; index >= 0; index--) {
    if (rows.length >= height) {
      isTop = false;
      break;
    }
    const block = blockOf(model, thread, index, width);
    const shown = hidden > 0 ? block.slice(0, Math.max(0, block.length - hidden)) : block;
    const isWhole = hidden <= 0 && rows.length + 1 <= height;
    hidden = Math.max(0, hidden - block.length);
    if (shown.length === 0) continue;
    if (isWhole && seenTo === 0) seenTo = messages[index].position;
    for (let row = shown.length - 1; row >= 0; row--) {
      if (rows.length < height) rows.push(shown[row]);
      else isTop = false;
    }
    oldest = messages[index].position;
  }
  while (rows.length < height) rows.push([]);
  return {
    rows: rows.reverse(),
    seenTo,
    oldest,
    isTop: isTop && thread.atStart,
    isEnd: anchor === undefined,
  };
}

/**
 * Moves what is on the screen.
 * @param by  Rows; towards the beginning when negative. 0: only as far as is needed to fill the screen.
 * @returns The new anchor; undefined at the newest message.
 */
export function scrolled(
  model: Model,
  thread: Thread,
  by: number,
  width: number,
  height: number,
): Anchor | undefined {
  const { messages } = thread;
  if (messages.length === 0) return undefined;
  const anchor = by === 0 ? thread.anchor : placeOf(model, thread, width, height);
  const at = anchor === undefined ? messages.length : indexAt(messages, anchor.position);
  let index = Math.min(messages.length - 1, at);
  const size = (at: number): number => blockOf(model, thread, at, width).length;
  const from = anchor === undefined ? 0 : hiddenOf(anchor, size(index));
  let hidden = from - by;
  while (hidden >= size(index) && index > 0) hidden -= size(index--);
  while (hidden < 0) {
    if (index === messages.length - 1) {
      return thread.atEnd ? undefined : { position: messages[index].position, hidden: 0 };
    }
    hidden += size(++index);
  }
  // Not above the first row: the screen stays full when there is enough.
  let above = -hidden;
  for (let at = index; at >= 0 && above < height; at--) above += size(at);
  let missing = height - above;
  while (missing > 0) {
    const take = Math.min(hidden, missing);
    hidden -= take;
    missing -= take;
    if (missing <= 0) break;
    if (index === messages.length - 1) {
      return thread.atEnd ? undefined : { position: messages[index].position, hidden: 0 };
    }
    hidden = size(++index);
  }
  const { position } = messages[index];
  if (anchor?.position === position && hidden === from) return anchor;
  return index === messages.length - 1 && hidden === 0 && thread.atEnd
    ? undefined
    : anchorIn(messages[index], hidden, size(index));
}

/** The anchor that puts a message's first row at the top of the screen, or keeps the end when all below it fits. */
export function anchorAtTop(
  model: Model,
  thread: Thread,
  position: number,
  width: number,
  height: number,
): Anchor | undefined {
  let rows = 0;
  for (let index = indexAt(thread.messages, position); index < thread.messages.length; index++) {
    const size = blockOf(model, thread, index, width).length;
    rows += size;
    if (rows >= height) {
      const isEnd = index === thread.messages.length - 1 && rows === height && thread.atEnd;
      return isEnd ? undefined : anchorIn(thread.messages[index], rows - height, size);
    }
  }
  const last = thread.messages.at(-1);
  return thread.atEnd || last === undefined ? undefined : { position: last.position, hidden: 0 };
}
