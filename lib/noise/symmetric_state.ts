/**
 * The SymmetricState of the Noise paper: the chaining key, the running hash, and the current cipher.
 *
 * @see Noise rev 34 §5.2; specification dmsg §5
 * @module
 */
import { hmacSha256, sha256 } from "../crypto/hash.ts";
import { concat, utf8 } from "../wire/bytes.ts";
import { CipherState } from "./cipher_state.ts";

const EMPTY = new Uint8Array(0);

/** Noise's HKDF with two outputs of 32 bytes. */
function hkdf2(chainingKey: Uint8Array, input: Uint8Array): [Uint8Array, Uint8Array] {
  const temp = hmacSha256(chainingKey, input);
  const first = hmacSha256(temp, Uint8Array.of(1));
  return [first, hmacSha256(temp, concat(first, Uint8Array.of(2)))];
}

/** What both sides of a handshake keep in step. */
export class SymmetricState {
  /** Undefined before the first MixKey. */
  #cipher: CipherState | undefined;
  #ck: Uint8Array;
  #h: Uint8Array;

  /**
   * Starts h and ck, and hashes the empty prologue.
   * @param protocolName  Longer than 32 bytes, so h starts as its hash.
   */
  constructor(protocolName: string) {
    this.#h = sha256(utf8(protocolName));
    this.#ck = this.#h;
    this.mixHash(EMPTY);
  }

  /** The running hash, 32 bytes. */
  get h(): Uint8Array {
    return this.#h;
  }

  /** The chaining key, 32 bytes. */
  get ck(): Uint8Array {
    return this.#ck;
  }

  /** h = SHA-256(h ‖ data). */
  mixHash(data: Uint8Array): void {
    this.#h = sha256(concat(this.#h, data));
  }

  /** Feeds a DH result (33 bytes) into the chaining key and starts a new cipher key. */
  mixKey(input: Uint8Array): void {
    const [ck, key] = hkdf2(this.#ck, input);
    this.#ck = ck;
    this.#cipher = new CipherState(key);
  }

  /** Encrypts under the running hash and mixes the result into it; behind the first MixKey. */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const ciphertext = this.#cipher!.encryptWithAd(this.#h, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /**
   * Decrypts under the running hash and mixes the ciphertext into it; behind the first MixKey.
   * @throws {ProtocolError} by peer: the tag does not match.
   */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array {
    const plaintext = this.#cipher!.decryptWithAd(this.#h, ciphertext);
    this.mixHash(ciphertext);
    return plaintext;
  }

  /** The two transport keys (k1, k2), 32 bytes each. */
  split(): [Uint8Array, Uint8Array] {
    return hkdf2(this.#ck, EMPTY);
  }
}
