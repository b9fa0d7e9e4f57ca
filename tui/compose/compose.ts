/**
 * The compose box: a draft as rows, with the cursor's place. Rows are cut where they are full, so that what is typed
 * moves nothing above it.
 *
 * @module
 */
import { cleanLine } from "../drawing/text.ts";
import { graphemes, widthOf } from "../drawing/width.ts";
import type { Editor } from "./editor.ts";

/** A draft on the screen. */
export interface Box {
  /** Each at most `width` columns. */
  readonly rows: readonly string[];
  /** The cursor's row and column. */
  readonly cursor: { readonly row: number; readonly column: number };
}

/**
 * The part of a draft that is around its cursor.
 * @param width  Columns of a row, 2 or more.
 * @param most  Rows.
 */
export function boxOf(editor: Editor, width: number, most: number): Box {
  const laid = last.get(editor);
  if (laid?.width === width && laid.most === most) return laid.box;
  const box = laidOut(editor, width, most);
  last.set(editor, { width, most, box });
  return box;
}

/** A draft is asked for by every event and changed by few keys: the last box of each. */
const last = new WeakMap<Editor, { readonly width: number; readonly most: number; readonly box: Box }>();

function laidOut({ text, at }: Editor, width: number, most: number): Box {
  const rows: string[] = [""];
  let columns = 0;
  let cursor = { row: 0, column: 0 };
  let index = 0;
  const next = (): void => {
    rows.push("");
    columns = 0;
  };
  for (const [number, line] of text.split("\n").entries()) {
    if (number > 0) {
      index++;
      next();
    }
    if (index === at) cursor = { row: rows.length - 1, column: columns };
    for (const grapheme of graphemes(line)) {
      const shown = cleanLine(grapheme);
      const wide = widthOf(shown);
      if (columns + wide > width) next();
      if (index === at) cursor = { row: rows.length - 1, column: columns };
      rows[rows.length - 1] += shown;
      columns += wide;
      index += grapheme.length;
      if (index === at) cursor = { row: rows.length - 1, column: columns };
    }
  }
  if (cursor.column >= width) {
    if (cursor.row === rows.length - 1) rows.push("");
    cursor = { row: cursor.row + 1, column: 0 };
  }
  const top = Math.max(0, Math.min(cursor.row - most + 1, rows.length - most));
  return { rows: rows.slice(top, top + most), cursor: { row: cursor.row - top, column: cursor.column } };
}
