/**
 * Pages of an overlay's state by their names: read through a small cache, changed in memory, handed out as bytes.
 *
 * @module
 */
import { decodePage, emptyPage, encodePage, type Page } from "./page.ts";

/** A change of what is kept; without a value the page goes. */
export interface PageWrite {
  /** Its name. */
  readonly name: string;
  /** See {@link encodePage}. */
  readonly value: Uint8Array | undefined;
}

/** Reads a kept page by its name; undefined: there is none. */
export type ReadPage = (name: string) => Promise<Uint8Array | undefined>;

/** Pages that are kept in memory though they were not changed: 64 of some 5 KiB. */
const CACHED = 64;

/** Pages by name. */
export class Pages {
  readonly #read: ReadPage;
  readonly #clean = new Map<string, Page>();
  readonly #changed = new Map<string, Page | undefined>();
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

  /** A page, not to be changed without {@link Pages.put}; one that is not there is empty. */
  get(name: string): Page | Promise<Page> {
    if (this.#changed.has(name)) return this.#changed.get(name) ?? emptyPage();
    const known = this.#clean.get(name);
    if (known === undefined) return this.#fetch(name);
    this.#clean.delete(name);
    this.#clean.set(name, known);
    return known;
  }

  /** Keeps a page that was changed. */
  put(name: string, page: Page): void {
    this.#clean.delete(name);
    this.#changed.set(name, page);
  }

  /** Drops a page. */
  drop(name: string): void {
    this.#clean.delete(name);
    this.#changed.set(name, undefined);
  }

  /** What has changed since the last call, to be written down. */
  take(): PageWrite[] {
    // A page without rows is as one that never was.
    const bytesOf = (page: Page | undefined) => page?.keys.length ? encodePage(page) : undefined;
    const writes = [...this.#changed].map(([name, page]) => ({ name, value: bytesOf(page) }));
    for (const [name, page] of this.#changed) if (page !== undefined) this.#remember(name, page);
    this.#changed.clear();
    return writes;
  }

  async #fetch(name: string): Promise<Page> {
    this.reads++;
    const bytes = await this.#read(name);
    const page = bytes === undefined ? emptyPage() : decodePage(bytes);
    this.#remember(name, page);
    return page;
  }

  #remember(name: string, page: Page): void {
    this.#clean.set(name, page);
    if (this.#clean.size > CACHED) this.#clean.delete(this.#clean.keys().next().value!);
  }
}
