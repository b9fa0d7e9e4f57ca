/**
 * Lines out of what a bot prints: bounded, whatever it prints.
 *
 * @see lib/bot/README.md "Lines"
 * @module
 */
import { equal, fromUtf8, utf8 } from "../wire/bytes.ts";

/** Longest line of a bot, without its end: a message with its frame fits 64 KiB, and JSON may double it. */
export const MAX_LINE_BYTES: number = 128 * 1024;

const LF = 0x0a;
/** What is taken for a line at first. */
const FIRST_BYTES = 1024;

/** A line, or why there is none. */
export type Cut = { readonly text: string } | { readonly problem: string };

/** Takes bytes in any pieces and gives whole lines; holds one line at most. */
export class LineCutter {
  #held = new Uint8Array(FIRST_BYTES);
  #bytes = 0;
  /** The line is too long: what is left of it is thrown away. */
  #isSkipping = false;

  /** Takes what was printed next. @returns The lines that are whole now; blank ones are left out. */
  push(chunk: Uint8Array): Cut[] {
    const cuts: Cut[] = [];
    let from = 0;
    if (this.#bytes > 0 || this.#isSkipping) {
      const end = chunk.indexOf(LF);
      this.#hold(end < 0 ? chunk : chunk.subarray(0, end), cuts);
      if (end < 0) return cuts;
      this.#finish(cuts);
      from = end + 1;
    }
    const end = chunk.lastIndexOf(LF);
    if (end >= from) this.#lines(chunk.subarray(from, end), cuts);
    this.#hold(chunk.subarray(Math.max(from, end + 1)), cuts);
    return cuts;
  }

  /** Whole lines: with one look where all are text and none can be too long, else each by itself. */
  #lines(bytes: Uint8Array, cuts: Cut[]): void {
    const text = bytes.length <= MAX_LINE_BYTES ? textOf(bytes) : undefined;
    if (text !== undefined) {
      for (const line of text.split("\n")) if (line.trim() !== "") cuts.push({ text: line });
      return;
    }
    for (let from = 0; from <= bytes.length;) {
      const at = bytes.indexOf(LF, from);
      const end = at < 0 ? bytes.length : at;
      this.#hold(bytes.subarray(from, end), cuts);
      this.#finish(cuts);
      from = end + 1;
    }
  }

  /** There is no more: a last line without an end counts. */
  end(): Cut[] {
    const cuts: Cut[] = [];
    this.#finish(cuts);
    return cuts;
  }

  #hold(bytes: Uint8Array, cuts: Cut[]): void {
    if (this.#isSkipping || bytes.length === 0) return;
    if (this.#bytes + bytes.length > MAX_LINE_BYTES) {
      this.#isSkipping = true;
      this.#forget();
      cuts.push({ problem: `the line is longer than ${MAX_LINE_BYTES} bytes` });
      return;
    }
    const needed = this.#bytes + bytes.length;
    if (needed > this.#held.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#held.length));
      larger.set(this.#held.subarray(0, this.#bytes));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#bytes);
    this.#bytes = needed;
  }

  #forget(): void {
    if (this.#held.length > FIRST_BYTES) this.#held = new Uint8Array(FIRST_BYTES);
    this.#bytes = 0;
  }

  #finish(cuts: Cut[]): void {
    if (!this.#isSkipping) this.#read(this.#held.subarray(0, this.#bytes), cuts);
    this.#forget();
    this.#isSkipping = false;
  }

  #read(line: Uint8Array, cuts: Cut[]): void {
    const text = textOf(line);
    if (text === undefined) cuts.push({ problem: "the line is no UTF-8" });
    else if (text.trim() !== "") cuts.push({ text });
  }
}

/** Undefined: it is no UTF-8. Without an exception: a bot that prints bytes would cost one a line. */
function textOf(bytes: Uint8Array): string | undefined {
  const text = fromUtf8(bytes);
  return text.includes("\uFFFD") && !equal(utf8(text), bytes) ? undefined : text;
}
