/**
 * What an overlay is: a line to type into, lines to read, rows to choose from. The stack's top one sees keys first.
 * The linear mode tells the same items as numbered lines.
 *
 * @module
 */
import { boxOf } from "../compose/compose.ts";
import { edit, insert } from "../compose/editor.ts";
import { areasOf } from "../drawing/areas.ts";
import { type Row, rowText } from "../drawing/screen.ts";
import type { Style } from "../drawing/style.ts";
import { clip, fit, widthOf } from "../drawing/width.ts";
import { pop, step, withTop } from "../state/model.ts";
import type { Model, Overlay, Step } from "../state/types.ts";
import type { Turn } from "../steps/windows.ts";

/** A row that can be chosen. */
export interface Item {
  /** What its overlay knows it by. */
  readonly id: string;
  /** One row, cleaned. */
  readonly text: string;
  /** How it looks. */
  readonly style?: Style;
}

/** Items of a page. */
const PAGE_ITEMS = 10;

/** What differs from one overlay to the next. */
export interface OverlayParts {
  /** Its file's name. */
  readonly name: string;
  /** The command that opens it. */
  readonly opensOn: string;
  /** The row at its top. */
  title(model: Model, overlay: Overlay): string;
  /** Whether what it shows changes with time alone: it is drawn again now and then. */
  readonly ages?: true;
  /** Its keys, for the row at the bottom. */
  readonly hint: string;
  /** Whether what is typed goes into a line; else letters may be keys, and digits choose the rows that begin with them. */
  readonly prompt?: string;
  /** What is typed changes nothing about the items: the chosen one stays chosen. */
  readonly keepsRow?: true;
  /** Lines to read, above the items. */
  lines?(model: Model, overlay: Overlay, width: number): readonly Row[];
  /** What is said instead of {@link OverlayParts.lines} where nothing is drawn; of what changes only the new lines. */
  spoken?(model: Model, overlay: Overlay): readonly string[];
  /** What can be chosen. */
  items?(model: Model, overlay: Overlay): readonly Item[];
  /** Asks for items before or behind those; undefined: there are none. */
  turn?(model: Model, overlay: Overlay, to: Turn): Step | undefined;
  /** Enter, on an item or on what was typed. The overlay is still on the stack. */
  choose?(model: Model, overlay: Overlay, item: Item | undefined): Step;
  /** After the line has changed. */
  typed?(model: Model, overlay: Overlay): Step;
  /** Esc has closed it: what becomes of what was typed. */
  left?(model: Model, overlay: Overlay): Model;
  /** Other keys. */
  readonly keys?: Readonly<Record<string, (model: Model, overlay: Overlay, item: Item | undefined) => Step>>;
}

/** An overlay. */
export interface OverlayKind extends OverlayParts {
  /** A key or a paste; undefined for a key that is none of its own. */
  update(model: Model, overlay: Overlay, input: { key?: string; paste?: string }): Step | undefined;
  /** The rows, at most `height`, and the cursor when it has a line. */
  view(model: Model, overlay: Overlay, width: number, height: number): {
    rows: Row[];
    cursor?: { row: number; column: number };
  };
}

/** Makes an overlay of its parts. */
export function overlayOf(given: OverlayParts): OverlayKind {
  const { turn } = given;
  const to = (way: Turn) => (model: Model, top: Overlay): Step => turn?.(model, top, way) ?? step(model);
  const keys = turn === undefined ? given.keys : { ...given.keys, "<": to("before"), ">": to("after") };
  const parts = { ...given, ...(keys && { keys }) };
  return {
    ...parts,
    update: (model, top, input) => update(parts, model, top, input),
    view: (...args) => view(parts, ...args),
  };
}

function update(
  parts: OverlayParts,
  model: Model,
  top: Overlay,
  { key, paste }: { key?: string; paste?: string },
): Step | undefined {
  const items = parts.items?.(model, top) ?? [];
  const at = Math.max(0, Math.min(items.length - 1, top.at));
  const room = roomOf(parts, model);
  const last = limit(parts, model, top, room);
  const moved = (to: number): Step =>
    (to < 0 || to > last ? parts.turn?.(model, top, to < 0 ? "before" : "after") : undefined) ??
      step(withTop(model, { at: Math.max(0, Math.min(last, to)) }));
  if (paste !== undefined) {
    if (parts.prompt === undefined) return step(model);
    return changed(
      parts,
      withTop(model, {
        input: insert(top.input, paste.replaceAll("\n", " ").trim()),
        at: parts.keepsRow ? at : 0,
      }),
    );
  }
  if (key === undefined) return undefined;
  if (key === "esc") return step(parts.left?.(pop(model), top) ?? pop(model));
  if (key === "up" || key === "ctrl+p") return moved((items.length === 0 ? Math.min(last, top.at) : at) - 1);
  if (key === "down") return moved((items.length === 0 ? top.at : at) + 1);
  // Of what is read one row stays, to go on at.
  const page = items.length > 0 ? PAGE_ITEMS : Math.max(1, room - 1);
  if (key === "pageup") return moved((items.length === 0 ? Math.min(last, top.at) : at) - page);
  if (key === "pagedown") return moved((items.length === 0 ? top.at : at) + page);
  if (parts.prompt === undefined && (key === "home" || key === "end")) {
    return parts.turn?.(model, top, key === "home" ? "first" : "last") ??
      step(withTop(model, { at: key === "home" ? 0 : last }));
  }
  if (key === "enter") return parts.choose?.(model, top, items[at]) ?? step(pop(model));
  const own = parts.keys?.[key];
  if (own) return own(model, top, items[at]);
  if (parts.prompt === undefined) {
    if (key === "q") return step(pop(model));
    const digit = /^[1-9]$/.test(key) ? items.find(({ text }) => text.startsWith(`${key}  `)) : undefined;
    return digit === undefined ? undefined : parts.choose?.(model, top, digit);
  }
  const input = edit(top.input, key);
  return input && changed(parts, withTop(model, { input, at: parts.keepsRow ? at : 0 }));
}

/** Rows below the title and the line that is typed into. */
const roomOf = ({ prompt }: OverlayParts, model: Model): number =>
  Math.max(1, areasOf(model).body - (prompt === undefined ? 1 : 2));

/** The last place of the cursor, or of the first line that is shown: the last one stands at the bottom then. */
function limit({ items, lines }: OverlayParts, model: Model, top: Overlay, room: number): number {
  const count = items?.(model, top).length ?? 0;
  if (count > 0) return count - 1;
  return Math.max(0, (lines?.(model, top, areasOf(model).main.width).length ?? 0) - room);
}

const changed = ({ typed }: OverlayParts, model: Model): Step =>
  typed?.(model, model.overlays.at(-1)!) ?? step(model);

function view(
  parts: OverlayParts,
  model: Model,
  top: Overlay,
  width: number,
  height: number,
): { rows: Row[]; cursor?: { row: number; column: number } } {
  const rows: Row[] = [[]];
  let cursor: { row: number; column: number } | undefined;
  if (parts.prompt !== undefined) {
    const box = boxOf(top.input, Math.max(2, width - widthOf(parts.prompt) - 1), 1);
    cursor = { row: rows.length, column: widthOf(parts.prompt) + box.cursor.column };
    rows.push([{ text: parts.prompt, style: "dim" }, { text: box.rows[0] }]);
  }
  const items = parts.items?.(model, top) ?? [];
  const lines = (parts.lines?.(model, top, width) ?? []).map((row) => clipRow(row, width));
  const room = Math.max(1, height - rows.length);
  let unseen: readonly [above: number, below: number];
  if (items.length === 0) {
    const from = Math.max(0, Math.min(top.at, lines.length - room));
    rows.push(...lines.slice(from, from + room));
    unseen = [from, lines.length - from - room];
  } else {
    rows.push(...lines.slice(0, Math.max(0, room - Math.min(items.length, 3))));
    const space = Math.max(1, height - rows.length);
    const at = Math.max(0, Math.min(items.length - 1, top.at));
    const from = Math.max(0, Math.min(at - space + 1, items.length - space));
    rows.push(...items.slice(from, from + space).map((item, i) => itemRow(item, from + i === at, width)));
    unseen = [from, items.length - from - space];
  }
  rows[0] = titleRow(parts.title(model, top), unseen, width);
  return {
    rows: rows.slice(0, height),
    cursor: cursor !== undefined && cursor.row < height ? cursor : undefined,
  };
}

/** The title, and at its right how many rows there are above those on the screen, and below. */
function titleRow(title: string, [above, below]: readonly [number, number], width: number): Row {
  const more = [above > 0 ? `↑${above}` : "", below > 0 ? `↓${below}` : ""].filter((one) => one !== "").join(
    " ",
  );
  if (more === "") return [{ text: clip(title, width), style: "title" }];
  const left = fit(title, Math.max(0, width - widthOf(more) - 1));
  return [{ text: left, style: "title" }, { text: ` ${more}`, style: "dim" }];
}

const itemRow = ({ text, style = "plain" }: Item, isChosen: boolean, width: number): Row => [
  { text: isChosen ? "▸ " : "  ", style: isChosen ? "title" : "plain" },
  { text: clip(text, width - 2), style: isChosen && style === "plain" ? "selected" : style },
];

/** A row that says that it is longer, where it is. */
function clipRow(row: Row, width: number): Row {
  if (widthOf(rowText(row)) <= width) return row;
  let left = width;
  return row.map(({ text, style }) => {
    const shown = clip(text, left);
    left -= widthOf(shown);
    return { text: shown, style };
  });
}
