/**
 * What is received, in pieces that are worth a write: one is written while the next comes.
 *
 * @module
 */
import type { TargetFile } from "../../sys/copies/part_file.ts";

/** What comes has some 64 KiB at once; a write costs as much as copying 1 MiB. */
const PIECE_BYTES: number = 2 ** 18;

/** Pieces of one file. */
export class Pieces {
  readonly #file: Pick<TargetFile, "write">;
  readonly #bytes: number;
  readonly #while: (written: Promise<void>) => Promise<void>;
  #buffers: [Uint8Array, Uint8Array] | undefined;
  #at = 0;
  #written: Promise<void> = Promise.resolve();

  /**
   * Holds nothing.
   * @param size  So many bytes are expected.
   * @param meanwhile  Waits for what is written, which a slow reader of a pipe makes long.
   */
  constructor(
    file: Pick<TargetFile, "write">,
    size: number = PIECE_BYTES,
    meanwhile: (written: Promise<void>) => Promise<void> = (written) => written,
  ) {
    this.#file = file;
    this.#while = meanwhile;
    this.#bytes = Math.max(1, Math.min(PIECE_BYTES, size));
  }

  /** Takes bytes, which are copied. @param sum  Of what is written, in this order. @throws What a write throws. */
  async add(bytes: Uint8Array, sum: { add(bytes: Uint8Array): void }): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      this.#buffers ??= [new Uint8Array(this.#bytes), new Uint8Array(this.#bytes)];
      const count = Math.min(bytes.length - from, this.#bytes - this.#at);
      this.#buffers[0].set(bytes.subarray(from, from + count), this.#at);
      this.#at += count;
      from += count;
      if (this.#at === this.#bytes) await this.leave(sum);
    }
  }

  /** Begins to write what is held, when the piece before is written. @throws What that one has thrown. */
  async leave(sum: { add(bytes: Uint8Array): void }): Promise<void> {
    await this.#while(this.#written);
    if (this.#at === 0) return;
    const piece = this.#buffers![0].subarray(0, this.#at);
    this.#buffers!.reverse();
    this.#at = 0;
    sum.add(piece);
    this.behind(() => this.#file.write(piece));
  }

  /** Does something behind the writes so far; the next call throws what it throws. */
  behind(run: () => Promise<void>): void {
    this.#written = this.#written.then(run);
    this.#written.catch(() => {}); // thrown by the next one
  }

  /** All that has left is written. @throws What a write has thrown. */
  end(): Promise<void> {
    return this.#while(this.#written);
  }
}
