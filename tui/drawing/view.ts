/**
 * The model as a picture: a row at the top, panes, a row at the bottom.
 *
 * @module
 */
import { OVERLAYS } from "../overlays/mod.ts";
import { bottomRows, topRow } from "../screens/bars.ts";
import { conversationRows } from "../screens/conversation.ts";
import { pickerRows } from "../screens/picker.ts";
import type { Model } from "../state/types.ts";
import { areasOf } from "./areas.ts";
import type { Frame, Row } from "./screen.ts";
import { rowText } from "./screen.ts";
import { widthOf } from "./width.ts";

/** The smallest screen that has room for a conversation. */
const MIN_COLUMNS = 20;
const MIN_ROWS = 4;

/** What the screen shows. */
export function view(model: Model): Frame {
  const { columns, rows: height } = model.size;
  if (columns < MIN_COLUMNS || height < MIN_ROWS) return { rows: [[{ text: "too small" }]] };
  const areas = areasOf(model);
  const left = areas.picker === 0 ? undefined : pickerRows(model, areas.picker, areas.body);
  const right = areas.main.width === 0 ? undefined : mainRows(model, areas);
  const body: Row[] = [];
  for (let row = 0; row < areas.body; row++) {
    if (left === undefined) body.push(right?.rows[row] ?? []);
    else if (right === undefined) body.push(left.rows[row] ?? []);
    else {
      body.push([
        ...padded(left.rows[row] ?? [], areas.picker),
        { text: "│", style: "dim" },
        ...(right.rows[row] ?? []),
      ]);
    }
  }
  const bottom = bottomRows(model, columns, OVERLAYS[model.overlays.at(-1)?.name ?? ""]);
  const rows = [topRow(model, columns), ...body.slice(0, areas.body + 1 - bottom.length), ...bottom];
  const inLeft = model.overlays.length === 0 ? left?.cursor : undefined;
  const found = inLeft ?? right?.cursor;
  if (found === undefined || found.row + 1 >= rows.length - bottom.length) return { rows };
  const offset = inLeft === undefined ? areas.main.left : 0;
  return { rows, cursor: { row: found.row + 1, column: Math.min(columns - 1, found.column + offset) } };
}

function mainRows(model: Model, areas: ReturnType<typeof areasOf>): ReturnType<typeof conversationRows> {
  const top = model.overlays.at(-1);
  if (top === undefined) return conversationRows(model, areas);
  return OVERLAYS[top.name].view(model, top, areas.main.width, areas.body);
}

const padded = (row: Row, width: number): Row => [
  ...row,
  { text: " ".repeat(Math.max(0, width - widthOf(rowText(row)))) },
];
