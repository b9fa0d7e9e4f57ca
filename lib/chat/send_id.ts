/**
 * Message ids that follow from a key of the user's, so that repeating a send is one message.
 *
 * @see lib/chat/README.md "Ids of `send --id`"
 * @module
 */
import { sha256 } from "../crypto/hash.ts";
import { parsePublicKey, type PublicKeyHex } from "../crypto/keys.ts";
import { concat, toHex, utf8 } from "../wire/bytes.ts";

/** Longest key, UTF-8 bytes: a file name, a UUID or a date fits many times. */
export const MAX_SEND_KEY_BYTES = 1024;

/**
 * The id of a message with a key: the first 8 bytes of SHA-256("dmsg-send-id" ‖ recipient ‖ key).
 * @param recipient  Goes in as its 33 bytes.
 * @param key  Goes in as UTF-8, 1 … 1024 bytes.
 * @returns 16 lower-case hex characters; the same for the same recipient and key.
 * @throws {RangeError} The key is empty or too long.
 * @throws {KeyError} Not a public key.
 */
export function sendId(recipient: PublicKeyHex, key: string): string {
  const bytes = utf8(key);
  if (bytes.length === 0 || bytes.length > MAX_SEND_KEY_BYTES) {
    throw new RangeError(`a message key has 1 to ${MAX_SEND_KEY_BYTES} bytes`);
  }
  return toHex(sha256(concat(utf8("dmsg-send-id"), parsePublicKey(recipient), bytes)).subarray(0, 8));
}
