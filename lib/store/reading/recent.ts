/**
 * Values that lie in the place and are asked for again: those that were written a moment ago, and conversations that
 * were read.
 *
 * @module
 */
import { type Opened, openedOf } from "../place/vault.ts";
import { nameOf } from "../rows/keys.ts";
import type { Planned } from "../writing/draft.ts";

/** Bytes of them, at most. */
const MAX_BYTES = 256 * 1024;
/** What one takes beside its bytes: name, key, arrays. */
const ENTRY_BYTES = 768;
/** Kinds that are kept when they are written: conversations, and rows that become pages. */
const WRITTEN = "ckmopv";
/** Kinds that are kept when they are read: a change of an old message looks at its conversation and does not write it. */
const READ = "c";

/** A bounded number of values, by name. */
export class RecentValues {
  readonly #values = new Map<string, Opened>();
  #bytes = 0;

  /** How often anything was written or forgotten: what was read before the last time may be old. */
  changes = 0;

  /** What is known of a name. */
  get(name: string): Opened | undefined {
    return this.#values.get(name);
  }

  /** Values were written together. */
  written(writes: Iterable<Pick<Planned, "key" | "content">>): void {
    this.changes++;
    for (const { key, content } of writes) {
      if (!WRITTEN.includes(key[0])) continue;
      const name = nameOf(key);
      this.#drop(name);
      if (content !== undefined) this.#keep(name, openedOf(key, content));
    }
    this.#trim();
  }

  /** Values were read. @param since  {@link changes} before it. */
  read(values: readonly (Opened | undefined)[], since: number): void {
    if (this.changes !== since) return;
    for (const opened of values) {
      if (!opened || !READ.includes(opened.key[0])) continue;
      const name = nameOf(opened.key);
      if (!this.#values.has(name)) this.#keep(name, opened);
    }
    this.#trim();
  }

  /** Forgets all. */
  clear(): void {
    this.changes++;
    this.#values.clear();
    this.#bytes = 0;
  }

  /** The oldest go: what is asked for again is what was written again. */
  #trim(): void {
    for (const name of this.#values.keys()) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#drop(name);
    }
  }

  #keep(name: string, opened: Opened): void {
    this.#values.set(name, opened);
    this.#bytes += opened.content.size + ENTRY_BYTES;
  }

  #drop(name: string): void {
    const old = this.#values.get(name);
    if (!old) return;
    this.#bytes -= old.content.size + ENTRY_BYTES;
    this.#values.delete(name);
  }
}
