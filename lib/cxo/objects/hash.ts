/**
 * Names of objects: SHA-256 of exactly their bytes, and their form as a key of a Map.
 *
 * @see specification cxo §3
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import { textOf } from "../../wire/packed.ts";

/** Bytes of an object's name. */
export const HASH_BYTES = 32;

/** A name as a text of 32 characters, one for each byte: half of what hex takes, for Maps alone. */
export type HashKey = string;

/** The blank hash: "nothing here". */
export const BLANK: Uint8Array = new Uint8Array(HASH_BYTES);

/**
 * An object's name.
 * @returns 32 bytes.
 */
export const nameOf = (object: Uint8Array): Uint8Array => sha256(object);

/** Whether all bytes of `[from, to)` are zero. */
export function isBlank(bytes: Uint8Array, from = 0, to: number = bytes.length): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** The Map key of a name of 32 bytes. */
export const hashKey = (hash: Uint8Array): HashKey => textOf(hash);

const units: number[] = new Array(HASH_BYTES).fill(0);

/** The Map key of the name at an offset: views of 16 names in each node were a fifth of what a Root allocates. */
export function hashKeyAt(bytes: Uint8Array, at: number): HashKey {
  for (let i = 0; i < HASH_BYTES; i++) units[i] = bytes[at + i];
  return String.fromCharCode.apply(null, units);
}

/** The name of a Map key. */
export function hashOfKey(key: HashKey): Uint8Array {
  const hash = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) hash[i] = key.charCodeAt(i);
  return hash;
}
