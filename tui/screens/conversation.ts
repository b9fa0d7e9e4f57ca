/**
 * The conversation: its messages and the box to write in.
 *
 * @module
 */
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { boxOf } from "../compose/compose.ts";
import { type Areas, PROMPT } from "../drawing/areas.ts";
import { viewport } from "../drawing/layout.ts";
import { type Row, rowText } from "../drawing/screen.ts";
import { clip, widthOf } from "../drawing/width.ts";
import { answersWords } from "../messages/answered.ts";
import { textRows } from "../messages/renderer.ts";
import { conversationOf, keyOf, openThread, threadOf } from "../state/model.ts";
import type { ConversationId, Model } from "../state/types.ts";
import { standsIn } from "../steps/standing.ts";

/** Rows of messages and draft, and the cursor in them. */
export function conversationRows(
  model: Model,
  { main: { width }, messages: height, compose }: Areas,
): { rows: Row[]; cursor?: { row: number; column: number } } {
  const opened = openThread(model);
  if (opened === undefined) {
    return { rows: textRows("Choose a conversation, or press n to begin one", width, "dim") };
  }
  const { thread } = opened;
  const shown = viewport(model, thread, width, height);
  const rows = [...shown.rows];
  if (thread.messages.length === 0 && thread.unsent.length === 0) {
    const isOpen = standsIn(model, keyOf(opened.id)) === undefined;
    const text = thread.loading
      ? "…"
      : isOpen
      ? "No messages yet: write below and press Enter"
      : "No messages yet";
    const told = textRows(text, width, "dim").slice(-rows.length);
    rows.splice(rows.length - told.length, told.length, ...told);
  }
  const below = shown.isEnd ? undefined : belowWords(model, opened.id, shown.seenTo);
  if (below !== undefined) rows[rows.length - 1] = withRight(rows.at(-1)!, below, width);
  const answers = answersWords(model, opened.id);
  if (answers !== undefined) rows.push([{ text: clip(`↳ ${answers}`, width), style: "quote" }]);
  const top = rows.length;
  const room = Math.max(1, compose - (answers === undefined ? 0 : 1));
  const box = boxOf(thread.draft, Math.max(2, width - PROMPT.length), room);
  for (const [i, text] of box.rows.entries()) {
    rows.push([{ text: i === 0 ? PROMPT : "  ", style: model.focus === "compose" ? "title" : "dim" }, {
      text,
    }]);
  }
  const cursor = { row: top + box.cursor.row, column: PROMPT.length + box.cursor.column };
  return { rows, cursor: model.focus === "compose" ? cursor : undefined };
}

/**
 * What is further down and not read, or came while the eye was further up; undefined: nothing.
 * @param seenTo  The last message on the screen: it may be marked as read with the next key only.
 */
function belowWords(
  model: Model,
  id: ConversationId,
  seenTo: number,
): readonly [short: string, long: string] | undefined {
  const { below, messages, readTo } = threadOf(model, id);
  const { unread = 0 } = conversationOf(model, id) ?? {};
  const isSeen = ({ outgoing, position }: MessageView): boolean =>
    !outgoing && position > readTo && position <= seenTo;
  const behind = unread === 0 ? 0 : unread - messages.filter(isSeen).length;
  const count = Math.max(below, behind);
  if (count === 0) return undefined;
  const words = `↓ ${count} ${behind > below ? "unread" : "new"} below`;
  return [words, `${words} · Ctrl+End goes there`];
}

/** A row with words at its right edge, before which it gives way. */
function withRight(row: Row, [short, long]: readonly [string, string], width: number): Row {
  const text = clip(widthOf(long) * 2 <= width ? long : short, width);
  let left = Math.max(0, width - widthOf(text) - 1);
  const shown = row.map((span): Row[number] => {
    const part = clip(span.text, left);
    left -= widthOf(part);
    return { ...span, text: part };
  });
  const gap = width - widthOf(rowText(shown)) - widthOf(text);
  return [...shown, { text: " ".repeat(Math.max(0, gap)) }, { text, style: "unread" }];
}
