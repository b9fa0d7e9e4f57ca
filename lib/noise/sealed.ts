/**
 * Text on its way out: sealed in batches of frames, one batch ahead of the one that is being sent.
 *
 * While a batch waits for the peer's window the next one is sealed, so that it leaves as soon as credit comes.
 * With the sealing behind the credit the whole path stood still meanwhile: 5 % of the bulk path.
 *
 * @see lib/noise/README.md "The bulk path"
 * @module
 */
import type { Conduit } from "../wire/machine.ts";
import {
  LONG_FRAME_BYTES,
  MAX_FRAME_BYTES,
  MAX_FRAME_PLAINTEXT,
  RECORD_OVERHEAD_BYTES,
  type Sealer,
} from "./transport.ts";

/** Frames of a batch: beyond 32 nothing is gained (bench/README.md "The bulk path"). */
const BATCH_FRAMES = 32;
/** A batch with at least this much text has a buffer that is used again. */
const BULK_BYTES = 16 * 1024;

/** What a {@link SealedText} needs. */
export interface SealedTextOptions {
  /** Takes the batches; its window, when nothing is in it, holds a frame of 4096 bytes or more. */
  readonly conduit: Conduit;
  /** Numbers the frames; its cipher may be exchanged between two batches. */
  readonly sealer: Sealer;
  /** Called before a batch is sealed; a promise is waited for. */
  readonly beforeBatch: () => Promise<void> | undefined;
  /** Called with the bytes of a sealed batch. */
  readonly onSealed: (bytes: number) => void;
}

/** The outgoing half of a stream. */
export class SealedText {
  readonly #options: SealedTextOptions;
  /** All writes so far are sealed. */
  #sealing: Promise<void> = Promise.resolve();
  /** All batches so far have left; rejects for ever once one could not. */
  #sending: Promise<void> = Promise.resolve();
  /** The batch before the last one has left: its buffer is free. */
  #batchBefore: Promise<void> | undefined;
  /** Bytes of the longest frame that the peer takes. */
  #frameBytes: number = MAX_FRAME_BYTES;
  /** Of the last long batch, and of the one before. */
  #buffers: [Uint8Array?, Uint8Array?] = [undefined, undefined];

  /** Nothing is sealed yet. */
  constructor(options: SealedTextOptions) {
    this.#options = options;
  }

  /**
   * Seals and sends all bytes, behind the writes before, awaited or not.
   * @returns When they have left and the array may be reused.
   * @throws {NetworkError} The conduit's.
   */
  write(bytes: Uint8Array): Promise<void> {
    return bytes.length === 0 ? this.#sealing : this.#write(bytes);
  }

  /** Sends a frame without text, which no reader sees. See {@link write}. */
  writeEmpty(): Promise<void> {
    return this.#write(new Uint8Array(0));
  }

  #write(bytes: Uint8Array): Promise<void> {
    let sent: Promise<void> | undefined;
    const sealed = this.#sealing.then(async () => {
      for (let at = 0; at === 0 || at < bytes.length; at += BATCH_FRAMES * MAX_FRAME_PLAINTEXT) {
        const before = this.#options.beforeBatch();
        if (before) await before;
        if (this.#batchBefore) await this.#batchBefore;
        const batch = this.#seal(bytes.subarray(at, at + BATCH_FRAMES * MAX_FRAME_PLAINTEXT));
        this.#batchBefore = this.#sending;
        sent = this.#sending = this.#sending.then(() => this.#send(batch));
        sent.catch(() => {}); // told to the writer, below
      }
    });
    this.#sealing = sealed.catch(() => {});
    return sealed.then(() => sent);
  }

  /** Frames may be longer from the next batch on. @param mostBytes  Of the longest that the peer takes. */
  sendLong(mostBytes: number): void {
    this.#frameBytes = Math.max(this.#frameBytes, Math.min(mostBytes, LONG_FRAME_BYTES));
  }

  /** Resolves when every write so far has left or failed. */
  async settled(): Promise<void> {
    await this.#sealing;
    await this.#sending.catch(() => {});
  }

  /** Frames behind the conduit's headroom. */
  #seal(text: Uint8Array): Uint8Array {
    const head = this.#options.conduit.headroomBytes;
    const most = this.#frameBytes - RECORD_OVERHEAD_BYTES;
    const frames = Math.max(1, Math.ceil(text.length / most));
    const batch = this.#buffer(head, head + text.length + frames * RECORD_OVERHEAD_BYTES);
    let to = head;
    for (let at = 0; at === 0 || at < text.length; at += most) {
      const count = Math.min(most, text.length - at);
      to += this.#options.sealer.seal(text, at, count, batch, to);
    }
    this.#options.onSealed(batch.length);
    return batch;
  }

  #buffer(head: number, bytes: number): Uint8Array {
    if (bytes < BULK_BYTES) return new Uint8Array(bytes);
    const [last, before = new Uint8Array(head + BATCH_FRAMES * MAX_FRAME_BYTES)] = this.#buffers;
    this.#buffers = [before, last];
    return before.subarray(0, bytes);
  }

  /** Sends a batch, in pieces when the window does not hold all of it: of whole frames, unless they are long. */
  async #send(batch: Uint8Array): Promise<void> {
    const { conduit } = this.#options;
    const head = conduit.headroomBytes;
    for (let at = 0; at + head < batch.length;) {
      const left = batch.length - head - at;
      const room = await conduit.writable(Math.min(left, MAX_FRAME_BYTES));
      const count = room >= left ? left : room - room % MAX_FRAME_BYTES;
      // The header of a later piece overwrites bytes that have left.
      await conduit.send(batch.subarray(at, at + head + count));
      at += count;
    }
  }
}
