/**
 * What a stream's peer sent before anybody attached.
 *
 * @module
 */
import type { ConduitSink } from "../wire/machine.ts";

/** Counts bytes that wait in this process. */
export interface WaitingBytes {
  /** Adds bytes; false when they are too many and were not added. */
  hold(bytes: number): boolean;
  /** Takes bytes off that were added. */
  release(bytes: number): void;
}

/**
 * Keeps what arrives until somebody attaches; bounded by the window, and by the count if there is one. In one
 * array that grows: a peer that sends single bytes must not cost an object each.
 */
export class Holding implements ConduitSink {
  #kept = new Uint8Array(0);
  #keptBytes = 0;
  /** How the stream ended meanwhile. */
  ended: { error?: Error } | undefined;
  readonly #count: WaitingBytes | undefined;
  readonly #onTooMany: () => void;

  /**
   * Nothing is kept yet.
   * @param count  Counts what is kept, when it must.
   * @param onTooMany  The count refused more.
   */
  constructor(count: WaitingBytes | undefined, onTooMany: () => void) {
    this.#count = count;
    this.#onTooMany = onTooMany;
  }

  bytes(view: Uint8Array): void {
    if (this.#count && !this.#count.hold(view.length)) return this.#onTooMany();
    const needBytes = this.#keptBytes + view.length;
    if (needBytes > this.#kept.length) {
      const grown = new Uint8Array(Math.max(needBytes, 2 * this.#kept.length));
      grown.set(this.#kept.subarray(0, this.#keptBytes));
      this.#kept = grown;
    }
    this.#kept.set(view, this.#keptBytes);
    this.#keptBytes = needBytes;
  }

  end(error?: Error): void {
    this.ended ??= { error };
  }

  /** Hands over what was kept; it is not counted here any more. */
  take(): Uint8Array {
    const kept = this.#kept.subarray(0, this.#keptBytes);
    this.#count?.release(this.#keptBytes);
    this.#keptBytes = 0;
    this.#kept = new Uint8Array(0);
    return kept;
  }
}
