/**
 * The picker: who has written when, how much of it is unread, and its last line.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { boxOf } from "../compose/compose.ts";
import type { Row } from "../drawing/screen.ts";
import { cleanLine, oneLine } from "../drawing/text.ts";
import { msOf, shortTimeOf } from "../drawing/time.ts";
import { clip, fit, widthOf } from "../drawing/width.ts";
import { lineIn } from "../messages/mod.ts";
import { textRows } from "../messages/renderer.ts";
import { askingIn, asksToPair, hasName, listed, nameOf, selectedOf, shortKey } from "../state/model.ts";
import type { Conversation, ConversationId, Model } from "../state/types.ts";
import { standsIn } from "../steps/standing.ts";

/** From this width on names have a column of their own; on less the last line has what a name leaves. */
const PREVIEW_FROM = 56;
/** Columns of a name beside a last line. */
const NAME_COLUMNS = 20;
/** Columns of what bots say of a conversation. */
export const SUMMARY_COLUMNS = 20;
/** Less of a last line says nothing. */
const MIN_PREVIEW = 6;

/** The picker's rows and its cursor. */
export function pickerRows(
  model: Model,
  width: number,
  height: number,
): { rows: Row[]; cursor?: { row: number; column: number } } {
  const rows: Row[] = [];
  let cursor: { row: number; column: number } | undefined;
  const { filter } = model.picker;
  if (filter !== undefined) {
    const box = boxOf(filter, Math.max(2, width - 9), 1);
    rows.push([{ text: "filter: ", style: "dim" }, { text: box.rows[0] }]);
    cursor = { row: 0, column: 8 + box.cursor.column };
  }
  const all = listed(model);
  if (all.length === 0 && filter === undefined && !model.isListed) {
    rows.push([{ text: clip("One moment …", width), style: "dim" }]);
  } else if (all.length === 0) {
    const text = filter === undefined ? "Nobody yet: n begins a conversation" : "Nobody matches";
    rows.push([{ text: clip(text, width), style: "dim" }]);
    if (filter === undefined) rows.push(...ownKeyRows(model, width));
  }
  const chosen = selectedOf(model);
  for (const one of shownIn(model, height - rows.length)) {
    rows.push(rowOf(model, one, one.id === chosen, width));
  }
  while (rows.length < height) rows.push([]);
  return { rows: rows.slice(0, height), cursor: model.focus === "picker" ? cursor : undefined };
}

/** The conversations that have room. */
function shownIn(model: Model, room: number): Conversation[] {
  const from = firstOf(model, room);
  return listed(model).slice(from, from + Math.max(1, room));
}

/**
 * The row of the list that is at the top: the chosen one is in the middle, or where the mouse has left it. Who writes may
 * look elsewhere in the list, who chooses there sees what is chosen.
 */
function firstOf(model: Model, height: number): number {
  const all = listed(model);
  const room = Math.max(1, height);
  const chosen = selectedOf(model);
  const at = Math.max(0, all.findIndex(({ id }) => id === chosen));
  const { from = at - Math.floor(room / 2) } = model.picker;
  const near = model.focus === "picker" ? Math.max(at - room + 1, Math.min(from, at)) : from;
  return Math.max(0, Math.min(near, all.length - room));
}

const filterRows = ({ picker }: Model): number => picker.filter === undefined ? 0 : 1;

/** Which row of the list is the first on the screen, from 0. @param height  Rows of the picker. */
export const firstShown = (model: Model, height: number): number =>
  firstOf(model, height - filterRows(model));

/** Which conversation stands in a row of the picker; undefined: none. @param row  From 0, as {@link pickerRows} has it. */
export function conversationAt(model: Model, height: number, row: number): ConversationId | undefined {
  const above = filterRows(model);
  return shownIn(model, height - above)[row - above]?.id;
}

/** Whoever is new gives it to others, and needs the whole of it. */
const ownKeyRows = ({ own }: Model, width: number): Row[] => [
  [],
  [{ text: clip("Others reach you by your key (/my-key copies it):", width), style: "dim" }],
  ...textRows(own, width),
];

function rowOf(model: Model, one: Conversation, isChosen: boolean, width: number): Row {
  const time = one.lastTs === undefined ? "" : shortTimeOf(model, msOf(one.lastTs));
  const unread = one.unread === 0 ? "" : one.unread > 999 ? "999+" : `${one.unread}`;
  const room = Math.max(4, width - 2 - 5 - 1 - 8);
  const isBlocked = model.peers.get(one.key)?.blocked ?? false;
  const name = `${nameOf(model, one.id)}${asideOf(model, one)}`;
  const nameWidth = width >= PREVIEW_FROM ? NAME_COLUMNS : Math.min(room, widthOf(name));
  const summary = one.summary === undefined ? "" : `${clip(cleanLine(one.summary), SUMMARY_COLUMNS)} · `;
  const hasPreview = room - nameWidth > MIN_PREVIEW;
  const preview = hasPreview ? clip(summary + lastLine(model, one), room - nameWidth - 1) : "";
  const left = `${fit(name, nameWidth)}${hasPreview ? ` ${preview}` : ""}`;
  return [
    { text: isChosen ? "▸ " : "  ", style: "title" },
    { text: fit(name, nameWidth), style: isChosen ? "selected" : isBlocked ? "dim" : "plain" },
    ...(hasPreview ? [{ text: ` ${preview}`, style: "dim" as const }] : []),
    { text: " ".repeat(Math.max(0, room - widthOf(left))) },
    { text: unread.padStart(5), style: "unread" },
    { text: ` ${time.padStart(8)}`, style: "dim" },
  ];
}

/** What matters most about it beside its name. */
function asideOf(model: Model, { id, key, paired }: Conversation): string {
  const asking = askingIn(model, key);
  if (asking > 0) return ` (${asking} ask${asking === 1 ? "s" : ""})`;
  if (asksToPair(model, key)) return " (pair?)";
  if (model.peers.get(key)?.blocked) return " (blocked)";
  const stands = standsIn(model, key);
  if (stands !== undefined) return ` (${stands})`;
  if (model.levels[id] === "none") return " (quiet)";
  if (model.levels[id] === "mentions") return " (@)";
  return paired ? " (paired)" : "";
}

/** No key of ours opens it: a line without a word would be taken for a fault. */
const isSealed = ({ reason, text }: Pick<MessageView, "reason" | "text">): boolean =>
  reason === "sealed" && text === "";

/** What was begun and not sent, as one line; where it is being written the box shows it. */
export const draftOf = ({ focus, open, threads }: Model, id: ConversationId): string =>
  open === id && focus !== "picker" ? "" : oneLine(threads[id]?.draft.text ?? "");

function lastLine(model: Model, { id, key, preview, lastTs }: Conversation): string {
  const draft = draftOf(model, id);
  if (draft !== "") return `draft: ${draft}`;
  if (lastTs === undefined) return hasName(model, id) ? shortKey(key) : "";
  if (preview === undefined) return "";
  const text = preview.state === "deleted"
    ? "(deleted)"
    : isSealed(preview)
    ? "(sealed)"
    : lineIn(model, preview as MessageView);
  return `${preview.outgoing ? "you: " : ""}${text}`;
}
