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

/** Whether bytes are white space alone, as an editor leaves it. */
export const isBlank = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where the bracket that came first is closed; no byte of a longer character looks like one of these. */
function endOfValue(bytes: Uint8Array): number | undefined {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isText) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) {
      if (--depth === 0) return at + 1;
      if (depth < 0) return undefined;
    }
    if (depth === 0 && byte > 0x20) return undefined; // another kind of value, or none
  }
  return undefined;
}
