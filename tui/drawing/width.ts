/**
 * How many columns a text takes, and texts cut, filled and wrapped to a width. A character as people see it (a
 * grapheme) is never cut; where terminals disagree about its width the screen sets the cursor anew behind it.
 *
 * @module
 */
import { eastAsianWidth } from "get-east-asian-width";

const ASCII = /^[\x20-\x7e]*$/;
/**
 * The beginning of what people see as an emoji. `\p{RGI_Emoji}` says the same, but costs every start tens of milliseconds
 * and some MiB: it is a list of thousands of sequences.
 */
const EMOJI =
  /^(?:(?!\p{RI})\p{Emoji_Presentation}|(?![#*0-9]|\p{RI})\p{Emoji}\ufe0f|[#*0-9]\ufe0f\u20e3|\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|\p{RI}\p{RI})/u;
/**
 * Letters, signs and lines that stay apart whatever stands beside them: no mark, joiner, selector, jamo or flag. What is
 * made of these alone needs no segmenter, which takes long to make.
 */
const APART =
  /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u0384-\u0482\u048a-\u0556\u2010-\u2027\u2030-\u205e\u20a0-\u20c0\u2190-\u2bff\u3001-\u3029\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]*$/;
const NO_WIDTH = /^[\p{M}\p{Cf}]$/u;
let segmenter: Intl.Segmenter | undefined;

/** The characters of a text as people see them. */
export function graphemes(text: string): string[] {
  if (APART.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/**
 * Columns of one grapheme.
 * @returns 0 for a mark or a format character alone, else 1 or 2.
 */
export function graphemeWidth(grapheme: string): 0 | 1 | 2 {
  if (grapheme.length === 1 && grapheme >= " " && grapheme <= "~") return 1;
  if (NO_WIDTH.test(grapheme)) return 0;
  if (EMOJI.test(grapheme)) return 2;
  return eastAsianWidth(grapheme.codePointAt(0)!) === 2 ? 2 : 1;
}

/** Whether terminals draw it with different widths: emoji and clusters of several characters. */
export const isRisky = (grapheme: string): boolean =>
  !ASCII.test(grapheme) && (grapheme.length > 2 || EMOJI.test(grapheme) || [...grapheme].length > 1);

/** Columns of a text without control characters. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemes(text)) width += graphemeWidth(grapheme);
  return width;
}

/** Longest quote of an answer in a group. */
export const PREVIEW_COLUMNS = 80;

/**
 * As much of a text as fits.
 * @param width  Columns, 0 or more; a text that is longer ends in `…`.
 */
export function clip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return "";
  let out = "";
  let taken = 0;
  for (const grapheme of graphemes(text)) {
    const columns = graphemeWidth(grapheme);
    if (taken + columns > width - 1) break;
    out += grapheme;
    taken += columns;
  }
  return `${out}…`;
}

/** A text cut or filled with spaces to exactly `width` columns. */
export function fit(text: string, width: number): string {
  const clipped = clip(text, width);
  return clipped + " ".repeat(Math.max(0, width - widthOf(clipped)));
}

/**
 * A text in rows of at most `width` columns, broken at spaces where that can be.
 * @param text  Without control characters; its newlines have been taken out.
 * @param width  Columns; less than 2 counts as 2, so that a wide character fits.
 * @returns At least one row.
 */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(2, width);
  if (widthOf(text) <= room) return [text];
  const rows: string[] = [];
  let row: string[] = [];
  let columns = 0;
  let space = -1;
  const end = (at: number): void => {
    // Spaces alone: other white space is part of what was written.
    rows.push(row.slice(0, at).join("").replace(/ +$/, ""));
    row = row.slice(at);
    while (row[0] === " ") row.shift();
    columns = row.reduce((sum, one) => sum + graphemeWidth(one), 0);
    space = row.lastIndexOf(" ");
  };
  for (const grapheme of graphemes(text)) {
    const wide = graphemeWidth(grapheme);
    if (columns + wide > room) {
      if (grapheme === " ") {
        end(row.length);
        continue;
      }
      end(space > 0 ? space + 1 : row.length);
      if (columns + wide > room) end(row.length);
    }
    if (grapheme === " ") space = row.length;
    row.push(grapheme);
    columns += wide;
  }
  rows.push(row.join(""));
  return rows;
}

/**
 * The same in so many rows at most: the last one holds all that is left, as far as it has room.
 * @param most  Rows, 1 or more.
 */
export function wrapAtMost(text: string, width: number, most: number): string[] {
  const all = wrap(text, width);
  return all.length <= most ? all : [...all.slice(0, most - 1), clip(all.slice(most - 1).join(" "), width)];
}
