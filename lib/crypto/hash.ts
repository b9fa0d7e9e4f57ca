/**
 * SHA-256, HMAC and HKDF in the forms that the protocols use.
 *
 * @module
 */
import { sha256 as sha } from "@noble/hashes/sha2.js";
import { hmac } from "@noble/hashes/hmac.js";
import { hkdf as hkdfOf } from "@noble/hashes/hkdf.js";

/** SHA-256, 32 bytes. */
export const sha256 = (bytes: Uint8Array): Uint8Array => sha(bytes);

/** HMAC-SHA-256, 32 bytes. */
export const hmacSha256 = (key: Uint8Array, bytes: Uint8Array): Uint8Array => hmac(sha, key, bytes);

/** HKDF-SHA-256 (RFC 5869): input key material, salt, info, and how many bytes come out. */
export const hkdfSha256 = (
  ikm: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array => hkdfOf(sha, ikm, salt, info, length);
