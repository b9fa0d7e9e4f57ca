/**
 * Texts in quotes as Go's `%q` writes them: they are part of error lines that must match byte for byte.
 *
 * @see specification dmsgscp §3.2, §3.3
 * @module
 */

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};
/**
 * What Go prints as it is: letters, marks, numbers, punctuation, symbols, and of the spaces only U+0020. Made when it is
 * needed: that takes more than a millisecond.
 */
let printed: RegExp | undefined;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Quotes bytes.
 * @param bytes  UTF-8; bytes that are not come out as `\xHH`.
 * @returns The text with its double quotes.
 */
export function goQuote(bytes: Uint8Array): string {
  let out = "";
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) out += `\\x${hex(bytes[at++], 2)}`;
    else {
      out += quoted(strict.decode(bytes.subarray(at, at + length)));
      at += length;
    }
  }
  return `"${out}"`;
}

/** How many bytes the character at an offset has; 0 when none begins there. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const length = bytes[at] < 0x80
    ? 1
    : bytes[at] < 0xc2
    ? 0
    : bytes[at] < 0xe0
    ? 2
    : bytes[at] < 0xf0
    ? 3
    : 4;
  if (length < 2) return length;
  try {
    strict.decode(bytes.subarray(at, at + length));
    return length;
  } catch {
    return 0;
  }
}

function quoted(character: string): string {
  const short = SHORT[character];
  if (short) return short;
  if ((printed ??= /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u).test(character)) return character;
  const code = character.codePointAt(0)!;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
