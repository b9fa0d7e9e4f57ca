/**
 * Sizes on the command line.
 *
 * @module
 */

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/**
 * Parser for a size such as `32MiB`, `1.5M`, `64kB` or a bare number of bytes.
 * @returns Bytes, 1 or more.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export function parseSize(input: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)([A-Za-z]{0,3})$/.exec(input);
  const unit = match && Object.hasOwn(UNITS, match[2]) ? UNITS[match[2]] : undefined;
  const bytes = match && unit ? Math.round(Number(match[1]) * unit) : 0;
  if (bytes < 1) throw new SyntaxError("a size is a number of bytes, also with KiB, MiB, GiB, kB, MB or GB");
  return bytes;
}

/**
 * Parser for a count.
 * @returns 1 … 999,999,999.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export function parseCount(input: string): number {
  if (!/^[1-9]\d{0,8}$/.test(input)) throw new SyntaxError("a count is a whole number from 1 to 999999999");
  return Number(input);
}

/** Parser for a count with an end. @param most  Largest. @returns 1 … `most`. @throws {SyntaxError} Anything else. */
export const countUpTo = (most: number): (input: string) => number => (input) => {
  const count = /^[1-9]\d{0,8}$/.test(input) ? Number(input) : 0;
  if (count < 1 || count > most) throw new SyntaxError(`it is a whole number from 1 to ${most}`);
  return count;
};
