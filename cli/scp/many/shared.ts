/**
 * One reading of the files for many peers: a piece is read by the first who needs it and dropped when all have it.
 * Nobody waits for anybody: who lags behind further than the memory goes reads for itself.
 *
 * @module
 */
import type { Digest } from "../../../lib/crypto/digest.ts";
import type { BlockSource } from "../../../lib/scp/extended/send_blocks.ts";
import { BecameShorter, type SeekableSource } from "../../../lib/sys/copies/source_file.ts";
import { type FileAt, type OpenAt, ParkedFiles } from "./parked.ts";
import { SharedSums } from "./sums.ts";

/** What one reads at a time. */
const PIECE_BYTES: number = 2 ** 17;
/** Memory for those that lag behind. */
const CACHE_BYTES: number = 24 * 2 ** 20;

interface Opened extends FileAt {
  readonly sums: SharedSums;
  /** A bit for each piece that was read for several; of a file of 1 TiB they take a MiB. */
  readonly seen: Uint8Array;
}

/** Files in the order in which all peers take them. */
export class SharedFiles {
  readonly #parked: ParkedFiles;
  readonly #digest: () => Digest;
  readonly #paths: readonly string[];
  readonly #files = new Map<number, Promise<Opened>>();
  /** By file and piece; in the order of reading. */
  readonly #pieces = new Map<
    string,
    { readonly place: number[]; readonly size: number; readonly bytes: Promise<Uint8Array> }
  >();
  /** Where each peer is that still reads: file and piece. */
  readonly #places = new Map<number, number[]>();
  #cached = 0;
  /** Bytes that were read from the disk. */
  bytesRead = 0;

  /** Nothing is opened yet. @param peers  How many read. @param digest  Makes a SHA-256. */
  constructor(paths: readonly string[], peers: number, open: OpenAt, digest: () => Digest) {
    this.#parked = new ParkedFiles(open);
    this.#digest = digest;
    this.#paths = paths;
    for (let peer = 0; peer < peers; peer++) this.#places.set(peer, [0, 0]);
  }

  /** Bytes that are kept for those that lag behind. */
  get cachedBytes(): number {
    return this.#cached;
  }

  /** A file for one peer, from its beginning. @throws What opening it throws. */
  async file(peer: number, number: number): Promise<SeekableSource & BlockSource> {
    const opened = await this.#opened(number);
    const { size, mode, mtimeMs, token } = opened;
    let at = 0;
    /** A read seldom ends where a piece does: who reads for itself would read each twice. */
    let held: { readonly index: number; readonly bytes: Promise<Uint8Array> } | undefined;
    const moveTo = (offset: number): void => {
      at = offset;
      this.#moveTo(peer, [number, at === size ? Infinity : Math.floor(at / PIECE_BYTES)]);
    };
    moveTo(0);
    return {
      size,
      mode,
      mtimeMs,
      token,
      isSame: () => opened.isSame(),
      hashOf: (block) => opened.sums.hashOf(block),
      skipTo: (offset) => Promise.resolve(moveTo(offset)),
      read: async (into) => {
        if (at >= size) return null;
        const index = Math.floor(at / PIECE_BYTES);
        if (held?.index !== index) held = { index, bytes: this.#piece(opened, number, index) };
        const piece = await held.bytes;
        const part = piece.subarray(at - index * PIECE_BYTES).subarray(0, into.length);
        if (part.length === 0) throw new BecameShorter(this.#paths[number]);
        into.set(part);
        moveTo(at + part.length);
        return part.length;
      },
      close: () => {},
    };
  }

  /** A peer is through with a file, or will not take it. */
  passed(peer: number, number: number): void {
    this.#moveTo(peer, [number + 1, 0]);
  }

  /** A peer takes nothing more. */
  leave(peer: number): void {
    this.#places.delete(peer);
    this.#tidy();
  }

  /** Frees everything. */
  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.then((one) => one.close(), () => {});
    this.#files.clear();
    this.#pieces.clear();
    this.#cached = 0;
  }

  #opened(number: number): Promise<Opened> {
    let opened = this.#files.get(number);
    if (!opened) this.#files.set(number, opened = this.#begin(number));
    opened.catch(() => {});
    return opened;
  }

  async #begin(number: number): Promise<Opened> {
    const file = await this.#parked.open(this.#paths[number]);
    const sums = new SharedSums(
      this.#digest,
      Math.ceil(file.size / PIECE_BYTES),
      (index) => this.#piece(opened, number, index),
    );
    const seen = new Uint8Array(Math.ceil(file.size / PIECE_BYTES / 8));
    const opened: Opened = { ...file, sums, seen };
    return opened;
  }

  #piece(file: Opened, number: number, index: number): Promise<Uint8Array> {
    const name = `${number}/${index}`;
    const known = this.#pieces.get(name);
    if (known) return known.bytes;
    const bytes = this.#read(file, index);
    // Who lags behind so far that it went from memory reads for itself.
    const bit = 1 << (index & 7);
    if ((file.seen[index >> 3] & bit) !== 0 || this.#places.size < 2) return bytes;
    file.seen[index >> 3] |= bit;
    const size = Math.min(PIECE_BYTES, file.size - index * PIECE_BYTES);
    this.#pieces.set(name, { place: [number, index], size, bytes });
    this.#cached += size;
    bytes.catch(() => {});
    for (const oldest of this.#pieces.keys()) {
      if (this.#cached <= CACHE_BYTES) break;
      this.#drop(oldest);
    }
    return bytes;
  }

  #read(file: Opened, index: number): Promise<Uint8Array> {
    const bytes = this.#fromDisk(file, index);
    file.sums.coming(index, bytes);
    return bytes;
  }

  async #fromDisk(file: Opened, index: number): Promise<Uint8Array> {
    const into = new Uint8Array(Math.min(PIECE_BYTES, file.size - index * PIECE_BYTES));
    const count = await file.readAt(index * PIECE_BYTES, into);
    this.bytesRead += count;
    return into.subarray(0, count);
  }

  #moveTo(peer: number, place: number[]): void {
    if (!this.#places.has(peer)) return;
    this.#places.set(peer, place);
    this.#tidy();
  }

  /** Drops what everybody has. */
  #tidy(): void {
    const last = [...this.#places.values()].reduce(earlier, [Infinity, 0]);
    for (const [name, { place }] of this.#pieces) if (isBefore(place, last)) this.#drop(name);
    for (const [number, file] of this.#files) {
      if (number >= last[0]) continue;
      this.#files.delete(number);
      file.then((one) => one.close(), () => {});
    }
  }

  #drop(name: string): void {
    this.#cached -= this.#pieces.get(name)?.size ?? 0;
    this.#pieces.delete(name);
  }
}

const isBefore = (a: number[], b: number[]): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
const earlier = (a: number[], b: number[]): number[] => isBefore(a, b) ? a : b;
