/**
 * A group's keys at rest, in skychat's own form. Ours lie in sealed rows instead (lib/store/place).
 *
 * @see specification skychat §b.1 "at rest"
 * @module
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import type { Random } from "../../../lib/sys/random.ts";
import { concat, utf8 } from "../../../lib/wire/bytes.ts";

/** What the sealing key is derived with, see `deriveSealKey`. */
export const GROUP_SEAL_INFO = "skychat:group-store-seal:v1";

const NONCE_BYTES = 12;

/** What a group's current key is bound to. */
export const currentKeyAad = (groupId: string): Uint8Array => utf8(`cur|${groupId}`);

/** What a key of a group's ring is bound to. @param epoch  0 … 2^64-1. */
export const ringKeyAad = (groupId: string, epoch: bigint): Uint8Array => utf8(`ring|${groupId}|${epoch}`);

/**
 * Seals with ChaCha20-Poly1305.
 * @param key  32 bytes.
 * @returns Nonce (12) ‖ ciphertext ‖ tag (16).
 */
export function sealGroupKey(
  key: Uint8Array,
  plain: Uint8Array,
  aad: Uint8Array,
  random: Random,
): Uint8Array {
  const nonce = random.bytes(NONCE_BYTES);
  return concat(nonce, chacha20poly1305(key, nonce, aad).encrypt(plain));
}

/** Opens what {@link sealGroupKey} made; undefined when the key, the purpose or a byte differs. */
export function openGroupKey(key: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Uint8Array | undefined {
  if (sealed.length < NONCE_BYTES + 16) return undefined;
  try {
    return chacha20poly1305(key, sealed.subarray(0, NONCE_BYTES), aad).decrypt(sealed.subarray(NONCE_BYTES));
  } catch {
    return undefined;
  }
}
