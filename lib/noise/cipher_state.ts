/**
 * The CipherState of the Noise paper: one key and a message counter. Used during handshakes, where every
 * message has associated data; sealed frames have their own code in ./transport.ts.
 *
 * @see Noise rev 34 §5.1; specification dmsg §5
 * @module
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ProtocolError } from "../wire/errors.ts";

/** The error of a handshake message that can't be right; its texts are those of the Go program. */
export const handshakeError = (message: string, cause?: unknown): ProtocolError =>
  new ProtocolError(message, { by: "peer", code: "noise", ends: "session" }, { cause });

/** One key and its counter; without a key, text passes through in clear. */
export class CipherState {
  #key: Uint8Array | undefined;
  #n = 0;

  /** Takes a 32-byte key and restarts the counter. */
  initializeKey(key: Uint8Array): void {
    this.#key = key;
    this.#n = 0;
  }

  /** Whether there is a key, so that ciphertexts carry a tag. */
  hasKey(): boolean {
    return this.#key !== undefined;
  }

  /**
   * Encrypts with associated data.
   * @returns Ciphertext ‖ 16-byte tag, or the plaintext itself when there is no key.
   */
  encryptWithAd(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    if (this.#key === undefined) return plaintext;
    return chacha20poly1305(this.#key, nonceOf(this.#n++), ad).encrypt(plaintext);
  }

  /**
   * Decrypts with associated data.
   * @throws {ProtocolError} by peer: the tag does not match.
   */
  decryptWithAd(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
    if (this.#key === undefined) return ciphertext;
    try {
      return chacha20poly1305(this.#key, nonceOf(this.#n), ad).decrypt(ciphertext);
    } catch (cause) {
      throw handshakeError("chacha20poly1305: message authentication failed", cause);
    } finally {
      this.#n++;
    }
  }
}

/** 4 zero bytes ‖ n as little-endian u64; a handshake never counts past 255. */
function nonceOf(n: number): Uint8Array {
  const nonce = new Uint8Array(12);
  nonce[4] = n;
  return nonce;
}
