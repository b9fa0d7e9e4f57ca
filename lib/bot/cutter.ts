/**
 * Lines out of what a bot prints: bounded, whatever it prints.
 *
 * @see lib/bot/README.md "Lines"
 * @module
 */

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
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** The line is too long: what is left of it is thrown away. */
  #isSkipping = false;

  /** Takes what was printed next. @returns The lines that are whole now; blank ones are left out. */
  push(chunk: Uint8Array): Cut[] {
    const cuts: Cut[] = [];
    let from = this.#wholeLines(chunk, cuts);
    for (let end = chunk.indexOf(LF, from); end >= 0; end = chunk.indexOf(LF, from)) {
      if (this.#bytes > 0 || this.#isSkipping || end - from > MAX_LINE_BYTES) {
        this.#hold(chunk.subarray(from, end), cuts);
        this.#finish(cuts);
      } else if (end > from) this.#read(chunk.subarray(from, end), cuts);
      from = end + 1;
    }
    this.#hold(chunk.subarray(from), cuts);
    return cuts;
  }

  /** All whole lines with one look, where nothing is held and all are text. @returns Where the rest begins. */
  #wholeLines(chunk: Uint8Array, cuts: Cut[]): number {
    const end = chunk.lastIndexOf(LF);
    if (end < 0 || this.#bytes > 0 || this.#isSkipping || chunk.length > MAX_LINE_BYTES) return 0;
    try {
      for (const text of this.#decoder.decode(chunk.subarray(0, end)).split("\n")) {
        if (text.trim() !== "") cuts.push({ text });
      }
      return end + 1;
    } catch {
      return 0; // one of them is no text: each by itself
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
    try {
      const text = this.#decoder.decode(line);
      if (text.trim() !== "") cuts.push({ text });
    } catch {
      cuts.push({ problem: "the line is no UTF-8" });
    }
  }
}
