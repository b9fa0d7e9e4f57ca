/**
 * The conversation: its messages and the box to write in.
 *
 * @module
 */
import { boxOf } from "../compose/compose.ts";
import { type Areas, PROMPT } from "../drawing/areas.ts";
import { viewport } from "../drawing/layout.ts";
import type { Row } from "../drawing/screen.ts";
import { clip, widthOf } from "../drawing/width.ts";
import { answersWords } from "../messages/answered.ts";
import { keyOf, openThread } from "../state/model.ts";
import type { Model } from "../state/types.ts";
import { standsIn } from "../steps/standing.ts";

/** Rows of messages and draft, and the cursor in them. */
export function conversationRows(
  model: Model,
  { main: { width }, messages: height, compose }: Areas,
): { rows: Row[]; cursor?: { row: number; column: number } } {
  const opened = openThread(model);
  if (opened === undefined) {
    return { rows: [[{ text: "Choose a conversation, or press n to begin one", style: "dim" }]] };
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
    rows[rows.length - 1] = [{ text: clip(text, width), style: "dim" }];
  }
  if (thread.anchor !== undefined && thread.below > 0) {
    rows[rows.length - 1] = belowRow(thread.below, width);
  }
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

/** Counts what came while the eye was further up. */
function belowRow(count: number, width: number): Row {
  const text = clip(`↓ ${count} new below · Ctrl+End goes there`, width);
  return [{ text: " ".repeat(Math.max(0, width - widthOf(text))) }, { text, style: "unread" }];
}
