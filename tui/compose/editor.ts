/**
 * The line editor: several lines, Emacs keys, a word of what was cut. Pure.
 *
 * @module
 */
import { graphemes } from "../drawing/width.ts";

/** A text that is being written. */
export interface Editor {
  /** Lines with `\n` between them. */
  readonly text: string;
  /** The cursor, in UTF-16 units; never within a character. */
  readonly at: number;
  /** What Ctrl+Y brings back. */
  readonly cut?: string;
}

/** Nothing written. */
export const EMPTY: Editor = { text: "", at: 0 };

/** Longest text: a frame holds 65,536 bytes. What fits a message beside its id is less (draft_room.ts). */
const MAX_CHARS = 65_536;

/** A text with the cursor at its end. */
export const editing = (text: string): Editor => ({ text, at: text.length });

/** Puts a text in at the cursor; what does not fit is left out. */
export function insert({ text, at, cut }: Editor, more: string): Editor {
  const fits = more.slice(0, Math.max(0, MAX_CHARS - text.length)).toWellFormed();
  return { text: text.slice(0, at) + fits + text.slice(at), at: at + fits.length, cut };
}

/**
 * What a key does to the text.
 * @returns Undefined for a key that is none of the editor's.
 */
export function edit(editor: Editor, key: string): Editor | undefined {
  const action = ACTIONS[key];
  if (action) return action(editor);
  return /^\P{Cc}$/u.test(key) ? insert(editor, key) : undefined;
}

/** The row and the start of the row that the cursor is in. */
export function lineAt({ text, at }: Editor): { readonly row: number; readonly start: number } {
  const before = text.slice(0, at);
  return { row: before.split("\n").length - 1, start: before.lastIndexOf("\n") + 1 };
}

const move = (editor: Editor, at: number): Editor => ({ ...editor, at });

const left = ({ text, at }: Editor): number =>
  at - (graphemes(text.slice(0, at).slice(-64)).at(-1)?.length ?? 0);
const right = ({ text, at }: Editor): number => at + (graphemes(text.slice(at, at + 64))[0]?.length ?? 0);

const lineStart = (editor: Editor): number => lineAt(editor).start;
function lineEnd({ text, at }: Editor): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

const wordLeft = ({ text, at }: Editor): number =>
  text.slice(0, at).replace(/[^\p{L}\p{N}]*$/u, "").replace(/[\p{L}\p{N}]+$/u, "").length;
const wordRight = ({ text, at }: Editor): number =>
  at + /^[^\p{L}\p{N}]*[\p{L}\p{N}]*/u.exec(text.slice(at))![0].length;
/** As Ctrl+W: up to the white space. */
const blankLeft = ({ text, at }: Editor): number => text.slice(0, at).replace(/\S*\s*$/, "").length;

function remove(editor: Editor, to: number, keeps = false): Editor {
  const { text, at, cut } = editor;
  const [from, end] = to < at ? [to, at] : [at, to];
  const removed = text.slice(from, end);
  return {
    text: text.slice(0, from) + text.slice(end),
    at: from,
    cut: keeps && removed !== "" ? removed : cut,
  };
}

function vertical(editor: Editor, by: 1 | -1): Editor | undefined {
  const { text, at } = editor;
  const start = lineStart(editor);
  const other = by < 0 ? start - 1 : lineEnd(editor) + 1;
  if (other < 0 || other > text.length) return undefined;
  const from = by < 0 ? text.lastIndexOf("\n", other - 1) + 1 : other;
  const to = lineEnd({ text, at: from });
  return move(editor, Math.min(from + (at - start), to));
}

function transpose(editor: Editor): Editor {
  const { text, at } = editor;
  const end = at === text.length || text[at] === "\n" ? at : right(editor);
  const middle = left({ text, at: end });
  const start = left({ text, at: middle });
  if (start === middle || text.slice(start, end).includes("\n")) return editor;
  const swapped = text.slice(middle, end) + text.slice(start, middle);
  return { ...editor, text: text.slice(0, start) + swapped + text.slice(end), at: end };
}

const ACTIONS: Readonly<Record<string, (editor: Editor) => Editor | undefined>> = {
  "left": (e) => move(e, left(e)),
  "ctrl+b": (e) => move(e, left(e)),
  "right": (e) => move(e, right(e)),
  "ctrl+f": (e) => move(e, right(e)),
  "home": (e) => move(e, lineStart(e)),
  "ctrl+a": (e) => move(e, lineStart(e)),
  "end": (e) => move(e, lineEnd(e)),
  "ctrl+e": (e) => move(e, lineEnd(e)),
  "alt+b": (e) => move(e, wordLeft(e)),
  "ctrl+left": (e) => move(e, wordLeft(e)),
  "alt+left": (e) => move(e, wordLeft(e)),
  "alt+f": (e) => move(e, wordRight(e)),
  "ctrl+right": (e) => move(e, wordRight(e)),
  "alt+right": (e) => move(e, wordRight(e)),
  "up": (e) => vertical(e, -1),
  "down": (e) => vertical(e, 1),
  "backspace": (e) => remove(e, left(e)),
  "ctrl+h": (e) => remove(e, left(e)),
  "shift+backspace": (e) => remove(e, left(e)),
  "delete": (e) => remove(e, right(e)),
  "ctrl+d": (e) => remove(e, right(e)),
  "ctrl+w": (e) => remove(e, blankLeft(e), true),
  "alt+backspace": (e) => remove(e, wordLeft(e), true),
  "alt+d": (e) => remove(e, wordRight(e), true),
  "ctrl+u": (e) => remove(e, lineStart(e) === e.at ? 0 : lineStart(e), true),
  "alt+k": (e) => remove(e, lineEnd(e) === e.at ? right(e) : lineEnd(e), true),
  "ctrl+y": (e) => e.cut === undefined ? e : insert(e, e.cut),
  "ctrl+t": transpose,
};
