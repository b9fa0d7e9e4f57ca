/**
 * Which numbers of a sequence are there: a few ranges, however long the sequence is.
 *
 * @module
 */

/** From and to, both within. */
export type Range = readonly [from: bigint, to: bigint];

/** A set of numbers as ranges in order. */
export class Ranges {
  #ranges: Range[];

  /** A set. @param ranges  In order, apart from each other. */
  constructor(ranges: readonly Range[] = []) {
    this.#ranges = [...ranges];
  }

  /** In order, apart from each other. */
  get list(): readonly Range[] {
    return this.#ranges;
  }

  /** The largest number; 0n when there is none. */
  get last(): bigint {
    return this.#ranges.at(-1)?.[1] ?? 0n;
  }

  /** Whether a number is there. */
  has(n: bigint): boolean {
    return this.#ranges.some(([from, to]) => from <= n && n <= to);
  }

  /** Adds a number. @returns Whether it was not there. */
  add(n: bigint): boolean {
    if (this.has(n)) return false;
    const before = this.#ranges.filter(([, to]) => to < n - 1n);
    const after = this.#ranges.filter(([from]) => from > n + 1n);
    const touching = this.#ranges.slice(before.length, this.#ranges.length - after.length);
    const from = touching[0]?.[0] ?? n;
    const to = touching.at(-1)?.[1] ?? n;
    this.#ranges = [...before, [from < n ? from : n, to > n ? to : n], ...after];
    return true;
  }

  /** What is there of a range. */
  within(from: bigint, to: bigint): Range[] {
    return this.#ranges.filter(([start, end]) => start <= to && end >= from)
      .map(([start, end]) => [start > from ? start : from, end < to ? end : to]);
  }

  /** What is not there. @param from  The first number that counts. @param to  The last one. */
  gaps(from: bigint, to: bigint): Range[] {
    const gaps: Range[] = [];
    let next = from;
    for (const [start, end] of this.#ranges) {
      if (start > to) break;
      if (start > next) gaps.push([next, start - 1n]);
      if (end >= next) next = end + 1n;
    }
    if (next <= to) gaps.push([next, to]);
    return gaps;
  }
}

/** Ranges as a text: `1-5,8-8`. */
export const writeRanges = (ranges: readonly Range[]): string =>
  ranges.map(([from, to]) => `${from}-${to}`).join();

/** Reads the text. @returns undefined when it is none. */
export function readRanges(text: string): Range[] | undefined {
  if (text === "") return [];
  const ranges: Range[] = [];
  for (const part of text.split(",")) {
    const [, from, to] = /^(\d{1,20})-(\d{1,20})$/.exec(part) ?? [];
    if (from === undefined || BigInt(from) > BigInt(to)) return undefined;
    if (BigInt(from) <= (ranges.at(-1)?.[1] ?? 0n)) return undefined;
    ranges.push([BigInt(from), BigInt(to)]);
  }
  return ranges;
}
