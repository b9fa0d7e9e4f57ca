/**
 * Length-prefixed frames with a cap, fed in any chunking.
 *
 * @module
 */
import { readU16, readU32, writeU16, writeU32 } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";

/** What one kind of frame looks like: how many prefix bytes, and what lengths are allowed. */
export interface FrameRule {
  /** Bytes of the big-endian length prefix. */
  readonly prefixBytes: 2 | 4;
  /** Smallest allowed payload. */
  readonly minBytes: number;
  /** Largest allowed payload; a longer one is refused before any of it is buffered. */
  readonly maxBytes: number;
  /** The error for a length outside the limits. */
  error(length: number): ProtocolError;
}

/**
 * Puts the length in front of a payload.
 * @returns A new array: prefix (2 or 4 bytes, big-endian) ‖ payload.
 * @throws {ProtocolError} by self: the payload's length is outside the rule.
 */
export function encodeFrame(rule: FrameRule, payload: Uint8Array): Uint8Array {
  if (payload.length < rule.minBytes || payload.length > rule.maxBytes) throw rule.error(payload.length);
  const frame = new Uint8Array(rule.prefixBytes + payload.length);
  if (rule.prefixBytes === 2) writeU16(frame, 0, payload.length);
  else writeU32(frame, 0, payload.length);
  frame.set(payload, rule.prefixBytes);
  return frame;
}

/** Cuts a byte stream into frames. The result does not depend on how the stream is chunked. */
export class FrameReader {
  readonly #rule: FrameRule;
  #held = new Uint8Array(0);
  #heldBytes = 0;
  #dead: ProtocolError | undefined;

  /** The next byte is the first of a prefix. */
  constructor(rule: FrameRule) {
    this.#rule = rule;
  }

  /** Bytes that wait for the rest of their frame. */
  get pendingBytes(): number {
    return this.#heldBytes;
  }

  /** A copy of the bytes that wait for the rest of their frame. */
  pending(): Uint8Array {
    return this.#held.slice(0, this.#heldBytes);
  }

  /**
   * Takes the next bytes of the stream.
   * @param chunk  Any number of bytes; only read during the call.
   * @param onFrame  Called for each complete payload with a view that is valid during that call only. Return
   *   false to stop: the bytes behind the frame stay pending, see {@link pending}.
   * @throws {ProtocolError} by the rule, when a length is outside its limits; the reader is dead after that and
   *   throws the same error again.
   */
  push(chunk: Uint8Array, onFrame: (payload: Uint8Array) => boolean | void): void {
    if (this.#dead) throw this.#dead;
    const { prefixBytes } = this.#rule;
    let input = chunk;
    if (this.#heldBytes > 0) input = this.#join(chunk);
    let at = 0;
    while (input.length - at >= prefixBytes) {
      const length = prefixBytes === 2 ? readU16(input, at) : readU32(input, at);
      if (length < this.#rule.minBytes || length > this.#rule.maxBytes) {
        throw this.#dead = this.#rule.error(length);
      }
      if (input.length - at - prefixBytes < length) break;
      const payload = input.subarray(at + prefixBytes, at + prefixBytes + length);
      at += prefixBytes + length;
      if (onFrame(payload) === false) break;
    }
    this.#keep(input.subarray(at));
  }

  /** Appends to the held part; the buffer doubles, so one frame in n chunks costs O(n), not O(n²). */
  #join(chunk: Uint8Array): Uint8Array {
    const need = this.#heldBytes + chunk.length;
    if (this.#held.length < need) {
      const grown = new Uint8Array(Math.max(need, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(chunk, this.#heldBytes);
    return this.#held.subarray(0, need);
  }

  #keep(rest: Uint8Array): void {
    if (rest.buffer === this.#held.buffer) {
      if (rest.byteOffset > 0) this.#held.copyWithin(0, rest.byteOffset, rest.byteOffset + rest.length);
    } else if (rest.length > 0) {
      if (this.#held.length < rest.length) this.#held = new Uint8Array(Math.max(256, rest.length));
      this.#held.set(rest);
    }
    this.#heldBytes = rest.length;
    if (rest.length === 0 && this.#held.length > 4096) this.#held = new Uint8Array(0);
  }
}
