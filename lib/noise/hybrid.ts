/**
 * The opportunistic ML-KEM-768 hybrid: data in the handshake payloads, and keys mixed after the split.
 *
 * @see specification dmsg §14
 * @module
 */
import { hkdfSha256 } from "../crypto/hash.ts";
import { concat, utf8 } from "../wire/bytes.ts";
import type { Random } from "../sys/random.ts";

/** Bytes of an encapsulation key: exactly this payload length in message 1 is an offer. */
export const ENCAPSULATION_KEY_BYTES = 1184;
/** Bytes of a ciphertext: exactly this payload length in message 2 is the answer. */
export const CIPHERTEXT_BYTES = 1088;

const INFO = utf8("skywire-pq-hybrid-v1");

/** A KEM key pair. */
export interface KemPair {
  /** 1184 bytes, sent. */
  readonly encapsulationKey: Uint8Array;
  /** Kept until the answer comes. */
  readonly decapsulationKey: Uint8Array;
}

/** ML-KEM-768 as the handshakes use it. */
export interface Kem {
  /** A fresh pair; draws 64 bytes. */
  generate(random: Random): KemPair;
  /**
   * A fresh secret for a peer's key; draws 32 bytes.
   * @returns undefined when the key is not a valid one: the plain keys then stay.
   */
  encapsulate(
    encapsulationKey: Uint8Array,
    random: Random,
  ): { ciphertext: Uint8Array; shared: Uint8Array } | undefined;
  /** The secret of a ciphertext of 1088 bytes, 32 bytes. */
  decapsulate(ciphertext: Uint8Array, decapsulationKey: Uint8Array): Uint8Array;
}

/**
 * Loads ML-KEM-768 (FIPS 203); only called when a peer offers it or we do.
 * @returns The same functions at each call.
 * @see specification dmsg §14
 */
export async function loadKem(): Promise<Kem> {
  const { ml_kem768 } = await import("@noble/post-quantum/ml-kem.js");
  return {
    generate: (random) => {
      const pair = ml_kem768.keygen(random.bytes(64));
      return { encapsulationKey: pair.publicKey, decapsulationKey: pair.secretKey };
    },
    encapsulate: (encapsulationKey, random) => {
      try {
        const made = ml_kem768.encapsulate(encapsulationKey, random.bytes(32));
        return { ciphertext: made.cipherText, shared: made.sharedSecret };
      } catch {
        return undefined;
      }
    },
    decapsulate: (ciphertext, decapsulationKey) => ml_kem768.decapsulate(ciphertext, decapsulationKey),
  };
}

/**
 * A transport key with the KEM's secret mixed in.
 * @param key  A split key, 32 bytes.
 * @param shared  The ML-KEM secret, 32 bytes.
 * @param handshakeHash  The final h, 32 bytes.
 * @returns 32 bytes.
 */
export const hybridKey = (key: Uint8Array, shared: Uint8Array, handshakeHash: Uint8Array): Uint8Array =>
  hkdfSha256(concat(key, shared), handshakeHash, INFO, 32);
