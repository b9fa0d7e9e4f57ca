/**
 * SHA-256, HMAC and HKDF in the forms that the protocols use.
 *
 * @module
 */
import { sha256 as sha } from "@noble/hashes/sha2.js";
import { hmac } from "@noble/hashes/hmac.js";
import { hkdf as hkdfOf } from "@noble/hashes/hkdf.js";

/**
 * SHA-256 of any bytes.
 * @returns 32 bytes.
 * @see specification dmsg §3
 */
export const sha256 = (bytes: Uint8Array): Uint8Array => begun._cloneInto(scratch).update(bytes).digest();

const begun = sha.create();
/** Used again and again: a new one is 500 bytes for each hash. `digest` wipes it. */
const scratch = sha.create();

/**
 * SHA-256 of any bytes, written into a buffer.
 * @param out  At least 32 bytes, for the hash.
 */
export function sha256Into(bytes: Uint8Array, out: Uint8Array): void {
  begun._cloneInto(scratch).update(bytes).digestInto(out);
}

/**
 * HMAC-SHA-256 under a key of any length.
 * @returns 32 bytes.
 * @see RFC 2104; specification dmsg §5 "MixKey/Split"
 */
export const hmacSha256 = (key: Uint8Array, bytes: Uint8Array): Uint8Array => hmac(sha, key, bytes);

/** A hash: 32 bytes that are valid until the next call. */
export type HashOf = (bytes: Uint8Array) => Uint8Array;

/** A keyed hash of many short texts: what they have in common is computed once. */
export interface KeyedHash {
  /** The hash of bytes. */
  readonly of: HashOf;
  /** The same for bytes that follow on these. */
  behind(prefix: Uint8Array): HashOf;
}

/** HMAC-SHA-256 of many short texts under one key. @see RFC 2104 */
export function hmacSha256Of(key: Uint8Array): KeyedHash {
  const out = new Uint8Array(32);
  const keyed = hmac.create(sha, key);
  const scratch = keyed.clone();
  const over = (begun: typeof keyed): HashOf => (bytes) => {
    begun._cloneInto(scratch).update(bytes).digestInto(out);
    return out;
  };
  const behind = (prefix: Uint8Array): HashOf => {
    const further = hmac.create(sha, key);
    further.update(prefix);
    return over(further);
  };
  return { of: over(keyed), behind };
}

/**
 * HKDF-SHA-256, extract and expand.
 * @param ikm  Input key material, any bytes.
 * @param salt  Any bytes.
 * @param info  What the result is for.
 * @param length  Bytes that come out, at most 8160.
 * @see RFC 5869; specification dmsg §14.4
 */
export const hkdfSha256 = (
  ikm: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array => hkdfOf(sha, ikm, salt, info, length);
