/**
 * JSON that nests deeper than it can be walked: thousands of brackets in one frame, which Go reads and the call stack
 * does not hold.
 *
 * @see lib/wire/README.md "JSON as Go reads it"
 * @module
 */

/** Deepest nesting that Go reads. */
export const MAX_DEPTH = 10_000;
/** Levels that are kept: no message of any protocol has a dozen. */
export const KEPT_DEPTH = 64;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSE: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/**
 * The same text with `null` in place of what lies deeper than {@link KEPT_DEPTH} levels: it can only belong to members
 * that nobody knows.
 * @param text  Any text.
 * @throws {SyntaxError} When it is not JSON; {RangeError} when it nests deeper than {@link MAX_DEPTH}, as Go refuses it.
 */
export function withoutDepths(text: string): string {
  JSON.parse(text); // it walks without the call stack, and nothing below looks at the grammar
  let depth = 0;
  let from = 0;
  let kept = "";
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (OPEN.has(code)) {
      if (++depth > MAX_DEPTH) throw new RangeError(`JSON nests deeper than ${MAX_DEPTH} levels`);
      if (depth === KEPT_DEPTH + 1) kept += `${text.slice(from, at)}null`;
    } else if (CLOSE.has(code) && depth-- === KEPT_DEPTH + 1) from = at + 1;
  }
  return kept + text.slice(from);
}
