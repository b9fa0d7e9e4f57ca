/**
 * The line editor: several lines, Emacs keys, what was cut, and undo. Pure.
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
  /** What the last key did, when the next one goes on with it: a word is undone as one, and cuts are put back together. */
  readonly doing?: "typing" | "deleting" | "cutting";
  /** What it was before each change, the latest last. */
  readonly past?: readonly Past[];
}

/** A text as it was. */
export type Past = Pick<Editor, "text" | "at">;

/** Nothing written. */
export const EMPTY: Editor = { text: "", at: 0 };

/** Longest text: a frame holds 65,536 bytes. What fits a message beside its id is less (draft_room.ts). */
const MAX_CHARS = 65_536;

/** Changes that can be undone, and characters of all the texts before them: a long draft is kept some times only. */
const MAX_PAST = 200;
const MAX_PAST_CHARS = 1 << 20;

/** A text with the cursor at its end. */
export const editing = (text: string): Editor => ({ text, at: text.length });

/** Puts a text in at the cursor; what does not fit is left out. */
export function insert(editor: Editor, more: string, doing?: Editor["doing"]): Editor {
  const { text, at } = editor;
  const fits = more.slice(0, Math.max(0, MAX_CHARS - text.length)).toWellFormed();
  return changed(editor, { text: text.slice(0, at) + fits + text.slice(at), at: at + fits.length }, doing);
}

/** Puts a text in the place of what stands before the cursor. @param from  Where that begins. */
export function replacing(editor: Editor, from: number, by: string): Editor {
  const { text, at } = editor;
  return changed(editor, { text: text.slice(0, from) + by + text.slice(at), at: from + by.length });
}

/** Another text, as it came back from elsewhere; the one before can be had again. */
export const rewritten = (editor: Editor, text: string): Editor => changed(editor, editing(text));

/**
 * What a key does to the text.
 * @returns Undefined for a key that is none of the editor's.
 */
export function edit(editor: Editor, key: string): Editor | undefined {
  const action = ACTIONS[key];
  if (action) return action(editor);
  if (!/^\P{Cc}$/u.test(key)) return undefined;
  const typed = insert(editor, key, "typing");
  return /\s/u.test(key) ? move(typed, typed.at) : typed; // a blank ends what is undone as one
}

/** A text after a change; one that goes on with what the last key did is undone with that. */
const changed = (before: Editor, to: Past, doing?: Editor["doing"], cut = before.cut): Editor => ({
  ...{ text: to.text, at: to.at, cut, doing },
  past: to.text === before.text ? before.past : pastOf(before, doing),
});

function pastOf({ text, at, past = [], doing: before }: Editor, doing: Editor["doing"]): readonly Past[] {
  if (doing !== undefined && doing === before) return past;
  let left = MAX_PAST_CHARS - text.length;
  const known = past.slice(1 - MAX_PAST);
  return [...known.slice(known.findLastIndex((one) => (left -= one.text.length) < 0) + 1), { text, at }];
}

function undone(editor: Editor): Editor {
  const { past = [], cut } = editor;
  const before = past.at(-1);
  return before === undefined ? editor : { ...before, cut, past: past.slice(0, -1) };
}

/** The row and the start of the row that the cursor is in. */
function lineAt({ text, at }: Editor): { readonly row: number; readonly start: number } {
  const before = text.slice(0, at);
  return { row: before.split("\n").length - 1, start: before.lastIndexOf("\n") + 1 };
}

const move = ({ doing: _, ...editor }: Editor, at: number): Editor => ({ ...editor, at });

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

/** @param keeps  Ctrl+Y brings it back: a word with those that were cut right before it, or a line's part alone. */
function remove(editor: Editor, to: number, keeps?: "word" | "line"): Editor {
  const { text, at, cut = "", doing } = editor;
  const [from, end] = to < at ? [to, at] : [at, to];
  const removed = text.slice(from, end);
  const next = { text: text.slice(0, from) + text.slice(end), at: from };
  if (keeps === undefined || removed === "") return changed(editor, next, "deleting");
  if (keeps === "line") return changed(editor, next, undefined, removed);
  const before = doing === "cutting" ? cut : "";
  return changed(editor, next, "cutting", to < at ? removed + before : before + removed);
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
  return changed(editor, { text: text.slice(0, start) + swapped + text.slice(end), at: end });
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
  "ctrl+w": (e) => remove(e, blankLeft(e), "word"),
  "alt+backspace": (e) => remove(e, wordLeft(e), "word"),
  "alt+d": (e) => remove(e, wordRight(e), "word"),
  "ctrl+u": (e) => remove(e, lineStart(e) === e.at ? 0 : lineStart(e), "line"),
  "alt+k": (e) => remove(e, lineEnd(e) === e.at ? right(e) : lineEnd(e), "line"),
  "ctrl+y": (e) => e.cut === undefined ? e : insert(e, e.cut),
  "ctrl+t": transpose,
  "ctrl+_": undone,
  "ctrl+/": undone,
};
