/**
 * What a terminal shows, as rows of styled text, and the fewest bytes that turn one picture into the next: changed
 * cells only, rows that moved by scrolling a region, no clearing after the first picture.
 *
 * @module
 */
import { type Depth, sequenceOf, type Style, type Theme } from "./style.ts";
import { isRightToLeft } from "./text.ts";
import { graphemes, graphemeWidth, isRisky } from "./width.ts";

/** A piece of a row. Its text has no control character in it (see text.ts). */
export interface Span {
  /** What is written. */
  readonly text: string;
  /** How it looks; plain by default. */
  readonly style?: Style;
  /** Where it leads (OSC 8). */
  readonly link?: string;
}

/** A row from the left edge; what is longer than the screen is cut. */
export type Row = readonly Span[];

/** A whole picture. */
export interface Frame {
  /** From the top; rows that are missing are empty. */
  readonly rows: readonly Row[];
  /** Where the cursor stands; hidden when undefined. Both count from 0. */
  readonly cursor?: { readonly row: number; readonly column: number };
}

interface Cell {
  readonly text: string;
  readonly style: Style;
  readonly link: string;
}

/** A picture so far away from the old one that the cursor must not be seen on its way. */
const MANY_ROWS = 3;
/** Equal cells between two changed ones that are cheaper to write again than to jump over. */
const GAP = 8;
/** Rows that one scroll may move at most. */
const MAX_SCROLL = 12;

/**
 * Before and behind a right-to-left text: what stands beside it keeps its place. The isolates of Unicode would be
 * the better pair, but some terminals give them a column.
 */
const LEFT_TO_RIGHT = "\u200e";

const BLANK: Cell = { text: " ", style: "plain", link: "" };
const HELD: Cell = { text: "", style: "plain", link: "" };

/** The text of a row. */
export const rowText = (row: Row): string => row.map(({ text }) => text).join("");

/** What the terminal shows now. */
export class Screen {
  #columns: number;
  #rows: number;
  #shown: { key: string; cells: Cell[] }[] = [];
  #cursor: { row: number; column: number } | undefined;
  #visible = true;
  #fresh = true;
  readonly #depth: Depth;
  #theme: Theme;

  /** An empty screen whose first picture begins with a clear. */
  constructor(columns: number, rows: number, depth: Depth, theme: Theme) {
    this.#columns = columns;
    this.#rows = rows;
    this.#depth = depth;
    this.#theme = theme;
  }

  /** The terminal has another size; all of it is written with the next picture. */
  resize(columns: number, rows: number): void {
    this.#columns = columns;
    this.#rows = rows;
    this.redraw();
  }

  /** The terminal has another background; all of it is written with the next picture. */
  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.redraw();
  }

  /** Something else may have written to the terminal: all of it is written with the next picture. */
  redraw(): void {
    this.#shown = [];
    this.#cursor = undefined;
  }

  /** The bytes, as text, that show a picture. Empty when it is there already. */
  paint(frame: Frame): string {
    const next = Array.from({ length: this.#rows }, (_, row) => frame.rows[row] ?? []);
    const keys = next.map(keyOf);
    let out = this.#fresh ? "\x1b[m\x1b[2J" : "";
    if (this.#fresh) this.#cursor = undefined;
    out += this.#scroll(keys);
    let changed = 0;
    let body = "";
    for (const [row, spans] of next.entries()) {
      if (this.#shown[row]?.key === keys[row]) continue;
      const cells = this.#cellsOf(spans);
      body += this.#paintRow(row, this.#shown[row]?.cells, cells, spans);
      this.#shown[row] = { key: keys[row], cells };
      changed++;
    }
    const before = this.#visible;
    const hides = changed > MANY_ROWS && before;
    if (hides || (frame.cursor === undefined && before)) {
      out = `\x1b[?25l${out}`;
      this.#visible = false;
    }
    out += body;
    if (frame.cursor !== undefined) out += this.#moveTo(frame.cursor.row, frame.cursor.column);
    if (frame.cursor !== undefined && !this.#visible) {
      out += "\x1b[?25h";
      this.#visible = true;
    }
    this.#fresh = false;
    // Terminals that know it hold the picture back until it is whole.
    return changed > MANY_ROWS ? `\x1b[?2026h${out}\x1b[?2026l` : out;
  }

  /** Moves rows that only changed their place. */
  #scroll(keys: readonly string[]): string {
    let best = { gain: 2, by: 0, top: 0, length: 0 };
    for (let by = -MAX_SCROLL; by <= MAX_SCROLL; by++) {
      if (by === 0) continue;
      let length = 0;
      let gain = 0;
      for (let row = 0; row <= keys.length; row++) {
        const from = this.#shown[row + by];
        if (row < keys.length && from !== undefined && from.key === keys[row]) {
          length++;
          if (from.key !== "" && this.#shown[row]?.key !== keys[row]) gain++;
          continue;
        }
        if (gain > best.gain) best = { gain, by, top: row - length, length };
        length = gain = 0;
      }
    }
    const { by, top, length } = best;
    if (by === 0) return "";
    const first = Math.min(top, top + by);
    const last = Math.max(top, top + by) + length - 1;
    const region = this.#shown.slice(first, last + 1);
    const empty = Array.from({ length: Math.abs(by) }, () => ({ key: "", cells: this.#cellsOf([]) }));
    const moved = by > 0 ? [...region.slice(by), ...empty] : [...empty, ...region.slice(0, by)];
    this.#shown.splice(first, moved.length, ...moved);
    this.#cursor = undefined; // setting the region moves it
    return `\x1b[${first + 1};${last + 1}r\x1b[${Math.abs(by)}${by > 0 ? "S" : "T"}\x1b[r`;
  }

  #paintRow(row: number, old: readonly Cell[] | undefined, cells: readonly Cell[], spans: Row): string {
    const filled = filledTo(cells);
    const turned = spans.some(({ text }) => isRightToLeft(text));
    const wasTurned = old?.some(({ text }) => isRightToLeft(text)) ?? false;
    if (old === undefined || turned || wasTurned) {
      return this.#write(row, 0, cells, filled) + this.#erase(row, filled);
    }
    let out = "";
    const oldFilled = filledTo(old);
    for (let at = 0; at < filled;) {
      if (isSame(old[at], cells[at])) {
        at++;
        continue;
      }
      let end = at + 1;
      for (let same = 0, look = end; look < filled && same < GAP; look++) {
        same = isSame(old[look], cells[look]) ? same + 1 : 0;
        if (same === 0) end = look + 1;
      }
      while (at > 0 && cells[at].text === "") at--;
      while (end < filled && cells[end].text === "") end++;
      out += this.#write(row, at, cells, end);
      at = end;
    }
    return oldFilled > filled ? out + this.#erase(row, filled) : out;
  }

  /** Writes cells from one column up to another; begins and ends without a style. */
  #write(row: number, from: number, cells: readonly Cell[], to: number): string {
    let out = from < to ? this.#moveTo(row, from) : "";
    let style: Style = "plain";
    let link = "";
    let turned = false;
    let isBehindLetter = false;
    for (let at = from; at < to; at++) {
      const cell = cells[at];
      if (cell.text === "") continue;
      const begins: boolean = !turned && isRightToLeft(cell.text);
      const ends: boolean = turned && cell.style !== style;
      // A sequence between a letter and the mark that belongs to it would give the mark a cell on some terminals.
      if ((begins || ends) && isBehindLetter) out += LEFT_TO_RIGHT;
      turned = begins || (turned && !ends);
      if (cell.link !== link) out += `\x1b]8;;${cell.link}\x1b\\`;
      if (cell.style !== style) out += sequenceOf(cell.style, this.#depth, this.#theme);
      ({ link, style } = cell);
      out += cell.text;
      isBehindLetter = !isRisky(cell.text);
      if (!isBehindLetter) out += `\x1b[${at + 1 + (cells[at + 1]?.text === "" ? 2 : 1)}G`;
    }
    if (turned && isBehindLetter) out += LEFT_TO_RIGHT;
    if (link !== "") out += "\x1b]8;;\x1b\\";
    if (style !== "plain") out += "\x1b[m";
    // Behind the last column terminals differ about where the cursor is.
    if (from < to) this.#cursor = to < this.#columns ? { row, column: to } : undefined;
    return out;
  }

  #erase(row: number, from: number): string {
    return from >= this.#columns ? "" : `${this.#moveTo(row, from)}\x1b[K`;
  }

  #moveTo(row: number, column: number): string {
    const at = this.#cursor;
    this.#cursor = { row, column };
    if (at?.row === row && at.column === column) return "";
    if (at?.row === row) return column === 0 ? "\r" : `\x1b[${column + 1}G`;
    return `\x1b[${row + 1};${column + 1}H`;
  }

  #cellsOf(spans: Row): Cell[] {
    const cells: Cell[] = [];
    for (const { text, style = "plain", link = "" } of spans) {
      for (const grapheme of graphemes(text)) {
        const width = graphemeWidth(grapheme);
        if (width === 0 || cells.length + width > this.#columns) continue;
        cells.push({ text: grapheme, style, link });
        if (width === 2) cells.push(HELD);
      }
    }
    while (cells.length < this.#columns) cells.push(BLANK);
    return cells;
  }
}

const isSame = (a: Cell, b: Cell): boolean => a.text === b.text && a.style === b.style && a.link === b.link;

/** The column behind the last cell that is not blank. */
function filledTo(cells: readonly Cell[]): number {
  let end = cells.length;
  while (end > 0 && isSame(cells[end - 1], BLANK)) end--;
  return end;
}

/** Equal for rows that look the same; empty for an empty row. */
const keyOf = (row: Row): string =>
  row.length === 0 ? "" : row.map(({ text, style = "plain", link = "" }) => `${style}\x00${link}\x00${text}`)
    .join("\x01");
