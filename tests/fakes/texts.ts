/**
 * Texts of any letters, for properties.
 *
 * @module
 */
import fc from "fast-check";

/** There is no letter of these numbers: they are halves of others in UTF-16. */
const HALVES = { from: 0xd800, count: 0x800 };

/**
 * Any code point but half a pair. fast-check's own unit "binary" gives the same, also for the same seed, after a second
 * or two in which it makes a table of them all, in each test file anew.
 */
const codePoint: fc.Arbitrary<string> = fc.integer({ min: 0, max: 0x10ffff - HALVES.count }).map(
  (n) => String.fromCodePoint(n < HALVES.from ? n : n + HALVES.count),
  (letter) => {
    const n = typeof letter === "string" ? letter.codePointAt(0) : undefined;
    if (n === undefined || String.fromCodePoint(n) !== letter) throw new TypeError("not one code point");
    return n < HALVES.from ? n : n - HALVES.count;
  },
);

/** Texts of any code points. */
export function anyText(
  limits: { readonly minLength?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<string> {
  return fc.string({ ...limits, unit: codePoint });
}
