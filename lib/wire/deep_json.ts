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
 * Looks how deep a text nests before anything is made of it: 64 KiB of brackets would be 4 MiB.
 * @param text  Any text.
 * @throws {RangeError} When it nests deeper than {@link MAX_DEPTH}, as Go refuses it.
 */
export function checkDepth(text: string): void {
  if (text.length <= MAX_DEPTH) return;
  let depth = 0;
  eachBracket(text, (isOpen) => {
    depth += isOpen ? 1 : -1;
    if (depth > MAX_DEPTH) throw new RangeError(`JSON nests deeper than ${MAX_DEPTH} levels`);
  });
}

/**
 * The same text with `null` in place of what lies deeper than {@link KEPT_DEPTH} levels: it can only belong to members
 * that nobody knows.
 * @param text  Any text.
 * @throws {SyntaxError} When it is not JSON.
 */
export function withoutDepths(text: string): string {
  JSON.parse(text); // it walks without the call stack, and nothing below looks at the grammar
  let depth = 0;
  let from = 0;
  let kept = "";
  eachBracket(text, (isOpen, at) => {
    if (isOpen && depth++ === KEPT_DEPTH) kept += `${text.slice(from, at)}null`;
    if (!isOpen && --depth === KEPT_DEPTH) from = at + 1;
  });
  return kept + text.slice(from);
}

/** Calls back for each bracket that stands in no string. */
function eachBracket(text: string, visit: (isOpen: boolean, at: number) => void): void {
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) inString = true;
    else if (OPEN.has(code)) visit(true, at);
    else if (CLOSE.has(code)) visit(false, at);
  }
}
