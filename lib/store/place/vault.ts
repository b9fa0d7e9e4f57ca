/**
 * A place whose values are sealed, of any length: a long one lies in pieces beside a marker.
 *
 *     sealed value   nonce (12) ‖ ciphertext ‖ tag (16), bound to its key
 *     plain value    00 ‖ content, or the marker 01 ‖ u16 pieces ‖ version (8)
 *     piece          content, bound to its key and the version: pieces of two writes never mix
 *
 * @module
 */
import type { Random } from "../../sys/random.ts";
import { storageError } from "../../sys/storage_error.ts";
import { concat, readU16, writeU16 } from "../../wire/bytes.ts";
import { damaged } from "../errors.ts";
import { Content } from "../rows/content.ts";
import { nameOf, pieceKey, pieceRange } from "../rows/keys.ts";
import { type Key, type ListOptions, MAX_VALUE_BYTES, type Place, type Range, type Row } from "./place.ts";
import { type Seal, SEAL_BYTES } from "./sealed.ts";

const VERSION_BYTES = 8;
const MARKER_BYTES = 1 + 2 + VERSION_BYTES;
/** Longest content in one value, and in one piece. */
const MAX_CONTENT = MAX_VALUE_BYTES - SEAL_BYTES - 1;
/** How often a value that is being rewritten while it is read is read again. */
const ATTEMPTS = 3;
/** Rows that are opened side by side when the caller names no number. */
const BATCH = 100;

/** A value that was read. */
export interface Opened {
  /** Its key. */
  readonly key: Key;
  /** What it says. */
  readonly content: Content;
  /** How many pieces it lies in beside the marker; 0 when it is whole. */
  readonly pieces: number;
}

/** Into how many pieces a content is cut; 0 when it fits whole. */
export const piecesOf = (plainBytes: number): number =>
  plainBytes <= MAX_CONTENT ? 0 : Math.ceil(plainBytes / MAX_CONTENT);

/** A value that is going to be written, as it will be read. */
export const openedOf = (key: Key, content: Content): Opened => ({
  key,
  content,
  pieces: piecesOf(content.size),
});

/** Reads and seals values. */
export class Vault {
  /** What it seals values for. */
  readonly place: Place;
  readonly #seal: Seal;
  readonly #random: Random;

  /** A vault over an open place. */
  constructor(place: Place, seal: Seal, random: Random) {
    this.place = place;
    this.#seal = seal;
    this.#random = random;
  }

  /**
   * Values of keys, in order; undefined where there is none.
   * @throws {UserError} local: a value is damaged, or the place failed.
   */
  async read(keys: readonly Key[]): Promise<(Opened | undefined)[]> {
    const values = await this.#attempt(() => this.place.read(keys));
    return Promise.all(values.map((value, i) => value && this.#open({ key: keys[i], value }, ATTEMPTS)));
  }

  /** Like {@link Vault.read}, contents alone. */
  async plain(keys: readonly Key[]): Promise<(Uint8Array | undefined)[]> {
    return (await this.read(keys)).map((opened) => opened?.content.bytes);
  }

  /** One value with its stamp, see `Place.stamped`. @throws {UserError} As `read`. */
  async stamped(key: Key): Promise<{ plain: Uint8Array | undefined; stamp: string | null }> {
    const { value, stamp } = await this.#attempt(() => this.place.stamped(key));
    return { plain: value && (await this.#open({ key, value }, ATTEMPTS))?.content.bytes, stamp };
  }

  /**
   * Values of a range, in order; a batch of them is opened side by side.
   * @param isWhole  All will be read: a batch is fetched while the one before is opened. @throws {UserError} As `read`.
   */
  async *list(range: Range, options: ListOptions = {}, isWhole = false): AsyncGenerator<Opened> {
    const { batch = BATCH } = options;
    let rows: Row[] = [];
    const raw = this.raw(range, { ...options, batch });
    for await (const row of isWhole ? ahead(raw) : raw) {
      rows.push(row);
      if (rows.length < batch) continue;
      yield* await this.#openAll(rows);
      rows = [];
    }
    yield* await this.#openAll(rows);
  }

  /**
   * Rows of a range as they lie. Where pages of a broken file stand in each other's place there are rows of another kind,
   * or none in order: they would open, and be taken for what they are not.
   * @throws {UserError} local: the place failed, or is damaged.
   */
  async *raw(range: Range, options?: ListOptions): AsyncGenerator<Row> {
    const [from, to] = [nameOf(range.start), nameOf(range.end)];
    let last: string | undefined;
    try {
      for await (const row of this.place.list(range, options)) {
        const name = isKey(row.key) ? nameOf(row.key) : "";
        const follows = last === undefined || (options?.reverse ? name < last : name > last);
        if (name < from || name >= to || !follows) throw damaged(this.place.name);
        last = name;
        yield row;
      }
    } catch (error) {
      throw storageError(error, this.place.name, "read");
    }
  }

  /** All keys that a row occupies: its own, and its pieces'. Does not open it, so a damaged one can be deleted. */
  async keysOf(row: Row): Promise<Key[]> {
    const keys = [row.key];
    if (row.value.length !== SEAL_BYTES + MARKER_BYTES) return keys;
    for await (const piece of this.raw(pieceRange(row.key))) keys.push(piece.key);
    return keys;
  }

  /** What has to be written for a content. */
  async sealed(key: Key, plain: Uint8Array): Promise<{ key: Key; value: Uint8Array }[]> {
    const pieces = piecesOf(plain.length);
    if (pieces === 0) {
      return [{ key, value: await this.#seal.seal(key, concat(Uint8Array.of(0), plain)) }];
    }
    const marker = new Uint8Array(MARKER_BYTES);
    marker[0] = 1;
    writeU16(marker, 1, pieces);
    const version = this.#random.bytes(VERSION_BYTES);
    marker.set(version, 3);
    const writes = [{ key, value: await this.#seal.seal(key, marker) }];
    for (let i = 0; i < pieces; i++) {
      const at = pieceKey(key, i);
      const part = plain.subarray(i * MAX_CONTENT, (i + 1) * MAX_CONTENT);
      writes.push({ key: at, value: await this.#seal.seal([...at, version], part) });
    }
    return writes;
  }

  async #openAll(rows: readonly Row[]): Promise<Opened[]> {
    const opened = await Promise.all(rows.map((row) => this.#open(row, ATTEMPTS)));
    return opened.filter((one) => one !== undefined);
  }

  /** @returns undefined when the value was deleted while its pieces were read. */
  async #open(row: Row, attempts: number): Promise<Opened | undefined> {
    const { key, value } = row;
    const plain = isBytes(value) ? await this.#seal.open(key, value) : undefined;
    if (plain === undefined || plain.length === 0) throw damaged(this.place.name);
    if (plain[0] === 0) return { key, content: Content.of(plain.subarray(1)), pieces: 0 };
    const whole = await this.#join(key, plain);
    if (whole) return whole;
    if (attempts <= 1) throw damaged(this.place.name);
    const [again] = await this.#attempt(() => this.place.read([key]));
    return again && this.#open({ key, value: again }, attempts - 1);
  }

  async #join(key: Key, marker: Uint8Array): Promise<Opened | undefined> {
    if (marker.length !== MARKER_BYTES) throw damaged(this.place.name);
    const pieces = readU16(marker, 1);
    const version = marker.subarray(3);
    const keys = Array.from({ length: pieces }, (_, i) => pieceKey(key, i));
    const values = await this.#attempt(() => this.place.read(keys));
    const parts: Uint8Array[] = [];
    for (const [i, value] of values.entries()) {
      const part = isBytes(value) ? await this.#seal.open([...keys[i], version], value) : undefined;
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return { key, content: Content.of(concat(...parts)), pieces };
  }

  async #attempt<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw storageError(error, this.place.name, "read");
    }
  }
}

/** A broken file may say anything of what it has. */
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

const isKey = ([kind, ...parts]: Key): boolean => typeof kind === "string" && parts.every(isBytes);

/** The same, where the next one is asked for before each is given out. */
async function* ahead<T>(all: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    for (let next = all.next();;) {
      const { done, value } = await next;
      if (done) return;
      next = all.next();
      next.catch(() => {}); // whoever reads on gets it
      yield value;
    }
  } finally {
    await all.return(undefined); // whoever stops early has asked for one too many
  }
}
