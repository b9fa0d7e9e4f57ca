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

/** Pages that are kept in memory though they were not changed, some 5 KiB each; by default. */
const CACHED = 96;

/** Pages by name. */
export class Pages {
  readonly #read: ReadPage;
  readonly #cached: number;
  #clean = new Map<string, Page>();
  #older = new Map<string, Page>();
  readonly #changed = new Map<string, Page | undefined>();
  /** How many pages were read from where they are kept. */
  reads = 0;
  /** Grows when pages may have left memory: what {@link Pages.get} gave before may not be the page any more. */
  epoch = 0;

  /** Nothing is read yet. @param cached  So many stay in memory though they were not changed. */
  constructor(read: ReadPage, cached: number = CACHED) {
    this.#read = read;
    this.#cached = cached;
  }

  /** How many pages wait to be written. */
  get waiting(): number {
    return this.#changed.size;
  }

  /** A page, not to be changed without {@link Pages.put}; one that is not there is empty. */
  get(name: string): Page | Promise<Page> {
    const known = this.#changed.get(name) ?? this.#clean.get(name);
    if (known !== undefined) return known;
    if (this.#changed.has(name)) {
      const page = emptyPage();
      this.#changed.set(name, page);
      return page;
    }
    const older = this.#older.get(name);
    if (older === undefined) return this.#fetch(name);
    this.#older.delete(name);
    this.#remember(name, older);
    return older;
  }

  /** Keeps a page that was changed. */
  put(name: string, page: Page): void {
    if (this.#changed.get(name) === page) return;
    this.#forget(name);
    this.#changed.set(name, page);
  }

  /** Drops a page. */
  drop(name: string): void {
    this.epoch++;
    this.#forget(name);
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

  /** What was not asked for since as many others came goes: a page that is at hand costs one look. */
  #remember(name: string, page: Page): void {
    this.#clean.set(name, page);
    if (this.#clean.size <= this.#cached / 2) return;
    this.#older = this.#clean;
    this.#clean = new Map();
    this.epoch++;
  }

  #forget(name: string): void {
    this.#clean.delete(name);
    this.#older.delete(name);
  }
}
