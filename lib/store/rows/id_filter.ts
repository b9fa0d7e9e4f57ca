/**
 * Known ids, and which are certainly not known without asking the place: nearly every id that comes is new, and looking
 * for it costs more than keeping its message. Of each known id 32 bits of its name are held, and in which block it lies.
 *
 * @module
 */
import { UserError } from "../../wire/errors.ts";
import type { Key } from "../place/place.ts";
import type { Opened, Vault } from "../place/vault.ts";
import { Content } from "./content.ts";
import { findIn, ID_BYTES } from "./id_blocks.ts";
import { allOf } from "./keys.ts";
import { encodeId, type IdRecord, recordIn } from "./records.ts";

/** Ids that are asked for before it pays to know all that have rows: a command that ends soon never does. */
const ENOUGH = 32;
/** Most ids: 12 MiB, 24 while it grows. With more of them the place is asked, and no block is written. */
const MAX_IDS = 1 << 20;
/** Most blocks: they have numbers of 16 bits, and some are on their way. */
const MAX_BLOCKS = 0xff00;
const FIRST_SLOTS = 1024;
/** Rows that are fetched at once, and blocks. */
const [BATCH, BLOCK_BATCH] = [500, 8];
/** Blocks that are held: an id that has come back is looked for in two. */
const READ_BLOCKS = 2;

/** Known ids by a part of their names; open addressing, 0 is an empty slot. */
export class IdFilter {
  readonly #vault: Vault;
  #slots = new Uint32Array(FIRST_SLOTS);
  /** For each slot the number of a block, counted from 1; 0: a row of its own, or not written yet. */
  #blockOf = new Uint16Array(FIRST_SLOTS);
  #count = 0;
  #asked = 0;
  /** Whether the ids that have rows of their own are held. */
  #rows: "idle" | "loading" | "ready" | "off" = "idle";
  /** Whether those in blocks are. */
  #blocksReady = false;
  #loadingBlocks: Promise<void> | undefined;
  readonly #blocks: Key[] = [];
  readonly #numbers = new Map<string, number>();
  /** The blocks that were read last, by number: who repeats ids repeats neighbours. */
  readonly #read = new Map<number, Uint8Array>();

  /** Knows nothing and says "maybe". @param vault  Where known ids lie. */
  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** Whether an id may be known. @param key  Of its row in any generation. */
  mayHold(key: Key): boolean {
    if (this.#rows === "idle" && ++this.#asked >= ENOUGH) void this.#loadRows();
    return this.#rows !== "ready" || !this.#blocksReady || this.#has(printOf(key));
  }

  /** An id is going to be known; also before the others are loaded, since it may not be written yet. */
  add(key: Key): void {
    this.#put(printOf(key), 0);
  }

  /** Whether ids may be written in blocks: each can be found again. */
  get takesBlocks(): boolean {
    return this.#count < MAX_IDS && this.#blocks.length < MAX_BLOCKS;
  }

  /** Blocks are in the place now. */
  wrote(blocks: readonly { readonly key: Key; readonly names: readonly Uint8Array[] }[]): void {
    for (const { key, names } of blocks) this.#learn(key, names.map(printIn));
  }

  /** Resolves when it is known what blocks there are. @throws {UserError} As `Vault.read`. */
  async ready(): Promise<void> {
    if (!this.#blocksReady) await (this.#loadingBlocks ??= this.#loadBlocks());
  }

  /**
   * Looks for an id in the blocks, when {@link ready}. One that has come back lies there and where it was before: the
   * message that was kept last has it.
   * @param own  Its own row, if there is one.
   * @throws {UserError} As `Vault.read`.
   */
  async newest(key: Key, own: Opened | undefined): Promise<Opened | undefined> {
    let [found, position] = [own, own ? recordIn<IdRecord>(own.content).position : -1];
    for (const number of this.#blocksOf(printOf(key))) {
      if (!sameCounter(this.#blocks[number - 1], key)) continue;
      const bytes = await this.#block(number);
      const record = bytes && findIn(bytes, key[2] as Uint8Array);
      if (!record || record.position <= position) continue;
      found = { key, content: Content.later(record, bytes.length, encodeId), pieces: 0 };
      position = record.position;
    }
    return found;
  }

  /** @returns undefined when its generation is over. */
  async #block(number: number): Promise<Uint8Array | undefined> {
    const known = this.#read.get(number);
    if (known) return known;
    const [bytes] = await this.#vault.plain([this.#blocks[number - 1]]);
    if (!bytes) return undefined;
    for (const old of this.#read.keys()) if (this.#read.size >= READ_BLOCKS) this.#read.delete(old);
    this.#read.set(number, bytes);
    return bytes;
  }

  async #loadBlocks(): Promise<void> {
    try {
      for await (const { key, content } of this.#vault.list(allOf("j"), { batch: BLOCK_BATCH }, true)) {
        this.#learn(key, printsIn(content.bytes));
      }
      this.#blocksReady = true;
    } finally {
      this.#loadingBlocks = undefined;
    }
  }

  async #loadRows(): Promise<void> {
    this.#rows = "loading";
    try {
      for await (const { key } of this.#vault.raw(allOf("i"), { batch: BATCH })) {
        this.#put(printOf(key), 0);
        if (this.#isOff) return;
      }
      this.#rows = "ready";
    } catch (error) {
      this.#rows = "off";
      if (!(error instanceof UserError)) throw error;
    }
  }

  get #isOff(): boolean {
    return this.#rows === "off";
  }

  #learn(key: Key, prints: Iterable<number>): void {
    const text = (key[2] as Uint8Array).toHex();
    if (this.#numbers.has(text)) return;
    const number = this.#blocks.push(key);
    this.#numbers.set(text, number);
    for (const print of prints) this.#put(print, number);
  }

  #has(print: number): boolean {
    const mask = this.#slots.length - 1;
    for (let at = print & mask; this.#slots[at] !== 0; at = (at + 1) & mask) {
      if (this.#slots[at] === print) return true;
    }
    return false;
  }

  #blocksOf(print: number): number[] {
    const found: number[] = [];
    const mask = this.#slots.length - 1;
    for (let at = print & mask; this.#slots[at] !== 0; at = (at + 1) & mask) {
      if (this.#slots[at] === print && this.#blockOf[at] !== 0) found.push(this.#blockOf[at]);
    }
    return found;
  }

  #put(print: number, block: number): void {
    const mask = this.#slots.length - 1;
    for (let at = print & mask; this.#slots[at] !== 0; at = (at + 1) & mask) {
      if (this.#slots[at] !== print) continue;
      if (block === 0 || this.#blockOf[at] === block) return;
      if (this.#blockOf[at] !== 0) continue;
      this.#blockOf[at] = block; // it was not written yet
      return;
    }
    // What is in a block can be found in no other way; for the others the place is asked.
    if (block === 0 && this.#count >= MAX_IDS) return void (this.#rows = "off");
    if (++this.#count * 2 > this.#slots.length) this.#grow();
    this.#place(print, block);
  }

  #grow(): void {
    const [slots, blockOf] = [this.#slots, this.#blockOf];
    this.#slots = new Uint32Array(slots.length * 2);
    this.#blockOf = new Uint16Array(slots.length * 2);
    // By index, and without an object for each: commits wait for it.
    for (let i = 0; i < slots.length; i++) if (slots[i] !== 0) this.#place(slots[i], blockOf[i]);
  }

  #place(print: number, block: number): void {
    const mask = this.#slots.length - 1;
    let at = print & mask;
    while (this.#slots[at] !== 0) at = (at + 1) & mask;
    this.#slots[at] = print;
    this.#blockOf[at] = block;
  }
}

/** The first 32 bits of the name, which is a keyed hash; never 0. */
const printOf = (key: Key): number => printIn(key[2] as Uint8Array);

const printIn = (name: Uint8Array): number => printAt(name, 0);

const printAt = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>> 0) || 1;

/** Those of a block, without an array for each: a start reads a hundred thousand. */
function printsIn(block: Uint8Array): Uint32Array {
  const prints = new Uint32Array(Math.floor(block.length / ID_BYTES));
  for (let i = 0; i < prints.length; i++) prints[i] = printAt(block, i * ID_BYTES);
  return prints;
}

/** Whether a block is of the generation of an id's row. */
function sameCounter(block: Key, id: Key): boolean {
  const [a, b] = [block[1] as Uint8Array, id[1] as Uint8Array];
  return a.every((byte, i) => byte === b[i]);
}
