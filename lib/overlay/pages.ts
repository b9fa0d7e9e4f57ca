/**
 * Pages of an overlay's state by their names: read through a small cache, changed in memory, handed out as bytes. Of a page
 * in which nothing but counts has changed only these are written, to one page for all, until there are many.
 *
 * @see lib/overlay/README.md "Pages"
 * @module
 */
import { addTo, decodePage, emptyPage, encodePage, type Page } from "./page.ts";
import { Recounts } from "./recounts.ts";

/** A change of what is kept; without a value the page goes. */
export interface PageWrite {
  /** Its name. */
  readonly name: string;
  /** See {@link encodePage}. */
  readonly value: Uint8Array | undefined;
}

/** Reads a kept page by its name; undefined: there is none. */
export type ReadPage = (name: string) => Promise<Uint8Array | undefined>;

/** Pages of rows that are kept in memory though they were not changed, some 5 KiB each: of most of these only the last is read again. */
const CACHED_ROWS = 40;
/** The same of pages of pages: all ways lead through them. */
const CACHED_ABOVE = 96;
/** Pages whose counts wait. More are fewer writings of whole pages, and a longer page of counts with each message. */
const RECOUNTED = 64;

/** Of which level a page is, by its name: rows, or pages. */
const isOfRows = (name: string): boolean => name.charCodeAt(name.indexOf(":") - 1) === 0x30;

/** Pages by name. */
export class Pages {
  readonly #read: ReadPage;
  readonly #rows = new Map<string, Page>();
  readonly #above = new Map<string, Page>();
  readonly #changed = new Map<string, Page | undefined>();
  #recounts = new Recounts();
  #recounted: Promise<void> | undefined;
  /** How many pages were read from where they are kept. */
  reads = 0;

  /** Nothing is read yet. */
  constructor(read: ReadPage) {
    this.#read = read;
  }

  /** How many pages wait to be written. */
  get waiting(): number {
    return this.#changed.size;
  }

  /** A page, not to be changed without {@link Pages.put} or {@link Pages.recount}; one that is not there is empty. */
  get(name: string): Page | Promise<Page> {
    if (this.#changed.has(name)) return this.#changed.get(name) ?? emptyPage();
    const row = this.#rows.get(name);
    const known = row ?? this.#above.get(name);
    if (known === undefined) return this.#fetch(name);
    const clean = row === undefined ? this.#above : this.#rows;
    clean.delete(name);
    clean.set(name, known);
    return known;
  }

  /** Keeps a page that was changed. */
  put(name: string, page: Page): void {
    this.#change(name, page);
  }

  /** Drops a page. */
  drop(name: string): void {
    this.#change(name, undefined);
  }

  /** More rows, or less, lie in a page below a page of pages that came from {@link Pages.get}. */
  recount(name: string, page: Page, at: number, more: number): void {
    addTo(page, at, more);
    if (this.#changed.has(name)) return;
    this.#recounts.add(name, at, more);
    this.#remember(name, page);
  }

  /**
   * Has counts that wait written into their pages. It is left for later while other changes wait: a commit stays small.
   * @returns Whether there was something to do.
   */
  async tidy(): Promise<boolean> {
    if (this.#changed.size > 0) return false;
    await (this.#recounted ??= this.#fetchRecounts());
    const names = this.#recounts.names(RECOUNTED);
    for (const name of names) this.put(name, await this.get(name));
    return names.length > 0;
  }

  /** What has changed since the last call, to be written down. */
  take(): PageWrite[] {
    // A page without rows is as one that never was.
    const bytesOf = (page: Page | undefined) => page?.keys.length ? encodePage(page) : undefined;
    const writes = [...this.#changed].map(([name, page]) => ({ name, value: bytesOf(page) }));
    for (const [name, page] of this.#changed) if (page !== undefined) this.#remember(name, page);
    this.#changed.clear();
    const counts = this.#recounts.take();
    return counts === undefined ? writes : [...writes, counts];
  }

  #change(name: string, page: Page | undefined): void {
    if (!this.#rows.delete(name)) this.#above.delete(name);
    this.#recounts.drop(name);
    this.#changed.set(name, page);
  }

  async #fetchRecounts(): Promise<void> {
    this.reads++;
    this.#recounts = new Recounts(await this.#read(Recounts.page));
  }

  async #fetch(name: string): Promise<Page> {
    await (this.#recounted ??= this.#fetchRecounts());
    this.reads++;
    const bytes = await this.#read(name);
    const page = bytes === undefined ? emptyPage() : decodePage(bytes);
    this.#recounts.apply(name, page);
    this.#remember(name, page);
    return page;
  }

  #remember(name: string, page: Page): void {
    const [clean, most] = isOfRows(name) ? [this.#rows, CACHED_ROWS] : [this.#above, CACHED_ABOVE];
    clean.set(name, page);
    if (clean.size > most) clean.delete(clean.keys().next().value!);
  }
}
