/**
 * Room for the bytes of many small files, in pieces that are used again: an array for each file would be an allocation
 * of its own, in memory that the collector frees late and the system gets back later still.
 *
 * @module
 */

/** What is allocated at once. */
const PIECE_BYTES = 2 ** 17;
/** Pieces that are kept for the next one that asks. */
const MAX_FREE = 4;
const free: Uint8Array[] = [];

/** The bytes of one batch. */
export class Room {
  #pieces: Uint8Array[] = [];
  #at = PIECE_BYTES;

  /** A copy of bytes, valid until {@link Room.free}. */
  copyOf(bytes: Uint8Array): Uint8Array {
    const copy = this.take(bytes.length);
    copy.set(bytes);
    return copy;
  }

  /** Room for so many bytes, of any content, valid until {@link Room.free}. */
  take(length: number): Uint8Array {
    // Of a piece the most would be left over.
    if (length === 0 || length > PIECE_BYTES / 4) return new Uint8Array(length);
    if (this.#at + length > PIECE_BYTES) {
      this.#pieces.push(free.pop() ?? new Uint8Array(PIECE_BYTES));
      this.#at = 0;
    }
    return this.#pieces.at(-1)!.subarray(this.#at, this.#at += length);
  }

  /** Gives all of it back; more can be taken afterwards. */
  free(): void {
    for (const piece of this.#pieces) if (free.length < MAX_FREE) free.push(piece);
    this.#pieces = [];
    this.#at = PIECE_BYTES;
  }
}
