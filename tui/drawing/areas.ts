/**
 * Which part of the screen belongs to what.
 *
 * @module
 */
import { boxOf } from "../compose/compose.ts";
import { isWide, openThread } from "../state/model.ts";
import type { Model } from "../state/types.ts";
import { wrapAtMost } from "./width.ts";

/** Columns of the picker beside a conversation. */
const PICKER_COLUMNS = 34;
/** The same where there is room for the last lines, too, and how much that is. */
const ROOMY = { picker: 60, from: 150 };
/** Before each row of a draft. */
export const PROMPT = "» ";
/** Most rows of a draft, if a third of the screen has them. */
const MAX_DRAFT_ROWS = 8;

/** Most rows of a notice, if a third of the screen has them. */
const MAX_NOTICE_ROWS = 4;

/** The parts, in cells. */
export interface Areas {
  /** Columns of the picker; 0 when it is not on the screen. */
  readonly picker: number;
  /** The first column of the conversation or an overlay, and how many; 0 when they are not there. */
  readonly main: { readonly left: number; readonly width: number };
  /** Rows between the title and the line at the bottom. */
  readonly body: number;
  /** Rows of messages. */
  readonly messages: number;
  /** Rows of the draft with what it answers. */
  readonly compose: number;
}

/** The parts of the screen as it is. */
export function areasOf(model: Model): Areas {
  const { columns, rows } = model.size;
  const body = Math.max(1, rows - 2);
  const opened = openThread(model);
  const hasMain = model.overlays.length > 0 ||
    (opened !== undefined && (isWide(model) || model.focus !== "picker"));
  const beside = columns >= ROOMY.from ? ROOMY.picker : PICKER_COLUMNS;
  const picker = isWide(model) ? beside : hasMain ? 0 : columns;
  const left = picker === 0 ? 0 : picker + 1;
  const main = isWide(model) || hasMain
    ? { left, width: Math.max(2, columns - left) }
    : { left: 0, width: 0 };
  if (opened === undefined || main.width === 0) return { picker, main, body, messages: 0, compose: 0 };
  const most = Math.max(1, Math.min(MAX_DRAFT_ROWS, Math.floor(rows / 3)));
  const draft = boxOf(opened.thread.draft, Math.max(2, main.width - PROMPT.length), most).rows.length;
  const compose = Math.min(body - 1, draft + (opened.thread.replyTo === undefined ? 0 : 1));
  return { picker, main, body, messages: Math.max(1, body - compose), compose };
}

/**
 * A notice as rows. What is longer than one lies over what is above it, so that nothing moves, until the next key takes it
 * away: how one goes on stands at its end.
 */
export function noticeRows({ notice, size: { columns, rows } }: Model): string[] {
  if (notice === undefined) return [];
  const most = Math.max(1, Math.min(MAX_NOTICE_ROWS, Math.floor(rows / 3)));
  return wrapAtMost(notice.text, columns, most);
}

/** Whether messages of the open conversation are on the screen, to the last of their rows. */
export const showsMessages = (model: Model): boolean =>
  model.open !== undefined && model.overlays.length === 0 && areasOf(model).main.width > 0 &&
  noticeRows(model).length < 2;
