/**
 * A JSON object or list at the beginning of bytes that may go on with something else.
 *
 * @module
 */
import { fromUtf8 } from "./bytes.ts";

/** A value and what follows it. */
export interface WholeJson {
  /** An object or a list. */
  readonly value: object;
  /** Where what follows begins: behind the value, and behind a newline after it. */
  readonly end: number;
}

/**
 * Reads the object or list that a file begins with.
 * @param bytes  UTF-8; white space may come first.
 * @returns undefined when there is no whole one.
 */
export function wholeJson(bytes: Uint8Array): WholeJson | undefined {
  const close = endOfValue(bytes);
  if (close === undefined) return undefined;
  try {
    const value = JSON.parse(fromUtf8(bytes.subarray(0, close))) as object;
    return { value, end: bytes[close] === NEWLINE ? close + 1 : close };
  } catch {
    return undefined;
  }
}

/**
 * Reads what is whole of an object or list that breaks off: everything before a comma is.
 * @param bytes  UTF-8; white space may come first.
 * @param depth  Commas of the outermost value are of depth 1; a record deeper than this is whole or left out.
 * @returns undefined when it does not break off, or nothing in it is whole. `end` is where the comma stands.
 */
export function tornJson(bytes: Uint8Array, depth: number): WholeJson | undefined {
  let cut: { end: number; closing: string } | undefined;
  const open: string[] = [];
  const close = endOfValue(bytes, (at, byte) => {
    if (byte === OBJECT || byte === LIST) open.push(byte === OBJECT ? "}" : "]");
    else if (byte !== COMMA) open.pop();
    else if (open.length <= depth) cut = { end: at, closing: open.toReversed().join("") };
  });
  if (close !== undefined || open.length === 0 || cut === undefined) return undefined;
  try {
    return { value: JSON.parse(fromUtf8(bytes.subarray(0, cut.end)) + cut.closing) as object, end: cut.end };
  } catch {
    return undefined;
  }
}

/** Whether bytes are white space alone, as an editor leaves it. */
export const isBlank = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
const LIST = 0x5b;
const LIST_END = 0x5d;

/**
 * Where the bracket that came first is closed; no byte of a longer character looks like one of these.
 * @param onMark  Told of each bracket and comma that is no part of a text.
 */
function endOfValue(bytes: Uint8Array, onMark?: (at: number, byte: number) => void): number | undefined {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isText = false;
      continue;
    }
    if (byte === QUOTE) isText = true;
    else if (byte === OBJECT || byte === LIST) depth++;
    else if (byte === OBJECT_END || byte === LIST_END) depth--;
    else if (byte !== COMMA) {
      if (depth === 0 && byte > 0x20) return undefined; // another kind of value, or none
      continue;
    }
    if (depth < 0 || (depth === 0 && (isText || byte === COMMA))) return undefined;
    if (!isText) onMark?.(at, byte);
    if (depth === 0) return at + 1;
  }
  return undefined;
}
