/**
 * One page of an overlay's state: sorted rows, or the first keys and sizes of the pages below. Values stay the text that
 * they are kept as, for a page is read and written many times as often as any one of its values is looked at.
 *
 * @see lib/overlay/README.md "Pages"
 * @module
 */
import { fromUtf8, utf8 } from "../wire/bytes.ts";

/** A row's value: JSON without members that are undefined. */
export type Value = string | number | boolean | null | readonly Value[];

/** A page of rows (level 0) or of pages. It is changed by what stands here alone. */
export interface Page {
  /** Keys of the rows, or the first keys of the pages below; ascending. No line break is in them. */
  readonly keys: string[];
  /** Values of the rows, or how many rows lie in each page below; JSON of each. */
  readonly texts: string[];
  /** The keys as they are kept, as long as they are these: most changes of a page of pages are of a count. */
  keyLines: string | undefined;
  /** What {@link Page.texts} of a page of pages are, as long as they are these: ranks add up hundreds of them. */
  counts: number[] | undefined;
}

/** A page without rows. */
export const emptyPage = (): Page => pageWith([], []);

/** All of one shape, which the engine below finds its members in at once. */
const pageWith = (keys: string[], texts: string[]): Page => ({
  keys,
  texts,
  keyLines: undefined,
  counts: undefined,
});

/** A page with one row. */
export const pageOf = (key: string, value: Value): Page => pageWith([key], [JSON.stringify(value)]);

/** A page as it is kept: UTF-8, a line for each key, then one for each value. */
export function encodePage(page: Page): Uint8Array {
  page.keyLines ??= page.keys.join("\n");
  return utf8(`${page.keyLines}\n${page.texts.join("\n")}`);
}

/** Reads what {@link encodePage} wrote; a page of before begins with `[`, as no key does. */
export function decodePage(bytes: Uint8Array): Page {
  const text = fromUtf8(bytes);
  if (text.startsWith("[")) return decodeFormer(text);
  const keys = text.split("\n");
  const texts = keys.splice(keys.length >> 1);
  return pageWith(keys, texts);
}

/** A page of versions up to 6: `[key, [value], key, [value], …]`. */
function decodeFormer(text: string): Page {
  const flat = JSON.parse(text) as (string | [Value])[];
  const page = emptyPage();
  for (let at = 0; at < flat.length; at += 2) {
    page.keys.push(flat[at] as string);
    page.texts.push(JSON.stringify((flat[at + 1] as [Value])[0]));
  }
  return page;
}

/** The value of a row. */
export const valueAt = ({ texts }: Page, at: number): Value => JSON.parse(texts[at]);

/** A row has another value. */
export function setAt(page: Page, at: number, value: Value): void {
  page.texts[at] = JSON.stringify(value);
  page.counts = undefined;
}

/** A row comes before the one that is there now. */
export function insertAt(page: Page, at: number, key: string, value: Value): void {
  page.keys.splice(at, 0, key);
  page.texts.splice(at, 0, JSON.stringify(value));
  page.keyLines = page.counts = undefined;
}

/** A row goes. */
export function removeAt(page: Page, at: number): void {
  page.keys.splice(at, 1);
  page.texts.splice(at, 1);
  page.keyLines = page.counts = undefined;
}

/** The rows from one on go, and are a page of their own. */
export function cutAt(page: Page, at: number): Page {
  page.keyLines = page.counts = undefined;
  return pageWith(page.keys.splice(at), page.texts.splice(at));
}

/** The rows of another page from one on come behind all that are there. */
export function append(page: Page, other: Page, from: number): void {
  page.keys.push(...other.keys.slice(from));
  page.texts.push(...other.texts.slice(from));
  page.keyLines = page.counts = undefined;
}

/** How many rows lie in each page below a page of pages. */
export const countsOf = (page: Page): number[] => page.counts ??= page.texts.map(Number);

/** There are more of them, or less. */
export function addTo(page: Page, at: number, more: number): void {
  const counts = countsOf(page);
  counts[at] += more;
  page.texts[at] = String(counts[at]);
}

/** How many rows lie below a page of pages, up to before one of the pages. */
export function sum(page: Page, to: number = page.keys.length): number {
  const counts = countsOf(page);
  let rows = 0;
  for (let at = 0; at < to; at++) rows += counts[at];
  return rows;
}
