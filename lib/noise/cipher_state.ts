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

/**
 * One key and its counter. The paper's keyless state is not here: both patterns mix a DH in before their first text.
 */
export class CipherState {
  readonly #key: Uint8Array;
  #n = 0;

  /** Counts from 0. @param key  32 bytes. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /**
   * Encrypts with associated data.
   * @returns Ciphertext ‖ 16-byte tag.
   */
  encryptWithAd(ad: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return chacha20poly1305(this.#key, nonceOf(this.#n++), ad).encrypt(plaintext);
  }

  /**
   * Decrypts with associated data.
   * @throws {ProtocolError} by peer: the tag does not match.
   */
  decryptWithAd(ad: Uint8Array, ciphertext: Uint8Array): Uint8Array {
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
