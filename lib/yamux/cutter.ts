/**
 * Cuts a byte stream into headers and payload pieces without buffering any payload.
 *
 * @module
 */
import { FrameType, type Header, HEADER_BYTES, readHeader } from "./frame.ts";

/** Who is told what the {@link FrameCutter} finds. What it throws ends the cutting. */
export interface FrameSink {
  /** A complete header. For a Data frame with a length, its payload pieces follow. */
  header(header: Header): void;
  /** The next piece of the payload: a view into the chunk, 1 byte or longer. */
  payload(piece: Uint8Array): void;
  /** The frame is complete; called once for every header, also when it has no payload. */
  end(): void;
}

/** Holds at most 11 bytes of a header that straddles two chunks, and how much payload is still to come. */
export class FrameCutter {
  readonly #sink: FrameSink;
  readonly #scratch = new Uint8Array(HEADER_BYTES);
  #scratchBytes = 0;
  #payloadLeft = 0;

  /** Starts at a frame boundary; the sink is called during {@link FrameCutter.push}. */
  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether the next byte begins a frame. */
  get atBoundary(): boolean {
    return this.#scratchBytes === 0 && this.#payloadLeft === 0;
  }

  /**
   * Takes the next bytes of the stream. The cost is per frame and piece, not per byte.
   * @param chunk  Any number of bytes; only read during the call.
   * @throws {ProtocolError} by peer: a bad header; and whatever the sink throws. The cutter is dead after that.
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      at = this.#payloadLeft > 0 ? this.#takePayload(chunk, at) : this.#takeHeader(chunk, at);
    }
  }

  #takePayload(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#payloadLeft);
    this.#payloadLeft -= end - at;
    this.#sink.payload(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
    if (this.#payloadLeft === 0) this.#sink.end();
    return end;
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    if (this.#scratchBytes === 0 && chunk.length - at >= HEADER_BYTES) {
      this.#begin(readHeader(chunk, at));
      return at + HEADER_BYTES;
    }
    const end = Math.min(chunk.length, at + HEADER_BYTES - this.#scratchBytes);
    this.#scratch.set(chunk.subarray(at, end), this.#scratchBytes);
    this.#scratchBytes += end - at;
    if (this.#scratchBytes === HEADER_BYTES) {
      this.#scratchBytes = 0;
      this.#begin(readHeader(this.#scratch, 0));
    }
    return end;
  }

  #begin(header: Header): void {
    if (header.type === FrameType.data) this.#payloadLeft = header.length;
    this.#sink.header(header);
    if (this.#payloadLeft === 0) this.#sink.end();
  }
}
