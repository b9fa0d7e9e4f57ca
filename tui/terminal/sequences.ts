/**
 * What is said to a terminal beside its picture: clipboard, notices, title. Texts are cleaned before they come here.
 *
 * @module
 */
import { utf8 } from "../../lib/wire/bytes.ts";

/** Longest text for the clipboard: terminals drop longer ones without a word. */
const MAX_COPY_BYTES = 74_994;

/** The part of the environment that says which terminal it is. */
export interface TerminalKind {
  /** TERM. */
  readonly term?: string;
  /** Whether tmux is between us and it. */
  readonly tmux: boolean;
}

/** Puts a text on the clipboard (OSC 52); undefined when it is too long for that. */
export function copySequence(text: string, { tmux }: TerminalKind): string | undefined {
  const bytes = utf8(text);
  if (bytes.length > MAX_COPY_BYTES) return undefined;
  const sequence = `\x1b]52;c;${bytes.toBase64()}\x07`;
  return tmux ? sequence + throughTmux(sequence) : sequence;
}

/** Tells the desktop, in the words of the terminal that it is: 99 for kitty, 777 for foot and rxvt, else 9. */
export function noticeSequence(title: string, body: string, { term = "", tmux }: TerminalKind): string {
  const sequence = /kitty/.test(term)
    ? `\x1b]99;;${title}: ${body}\x1b\\`
    : /foot|rxvt/.test(term)
    ? `\x1b]777;notify;${title.replaceAll(";", ",")};${body}\x1b\\`
    : `\x1b]9;${title}: ${body}\x1b\\`;
  return tmux ? throughTmux(sequence) : sequence;
}

/** Sets the window's title. */
export const titleSequence = (title: string): string => `\x1b]2;${title}\x1b\\`;

/** A sequence that tmux hands on, where it is allowed to. */
const throughTmux = (sequence: string): string =>
  `\x1bPtmux;${sequence.replaceAll("\x1b", "\x1b\x1b")}\x1b\\`;
