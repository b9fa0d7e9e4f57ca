/**
 * Frames and raw bytes of one stream, and the time that each may take.
 *
 * @module
 */
import type { Clock } from "../sys/clock.ts";
import { readU32 } from "../wire/bytes.ts";
import { type Stream, StreamReader, writeWithin } from "../wire/reading.ts";
import { XFER_FRAME } from "./frames.ts";

/** Longest time in which nothing moves. */
export const IDLE_MS = 60_000;
/** How long a receiver waits for the sender to close first. */
export const DRAIN_MS = 2000;
/** Bytes of one write: what 32 sealed frames hold. A Go peer takes any. */
export const CHUNK_BYTES: number = 32 * 4070;

/** What is needed for the limits. */
export interface ReadingOptions {
  /** Measures. */
  readonly clock: Clock;
  /** Ends the transfer with its reason. */
  readonly signal?: AbortSignal;
}

/** Frames and raw bytes of one stream. */
export class Frames {
  readonly #stream: Stream;
  readonly #options: ReadingOptions;
  readonly #reader: StreamReader;

  /** Nothing is read or written yet. */
  constructor(stream: Stream, options: ReadingOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#reader = new StreamReader(stream, options.clock, options.signal);
  }

  /** Writes bytes. @throws {NetworkError} The stream broke, or takes nothing for a minute. */
  write(bytes: Uint8Array): Promise<void> {
    const { clock, signal } = this.#options;
    return writeWithin(this.#stream, clock, bytes, IDLE_MS, signal);
  }

  /** The next frame's payload, or undefined at the end of the stream. @throws {NetworkError} Nothing came in time. */
  async read(limitMs = IDLE_MS): Promise<Uint8Array | undefined> {
    const head = await this.#reader.exactly(XFER_FRAME.prefixBytes, limitMs);
    if (head === undefined) return undefined;
    const length = readU32(head, 0);
    if (length < XFER_FRAME.minBytes || length > XFER_FRAME.maxBytes) throw XFER_FRAME.error(length);
    return await this.#reader.exactly(length, IDLE_MS);
  }

  /** Raw bytes. */
  body(most: number): Promise<Uint8Array | null> {
    return this.#reader.some(most, IDLE_MS);
  }

  /** Waits a little for the sender to close first. */
  async drain(): Promise<void> {
    try {
      while (await this.#reader.some(CHUNK_BYTES, DRAIN_MS) !== null);
    } catch {
      // It has not, or the stream broke: nothing is lost.
    }
  }
}
