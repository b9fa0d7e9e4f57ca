/**
 * Rows that are asked for by their whole key alone, in no order and never counted: each is kept by itself. What lies by
 * keys that are hashes would be a page of others read and written for each message, and one more level of them with each
 * growth of the conversation.
 *
 * @see lib/overlay/README.md "Pages"
 * @module
 */
import { pageOf, type Value, valueAt } from "./page.ts";
import type { Pages } from "./pages.ts";

/** Some rows. */
export class Loose {
  readonly #pages: Pages;
  readonly #name: string;

  /** Rows of a tree. @param name  Told apart from other rows and trees of the same pages by it. */
  constructor(pages: Pages, name: string) {
    this.#pages = pages;
    this.#name = name;
  }

  /** A row's value. */
  async get(key: string): Promise<Value | undefined> {
    const found = this.#pages.get(this.nameOf(key));
    const page = found instanceof Promise ? await found : found;
    return page.keys.length === 0 ? undefined : valueAt(page, 0);
  }

  /** Keeps a row. */
  put(key: string, value: Value): void {
    this.#pages.put(this.nameOf(key), pageOf("", value));
  }

  /** Drops a row, if it is there. */
  drop(key: string): void {
    this.#pages.drop(this.nameOf(key));
  }

  /** What it is kept under. */
  nameOf(key: string): string {
    return `${this.#name}/${key}`;
  }
}
