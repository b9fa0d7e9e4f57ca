/**
 * Names of objects: SHA-256 of exactly their bytes, and their form as a key of a Map.
 *
 * @see specification cxo §3
 * @module
 */
import { sha256 } from "../crypto/hash.ts";

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

/** Whether all bytes are zero. */
export function isBlank(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** The Map key of a name of 32 bytes. */
export const hashKey = (hash: Uint8Array): HashKey =>
  String.fromCharCode.apply(null, hash as unknown as number[]);

/** The name of a Map key. */
export function hashOfKey(key: HashKey): Uint8Array {
  const hash = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i++) hash[i] = key.charCodeAt(i);
  return hash;
}
