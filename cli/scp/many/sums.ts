/**
 * Digests of the blocks of a file that is read in pieces, for many peers: each is made once, as the pieces come.
 *
 * @module
 */
import type { Digest } from "../../../lib/crypto/digest.ts";
import { fromHex } from "../../../lib/wire/bytes.ts";

/** A block of 1 MiB has so many pieces of 128 KiB. */
const PIECES = 8;

/** Blocks whose digest is begun and nobody has asked for: peers with a Go program never do. */
const MAX_OPEN = 64;

interface Sum {
  readonly digest: Digest;
  /** So many pieces are taken, or on their way. */
  pieces: number;
  /** Settles when they are. */
  taken: Promise<void>;
}

/** Those of one file. */
export class SharedSums {
  readonly #make: () => Digest;
  readonly #pieces: number;
  readonly #read: (piece: number) => Promise<Uint8Array>;
  readonly #open = new Map<number, Sum>();
  readonly #done = new Map<number, Promise<Uint8Array>>();

  /**
   * Knows nothing yet.
   * @param make  A fresh SHA-256.
   * @param pieces  How many the file has.
   * @param read  Reads a piece that did not come.
   */
  constructor(make: () => Digest, pieces: number, read: (piece: number) => Promise<Uint8Array>) {
    this.#make = make;
    this.#pieces = pieces;
    this.#read = read;
  }

  /** A piece was asked for. @param bytes  Not to be changed. */
  coming(piece: number, bytes: Promise<Uint8Array>): void {
    const block = Math.floor(piece / PIECES);
    if (this.#done.has(block)) return;
    const sum = this.#sumOf(block);
    if (piece !== block * PIECES + sum.pieces) return;
    sum.pieces++;
    sum.taken = Promise.all([bytes, sum.taken]).then(([read]) => sum.digest.add(read));
    sum.taken.catch(() => {}); // thrown to who asks for the digest
  }

  /** SHA-256 of a block, 32 bytes; what has not come of it is read. @throws What reading throws. */
  hashOf(block: number): Promise<Uint8Array> {
    let hash = this.#done.get(block);
    if (!hash) this.#done.set(block, hash = this.#finish(block));
    hash.catch(() => this.#done.delete(block));
    return hash;
  }

  async #finish(block: number): Promise<Uint8Array> {
    const sum = this.#sumOf(block);
    this.#open.delete(block);
    await sum.taken;
    const count = Math.min(PIECES, this.#pieces - block * PIECES);
    for (let i = sum.pieces; i < count; i++) sum.digest.add(await this.#read(block * PIECES + i));
    return fromHex(sum.digest.hex());
  }

  #sumOf(block: number): Sum {
    let sum = this.#open.get(block);
    if (!sum) {
      this.#open.set(block, sum = { digest: this.#make(), pieces: 0, taken: Promise.resolve() });
      // One that is asked for after all is read again.
      if (this.#open.size > MAX_OPEN) this.#open.delete(this.#open.keys().next().value!);
    }
    return sum;
  }
}
