/**
 * AES-256-GCM in one call, for values of a few kilobytes inside a core: synchronous, so that sealing a message is
 * one output of one input.
 *
 * @see NIST SP 800-38D; specification skychat §b.2, §b.6
 * @module
 */
import { ctr, gcm } from "@noble/ciphers/aes.js";
import { concat } from "../wire/bytes.ts";

/** Bytes of a nonce. */
export const GCM_NONCE_BYTES = 12;
const GCM_TAG_BYTES = 16;

const NOTHING = new Uint8Array(0);

/**
 * Seals.
 * @param key  32 bytes.
 * @param nonce  12 bytes, never the same twice under one key.
 * @param associated  Bound to the result, not in it.
 * @returns Ciphertext ‖ tag (16).
 */
export const sealGcm = (
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  associated: Uint8Array = NOTHING,
): Uint8Array => gcm(key, nonce, associated).encrypt(plain);

/**
 * Opens what {@link sealGcm} made.
 * @returns undefined when the key, the nonce, a byte or what is associated differs.
 */
export function openGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array = NOTHING,
): Uint8Array | undefined {
  if (nonce.length !== GCM_NONCE_BYTES) return undefined; // of others the cipher would make one
  try {
    return gcm(key, nonce, associated).decrypt(sealed);
  } catch {
    return undefined;
  }
}

/** Where the counter of a value's first block stands behind the nonce: one block is the tag's. */
const FIRST_BLOCK = Uint8Array.of(0, 0, 0, 2);

/**
 * The first byte of a value, which nobody vouches for: most keys that do not open it are known by that, whatever its length.
 * @returns undefined when there is none.
 */
export function peekGcm(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): number | undefined {
  if (nonce.length !== GCM_NONCE_BYTES || sealed.length <= GCM_TAG_BYTES) return undefined;
  return ctr(key, concat(nonce, FIRST_BLOCK)).decrypt(sealed.slice(0, 1))[0];
}
