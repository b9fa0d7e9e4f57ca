/**
 * Reads the numbers and byte runs of Go's gob.
 *
 * @see specification dmsg §10.2; lib/dmsg/README.md "Signed objects"
 * @module
 */
import { fromUtf8 } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";

/** Names of types and fields are Go identifiers of a few letters. */
const MAX_NAME_BYTES = 256;
/** Go refuses messages of this length before it looks whether they are there. */
const TOO_BIG = 1n << 33n;

/**
 * The error for input that is not the gob we can read.
 * @param what  What is wrong, without bytes of the input.
 */
export const gobError = (what: string): ProtocolError =>
  new ProtocolError(`gob: ${what}`, { by: "peer", code: "gob", ends: "stream" });

/** Reads gob's numbers and byte runs off an array, never past its end. */
export class GobCursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** Starts in front of the first byte; the array is only read. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes that are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /**
   * The next bytes.
   * @returns A view.
   * @throws {ProtocolError} `unexpected EOF` when fewer are left.
   */
  take(count: number): Uint8Array {
    if (count > this.left) throw gobError("unexpected EOF");
    return this.#bytes.subarray(this.#at, this.#at += count);
  }

  /**
   * An unsigned number of up to 64 bits.
   * @param short  Go's words when fewer bytes are left than it needs; the default is that of numbers in a message.
   * @throws {ProtocolError} Truncated, or a length byte that announces more than 8 bytes.
   */
  uint64(
    short = (need: number, left: number) => `invalid uint data length ${need}: exceeds input size ${left}`,
  ): bigint {
    const first = this.take(1)[0];
    if (first < 0x80) return BigInt(first);
    if (first < 0xf8) throw gobError("encoded unsigned integer out of range");
    const need = 256 - first;
    if (need > this.left) throw gobError(short(need, this.left));
    let value = 0n;
    for (const byte of this.take(need)) value = value << 8n | BigInt(byte);
    return value;
  }

  /**
   * An unsigned number that JavaScript holds exactly: lengths, counts, indexes.
   * @throws {ProtocolError} Also when the value is above 2^53-1.
   */
  uint(): number {
    if (this.left > 0 && this.#bytes[this.#at] < 0x80) return this.#bytes[this.#at++];
    const value = this.uint64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw gobError("count is too large");
    return Number(value);
  }

  /** A signed 64-bit number: the lowest bit says "complement". Throws as {@link uint64}. */
  int64(): bigint {
    const raw = this.uint64();
    return (raw & 1n) === 0n ? raw >> 1n : ~(raw >> 1n);
  }

  /** A signed number of small size: type ids, lengths of arrays. Throws as {@link uint}. */
  int(): number {
    const raw = this.uint();
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /**
   * A byte run with its length in front.
   * @param bad  Go's words when it is not there.
   * @returns A view.
   */
  bytes(bad = "slice length too large"): Uint8Array {
    const length = this.uint64();
    if (length > BigInt(this.left)) throw gobError(bad);
    return this.take(Number(length));
  }

  /** One message with its length in front, which Go reads off the stream and not off another message. */
  message(): Uint8Array {
    const length = this.uint64(() => "unexpected EOF");
    if (length >= TOO_BIG) throw gobError("invalid message length");
    return this.take(Number(length));
  }

  /** A type's or field's name. Throws when it is longer than any identifier we know. */
  name(): string {
    const bytes = this.bytes("bad string slice length: 0"); // it has lost the length by then
    if (bytes.length > MAX_NAME_BYTES) throw gobError("name is too long");
    return fromUtf8(bytes);
  }

  /**
   * The fields of one struct value, up to its end mark or, as in Go, the end of the message.
   * @param count  How many fields the type has.
   * @param read  Called with each field's index, from 0; must consume the field's value.
   * @throws {ProtocolError} When an index is not below the count.
   */
  fields(count: number, read: (index: number) => void): void {
    let index = -1;
    while (this.left > 0) {
      const delta = this.uint();
      if (delta === 0) return;
      index += delta;
      if (index >= count) throw gobError("bad data: field numbers out of bounds");
      read(index);
    }
  }
}
