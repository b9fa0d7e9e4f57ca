/**
 * JSON whose whole numbers survive: timestamps in nanoseconds are above 2^53, and a signature covers each digit.
 *
 * @see specification dmsg §6.1 "Numbers"; skychat §0.2
 * @module
 */

/** The parts of `JSON` (source text access) that the compiler's library does not describe yet. */
const exact = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

/** Digits of the largest u64; a longer number keeps its type, so a reader of integers refuses it. */
const WHOLE_NUMBER = /^-?\d{1,20}$/;

/**
 * Where a number may stand, and it has 16 digits or more, a fraction or an exponent: read as a double it could be another
 * one. A text that only looks like it costs time and nothing else.
 */
const DELICATE_NUMBER = /(?:"\s*:|[[,]|^)\s*-?(?:\d{16}|\d+[.eE])/;

/**
 * Parses JSON with whole numbers as bigint; `-0`, and a number with a fraction, an exponent or over 20 digits, stays a
 * number.
 * Half a surrogate pair in a text becomes U+FFFD, as in Go: it could not be written again.
 * @param text  One JSON value; white space around it is fine, anything else is not.
 * @throws {SyntaxError} When it is not JSON; {RangeError} when it nests too deeply.
 */
export function parseExact(text: string): unknown {
  if (isPlain(text)) return JSON.parse(text);
  // With a reviver JSON.parse takes five times as long; only such numbers need one.
  if (!DELICATE_NUMBER.test(text)) return exactly(JSON.parse(text));
  return exact.parse(text, (_key, value, { source }) => {
    if (typeof value === "string") return value.toWellFormed();
    return typeof value === "number" ? exactNumber(value, source!) : value;
  });
}

/** One value of JSON that holds no others, read as {@link parseExact} reads it. */
export function exactValue(token: string): unknown {
  const value: unknown = JSON.parse(token);
  if (typeof value === "string") return value.toWellFormed();
  return typeof value === "number" ? exactNumber(value, token) : value;
}

/** `-0` is no number without sign, and no bigint can say so: it stays `-0`, and is the only zero of its type. */
function exactNumber(value: number, source: string): unknown {
  if (source === "-0") return -0;
  if (WHOLE_NUMBER.test(source)) return BigInt(source);
  return value === 0 ? 0 : value; // "-0.0" is a fraction like others
}

/** What may be a number, also inside a text. */
const NUMBER = /:\s*-?\d/;

/** Whether it is certainly an object of texts and the like, without a number or half a surrogate pair: no look at each. */
const isPlain = (text: string): boolean =>
  text.startsWith("{") && text.indexOf("{", 1) < 0 && !text.includes("[") && !NUMBER.test(text) &&
  !text.includes("\\u") && text.isWellFormed();

/** A value that holds only short whole numbers, in place. */
function exactly(value: unknown): unknown {
  if (typeof value === "number") return Object.is(value, -0) ? value : BigInt(value);
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object)) object[key] = exactly(object[key]); // "__proto__" is a member of its own here
  return object;
}

/**
 * Parses JSON whose numbers keep their digits when it is written again; they are opaque.
 * @param text  One JSON value.
 * @throws {SyntaxError} When the text is not JSON.
 */
export function parseOpaque(text: string): unknown {
  return exact.parse(text, (_key, value, { source }) => {
    return typeof value === "number" ? exact.rawJSON(source!) : value;
  });
}

/**
 * Changes one JSON object and writes it compactly: members keep their order, numbers their digits.
 * @param text  A JSON object.
 * @param change  Alters the parsed object in place; its numbers are opaque.
 * @throws {SyntaxError} When the text is not JSON.
 */
export function rewriteJson(text: string, change: (value: Record<string, unknown>) => void): string {
  const value = parseOpaque(text);
  change(value as Record<string, unknown>);
  return JSON.stringify(value);
}
