/**
 * Bytes that are many, short and kept for long: a text of one byte a character takes some 270 bytes less than an array,
 * its buffer and what the engine notes of both.
 *
 * @see bench/README.md "member"
 * @module
 */
import { equal } from "./bytes.ts";

/** Bytes of the longest text: the engine takes them as arguments, and longer arrays are worth their price. */
export const LONGEST_PACKED = 2048;

/** Bytes as they are kept. */
export type Packed = string | Uint8Array;

/** Bytes as a text of one character each. @param bytes  Some thousands at most. */
export const textOf = (bytes: Uint8Array): string =>
  String.fromCharCode.apply(null, bytes as unknown as number[]);

/** Packs bytes; those that are too long are kept as they are, neither changed nor copied. */
export const pack = (bytes: Uint8Array): Packed => bytes.length <= LONGEST_PACKED ? textOf(bytes) : bytes;

/** The bytes, made anew where they are packed. */
export function unpack(packed: Packed): Uint8Array {
  if (typeof packed !== "string") return packed;
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  return bytes;
}

/** Whether packed bytes hold these from a place on: nothing is made anew for a look. @param at  Where, 0 … */
export function holdsAt(packed: Packed, at: number, bytes: Uint8Array): boolean {
  if (at + bytes.length > packed.length) return false;
  if (typeof packed !== "string") return equal(packed.subarray(at, at + bytes.length), bytes);
  for (let i = 0; i < bytes.length; i++) if (packed.charCodeAt(at + i) !== bytes[i]) return false;
  return true;
}

/** Values by name, as a map of arrays that it looks like; each read makes its array anew. */
export class PackedMap implements Iterable<[string, Uint8Array]> {
  readonly #values = new Map<string, Packed>();

  /** How many there are. */
  get size(): number {
    return this.#values.size;
  }

  /** Whether there is a value. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** A value. */
  get(name: string): Uint8Array | undefined {
    const value = this.#values.get(name);
    return value === undefined ? undefined : unpack(value);
  }

  /** Whether a value is there and is this one. */
  holds(name: string, value: Uint8Array): boolean {
    const kept = this.#values.get(name);
    return kept !== undefined && kept.length === value.length && holdsAt(kept, 0, value);
  }

  /** Puts a value; a long one is neither changed nor copied. */
  set(name: string, value: Uint8Array): void {
    this.#values.set(name, pack(value));
  }

  /** All names, in the order in which they came. */
  keys(): Iterable<string> {
    return this.#values.keys();
  }

  /** Takes a value out. @returns Whether there was one. */
  delete(name: string): boolean {
    return this.#values.delete(name);
  }

  /** All, in the order in which their names came. */
  *[Symbol.iterator](): Generator<[string, Uint8Array]> {
    for (const [name, value] of this.#values) yield [name, unpack(value)];
  }
}
