/**
 * Key pairs from a seed text, as skycoin's tools make them. The program makes its keys from random bytes.
 *
 * @see specification dmsg §2 "Deterministic key from seed"
 * @module
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { concat } from "../../../lib/wire/bytes.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { type KeyPair, keyPairOf, publicKeyOf } from "../../../lib/crypto/keys.ts";

/** One step of the sequence: a pair, and the seed of the next one. */
export interface SeededPair {
  /** The key pair of the seed. */
  readonly pair: KeyPair;
  /** 32 bytes; feeding it back gives the next pair. A secret like the pair's own. */
  readonly nextSeed: Uint8Array;
}

/**
 * Derives a key pair from a seed.
 * @param seed  Any bytes, at least one.
 * @returns The pair, and the seed of the next one.
 * @throws {RangeError} When the seed is empty.
 */
export function keyPairFromSeed(seed: Uint8Array): SeededPair {
  if (seed.length === 0) throw new RangeError("a seed must have at least one byte");
  const nextSeed = strongHash(seed);
  return { pair: keyPairOf(secretFrom(sha256(concat(seed, nextSeed)))), nextSeed };
}

/** SHA-256 salted with a DH of the seed with itself, which makes guessing seeds slower. */
function strongHash(seed: Uint8Array): Uint8Array {
  const hash = sha256(seed);
  const publicKey = publicKeyOf(secretFrom(sha256(hash)));
  return sha256(concat(hash, secp256k1.getSharedSecret(secretFrom(hash), publicKey, true)));
}

/** The first hash in the chain behind 32 bytes that is a secret key; one step, save for 1 in 2^128 seeds. */
function secretFrom(bytes: Uint8Array): Uint8Array {
  let secret = sha256(bytes);
  while (!secp256k1.utils.isValidSecretKey(secret)) secret = sha256(secret);
  return secret;
}
