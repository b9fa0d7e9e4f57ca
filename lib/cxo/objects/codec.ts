/**
 * The binary encoding of everything in CXO: fields in order, little-endian, no names, tags or padding.
 *
 * @see specification cxo §2; lib/cxo/README.md "Encoding"
 * @module
 */
import { fromUtf8, utf8 } from "../../wire/bytes.ts";
import { ProtocolError } from "../../wire/errors.ts";

/** The error of bytes that a peer encoded wrongly. */
export const malformed = (what: string): ProtocolError =>
  new ProtocolError(`malformed CXO ${what}`, { by: "peer", code: "malformed", ends: "stream" });

/** Writes fields one behind the other; every method returns the encoder. */
export class Encoder {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;

  /**
   * Starts empty.
   * @param sizeHint  Bytes that are expected; more is grown.
   */
  constructor(sizeHint = 64) {
    this.#bytes = new Uint8Array(sizeHint);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** An integer of 1 byte, 0 … 255. */
  u8(value: number): this {
    const at = this.#room(1); // first: it may replace the view
    this.#view.setUint8(at, value);
    return this;
  }

  /** An integer of 2 bytes. */
  u16(value: number): this {
    const at = this.#room(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  /** An integer of 4 bytes; two's complement for negative ones. */
  u32(value: number): this {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** An integer of 8 bytes, 0 … 2^64-1. */
  u64(value: bigint): this {
    const at = this.#room(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  /** An integer of 8 bytes, two's complement. */
  i64(value: bigint): this {
    const at = this.#room(8);
    this.#view.setBigInt64(at, value, true);
    return this;
  }

  /** IEEE bits, 4 bytes. */
  f32(value: number): this {
    const at = this.#room(4);
    this.#view.setFloat32(at, value, true);
    return this;
  }

  /** IEEE bits, 8 bytes. */
  f64(value: number): this {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  /** One byte, 0 or 1. */
  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  /** Bytes of a length that both sides know: keys, hashes, signatures. */
  fixed(bytes: Uint8Array): this {
    const at = this.#room(bytes.length); // first: it may replace the array
    this.#bytes.set(bytes, at);
    return this;
  }

  /** A byte string: u32 length, then the bytes. */
  bytes(bytes: Uint8Array): this {
    return this.u32(bytes.length).fixed(bytes);
  }

  /** A text as a byte string of UTF-8. */
  string(text: string): this {
    return this.bytes(utf8(text));
  }

  /** The number of elements of a slice; the elements follow. */
  count(elements: number): this {
    return this.u32(elements);
  }

  /** What was written, as an array of its own; the encoder is used no more. */
  done(): Uint8Array {
    return this.#at === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#at);
  }

  #room(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#at, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}

const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Reads fields one after the other; every method throws {@link malformed} when the bytes do not hold one. */
export class Decoder {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;
  #wideView: DataView | undefined;

  /**
   * Starts at the first byte.
   * @param what  For errors: what is decoded.
   */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** Bytes that are not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** An integer of 1 byte. */
  u8(): number {
    return this.#bytes[this.#take(1)];
  }

  /** An integer of 2 bytes. */
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  /** An integer of 4 bytes. */
  u32(): number {
    const at = this.#take(4);
    const bytes = this.#bytes;
    return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>> 0;
  }

  /** An integer of 8 bytes. */
  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** An integer of 8 bytes, two's complement. */
  i64(): bigint {
    return this.#view.getBigInt64(this.#take(8), true);
  }

  /** IEEE bits, 4 bytes. */
  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** IEEE bits, 8 bytes. */
  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  /** 0 or 1; any other value is malformed. */
  bool(): boolean {
    const value = this.u8();
    if (value > 1) throw malformed(this.#what);
    return value === 1;
  }

  /** A view of the next bytes. */
  fixed(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A view of a byte string. */
  bytes(): Uint8Array {
    return this.fixed(this.u32());
  }

  /** A text; invalid UTF-8 becomes U+FFFD. */
  string(): string {
    return fromUtf8(this.bytes());
  }

  /** A text that must be UTF-8: two texts are equal only when their bytes are. */
  exactString(): string {
    try {
      return strict.decode(this.bytes());
    } catch {
      throw malformed(this.#what);
    }
  }

  /**
   * The number of elements of a slice.
   * @param elementBytes  The smallest element; a count that can't fit into what is left is malformed, so nothing is
   *   allocated for it.
   */
  count(elementBytes = 1): number {
    const count = this.u32();
    if (count * elementBytes > this.left) throw malformed(this.#what);
    return count;
  }

  /** Says that nothing may be left: messages are consumed exactly, objects are not asked. */
  end(): void {
    if (this.left > 0) throw malformed(this.#what);
  }

  /** Made when it is needed: most objects hold small integers and bytes alone. */
  get #view(): DataView {
    const { buffer, byteOffset, length } = this.#bytes;
    return this.#wideView ??= new DataView(buffer, byteOffset, length);
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.left) throw malformed(this.#what);
    this.#at += count;
    return at;
  }
}
