/**
 * Which ids are certainly not known, without asking the place: nearly every id that comes is new, and looking for it
 * costs more than keeping its message. Of each known id 32 bits of its name are held, once enough ids were asked for.
 *
 * @module
 */
import { UserError } from "../wire/errors.ts";
import { allOf } from "./keys.ts";
import type { Key } from "./place.ts";
import type { Vault } from "./vault.ts";

/** Ids that are asked for before it pays to know all of them: a command that ends soon never does. */
const ENOUGH = 32;
/** Most ids: 8 MiB. With more of them the place is asked. */
const MAX_IDS = 1 << 20;
const FIRST_SLOTS = 1024;
/** Rows that are fetched at once. */
const BATCH = 500;

/** Known ids by a part of their names; open addressing, 0 is an empty slot. */
export class IdFilter {
  readonly #vault: Vault;
  #slots = new Uint32Array(FIRST_SLOTS);
  #count = 0;
  #asked = 0;
  #state: "idle" | "loading" | "ready" | "off" = "idle";

  /** Knows nothing and says "maybe". @param vault  Where known ids lie. */
  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Whether an id may be known. @param key  Of its row in any generation. */
  mayHold(key: Key): boolean {
    if (this.#state === "idle" && ++this.#asked >= ENOUGH) void this.#load();
    return this.#state !== "ready" || this.#has(printOf(key));
  }

  /** An id is going to be known; also before the others are loaded, since it may not be in a row yet. */
  add(key: Key): void {
    if (this.#state !== "off") this.#put(printOf(key));
  }

  async #load(): Promise<void> {
    this.#state = "loading";
    try {
      for await (const { key } of this.#vault.raw(allOf("i"), { batch: BATCH })) {
        this.#put(printOf(key));
        if (this.#isOff) return;
      }
      this.#state = "ready";
    } catch (error) {
      this.#off();
      if (!(error instanceof UserError)) throw error;
    }
  }

  get #isOff(): boolean {
    return this.#state === "off";
  }

  #off(): void {
    this.#state = "off";
    this.#slots = new Uint32Array(1);
  }

  #has(print: number): boolean {
    const mask = this.#slots.length - 1;
    for (let at = print & mask; this.#slots[at] !== 0; at = (at + 1) & mask) {
      if (this.#slots[at] === print) return true;
    }
    return false;
  }

  #put(print: number): void {
    if (this.#has(print)) return;
    if (this.#count >= MAX_IDS) return this.#off();
    if (++this.#count * 2 > this.#slots.length) {
      const old = this.#slots;
      this.#slots = new Uint32Array(old.length * 2);
      for (const each of old) if (each !== 0) this.#place(each);
    }
    this.#place(print);
  }

  #place(print: number): void {
    const mask = this.#slots.length - 1;
    let at = print & mask;
    while (this.#slots[at] !== 0) at = (at + 1) & mask;
    this.#slots[at] = print;
  }
}

/** The first 32 bits of the name, which is a keyed hash; never 0. */
function printOf(key: Key): number {
  const name = key[2] as Uint8Array;
  return ((name[0] << 24 | name[1] << 16 | name[2] << 8 | name[3]) >>> 0) || 1;
}
