/**
 * How many rows have come and gone below pages of pages since these were written: with each message a word or two in one
 * page, where otherwise a page at every level above its rows were written again, the more the longer a conversation is.
 *
 * @see lib/overlay/README.md "Pages"
 * @module
 */
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import { addTo, type Page } from "./page.ts";

/** Characters to which a line may grow, or to twice what it was, until it is made anew and has each number once. */
const LINE_CHARS = 300;

/** Of one page: what is added to its counts, in words `number:rows`. */
interface Line {
  text: string;
  /** More characters than these, and it is made anew. */
  most: number;
}

/** What is still to be added to counts, by the names of their pages; those to which something was added last are the last. */
export class Recounts {
  /** The name of the page that they are kept in. */
  static readonly page = "counts";
  readonly #lines = new Map<string, Line>();
  #isChanged = false;

  /** Goes on where they stood. @param bytes  What {@link Recounts.take} gave; undefined: nothing. */
  constructor(bytes?: Uint8Array) {
    const lines = bytes === undefined ? [] : fromUtf8(bytes).split("\n");
    for (let i = 0; i < lines.length; i += 2) this.#lines.set(lines[i], lineOf(lines[i + 1]));
  }

  /** Their pages but some. @param most  So many that are left out: those to which something was added last. */
  names(most: number): string[] {
    return this.#lines.size <= most ? [] : [...this.#lines.keys()].slice(0, this.#lines.size - most);
  }

  /** Rows have come, or gone, in the page below at a number. */
  add(name: string, at: number, more: number): void {
    const line = this.#lines.get(name) ?? lineOf("");
    line.text += line.text === "" ? `${at}:${more}` : ` ${at}:${more}`;
    this.#lines.delete(name);
    this.#lines.set(name, line.text.length > line.most ? lineOf(shortened(line.text)) : line);
    this.#isChanged = true;
  }

  /** The page is written as a whole, or goes. */
  drop(name: string): void {
    if (this.#lines.delete(name)) this.#isChanged = true;
  }

  /** A page as it was written becomes as it is. */
  apply(name: string, page: Page): void {
    for (const [at, more] of sums(this.#lines.get(name)?.text ?? "")) addTo(page, at, more);
  }

  /** The page of them when it has changed since the last call: of each its name, then a line `number:rows number:rows …`. */
  take(): { readonly name: string; readonly value: Uint8Array | undefined } | undefined {
    if (!this.#isChanged) return undefined;
    this.#isChanged = false;
    const lines = [...this.#lines].flatMap(([name, { text }]) => [name, text]);
    return { name: Recounts.page, value: lines.length === 0 ? undefined : utf8(lines.join("\n")) };
  }
}

/** What is added to each number. */
function sums(line: string): Map<number, number> {
  const all = new Map<number, number>();
  for (const pair of line === "" ? [] : line.split(" ")) {
    const [at, more] = pair.split(":").map(Number);
    all.set(at, (all.get(at) ?? 0) + more);
  }
  return all;
}

const lineOf = (text: string): Line => ({ text, most: Math.max(LINE_CHARS, 2 * text.length) });

const shortened = (line: string): string =>
  Array.from(sums(line)).filter(([, more]) => more !== 0).map((pair) => pair.join(":")).join(" ");
