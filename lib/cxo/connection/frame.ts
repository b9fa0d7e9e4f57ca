/**
 * Frames of the byte stream: u32 big-endian length ‖ u32 seq ‖ u32 rseq ‖ u8 type ‖ body.
 *
 * @see specification cxo §7; lib/cxo/README.md "Frames"
 * @module
 */
import { readU32, writeU32 } from "../../wire/bytes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { encoderFor, type Message, typeNumber, writeBody } from "./message.ts";

/** Bytes that every frame has behind its length: seq, rseq, type. */
export const HEAD_BYTES = 9;
/** The longest frame that the protocol knows; one byte more ends the connection. */
export const MAX_FRAME_BYTES: number = 64 * 1024 * 1024;
/** Length field and head. */
const PREFIX_BYTES = 4 + HEAD_BYTES;

const NOTHING = new Uint8Array(0);

/** What stands before a frame's body. */
export interface FrameHead {
  /** Bytes behind the length field. */
  readonly length: number;
  /** The sender's number of this frame. */
  readonly seq: number;
  /** The number of the frame that this one answers, or 0. */
  readonly rseq: number;
  /** Number of the message. */
  readonly type: number;
}

/** A frame with its message. */
export function encodeFrame(seq: number, rseq: number, message: Message): Uint8Array {
  const out = encoderFor(message, PREFIX_BYTES).u32(0).u32(seq).u32(rseq).u8(typeNumber(message.type));
  const frame = writeBody(message, out).done();
  writeU32(frame, 0, frame.length - 4); // big-endian, unlike all the rest
  return frame;
}

/** What is to be done with a frame whose head has arrived: `take` buffers it, `skip` lets its bytes pass. */
export type Admission = "take" | "skip";

/**
 * Cuts a byte stream into frames, and asks about each one as soon as its head is there: what is not admitted is never
 * buffered. The result does not depend on how the stream is chunked.
 */
export class FrameCutter {
  readonly #admit: (head: FrameHead) => Admission;
  readonly #prefix = new Uint8Array(PREFIX_BYTES);
  readonly #prefixView = new DataView(this.#prefix.buffer);
  #prefixBytes = 0;
  #head: FrameHead | undefined;
  /** The body that is being put together; grows as bytes arrive, so that a claimed length costs nothing. */
  #body = NOTHING;
  #bodyBytes = 0;
  #skipping = false;

  /**
   * The next byte is the first of a frame.
   * @param admit  Throws a ProtocolError to end the connection.
   */
  constructor(admit: (head: FrameHead) => Admission) {
    this.#admit = admit;
  }

  /** Whether the stream stands inside a frame. */
  get isInside(): boolean {
    return this.#prefixBytes > 0;
  }

  /**
   * Takes the next bytes.
   * @param onFrame  Called for each complete frame that was admitted; the body is a view that is valid during the
   *   call. Return false to stop behind it.
   * @returns How many bytes of the chunk were taken: all, unless it was stopped.
   * @throws {ProtocolError} by peer: a length outside 9 … 64 MiB, or what `admit` throws.
   */
  push(chunk: Uint8Array, onFrame: (head: FrameHead, body: Uint8Array) => boolean | void): number {
    let at = 0;
    for (;;) {
      if (this.#head === undefined) {
        at += this.#fillPrefix(chunk, at);
        if (this.#head === undefined) return at;
      }
      const head: FrameHead = this.#head;
      const missing = head.length - HEAD_BYTES - this.#bodyBytes;
      const part = chunk.subarray(at, at + missing);
      at += part.length;
      const body = this.#collect(part, head.length - HEAD_BYTES);
      if (body === undefined) return at;
      const skipped = this.#skipping;
      this.#reset();
      if (!skipped && onFrame(head, body) === false) return at;
    }
  }

  /** @returns How many bytes of the chunk it took. */
  #fillPrefix(chunk: Uint8Array, at: number): number {
    const count = Math.min(chunk.length - at, PREFIX_BYTES - this.#prefixBytes);
    for (let i = 0; i < count; i++) this.#prefix[this.#prefixBytes + i] = chunk[at + i];
    this.#prefixBytes += count;
    if (this.#prefixBytes >= 4) {
      const length = readU32(this.#prefix, 0);
      if (length < HEAD_BYTES || length > MAX_FRAME_BYTES) throw badLength(length);
    }
    if (this.#prefixBytes === PREFIX_BYTES) {
      const view = this.#prefixView;
      const [seq, rseq] = [view.getUint32(4, true), view.getUint32(8, true)];
      const head = { length: view.getUint32(0), seq, rseq, type: this.#prefix[12] };
      this.#skipping = this.#admit(head) === "skip";
      this.#head = head;
    }
    return count;
  }

  /** @returns The whole body once it is there; a view of the chunk when it came in one piece. */
  #collect(part: Uint8Array, whole: number): Uint8Array | undefined {
    const before = this.#bodyBytes;
    this.#bodyBytes += part.length;
    if (this.#skipping) return this.#bodyBytes === whole ? part : undefined;
    if (before === 0 && part.length === whole) return part;
    if (this.#body.length < this.#bodyBytes) {
      const grown = new Uint8Array(Math.min(whole, Math.max(256, this.#bodyBytes, 2 * this.#body.length)));
      grown.set(this.#body.subarray(0, before));
      this.#body = grown;
    }
    this.#body.set(part, before);
    return this.#bodyBytes === whole ? this.#body.subarray(0, whole) : undefined;
  }

  #reset(): void {
    this.#head = undefined;
    this.#prefixBytes = 0;
    this.#bodyBytes = 0;
    this.#skipping = false;
    // The body just given out stays valid during the call: its array is not written before the next push needs one.
    this.#body = NOTHING;
  }
}

const badLength = (length: number): ProtocolError =>
  new ProtocolError(`CXO frame of ${length} bytes: not within ${HEAD_BYTES} and ${MAX_FRAME_BYTES}`, {
    by: "peer",
    code: "frame",
    ends: "stream",
  });
