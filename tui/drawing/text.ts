/**
 * Peers' text for a screen: nothing in it moves the cursor, sets a colour, turns the direction or piles marks over
 * the rows above. Emoji sequences and the joiners that some scripts are spelt with stay as they are.
 *
 * @see lib/wire/escape.ts
 * @module
 */
import { printable } from "../../lib/wire/escape.ts";
import { graphemes } from "./width.ts";

/** Marks on one letter; no language needs more, and more of them climb over other rows. */
const MAX_MARKS = 4;
/** Columns of a tab. */
const TAB = "    ";

const ASCII = /^[\x20-\x7e]*$/;
const JOINED =
  /^(?!\p{Cf})[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Malayalam}\p{Script=Sinhala}][\p{M}\p{L}\u200c\u200d]{1,6}$/u;
const MARKS = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, "gu");
/** Letters that are written from right to left. */
const RTL =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** One line of a text; a newline in it is written out. */
export function cleanLine(text: string): string {
  if (ASCII.test(text)) return text;
  return graphemes(text.replaceAll("\t", TAB)).map(cleanGrapheme).join("");
}

/** Characters of a text that are looked at for one line of a list: no terminal shows more, and a long paste costs 40 ms. */
const LINE_CHARS = 2048;

/** The beginning of a text as one line of a list, with a blank for newlines and several blanks. */
export const oneLine = (text: string): string =>
  cleanLine(text.trim().slice(0, LINE_CHARS).replace(/\s+/g, " "));

/** A text as lines, each as {@link cleanLine} gives it. */
export const cleanLines = (text: string): string[] => text.replace(/\r\n?/g, "\n").split("\n").map(cleanLine);

/** Whether a terminal may turn a text around: such a text is drawn isolated. */
export const isRightToLeft = (text: string): boolean => !ASCII.test(text) && RTL.test(text);

function cleanGrapheme(grapheme: string): string {
  if (ASCII.test(grapheme)) return grapheme;
  const seen = printable(grapheme).replace(MARKS, "$1");
  if (seen !== grapheme && JOINED.test(grapheme)) return grapheme;
  return /^\p{M}/u.test(seen) ? ` ${seen}` : seen;
}

/** A text for the clipboard: its lines and tabs as they are, without what a terminal that it is pasted into would obey. */
export const pasteable = (text: string): string =>
  text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]/gu, "");

/** A sentence of words that begin small. */
export const capital = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1);
