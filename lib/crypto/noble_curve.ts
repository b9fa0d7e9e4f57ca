/**
 * noble's secp256k1: no WebAssembly, and what the other maker is compared with in the tests.
 *
 * @module
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { Curve } from "./curve.ts";
import { sha256 } from "./hash.ts";

/** As libsecp256k1's wrapper has it: additional data of the nonce that adds nothing. */
const extraEntropy = new Uint8Array(32);

// The first multiplication by the base point builds a table. A one-shot command makes a handful of them, so
// a window of 2 bits (built in 3 ms cold) beats noble's default of 8 (12 ms).
let prepared = false;
function prepare(): void {
  if (prepared) return;
  prepared = true;
  secp256k1.Point.BASE.precompute(2, false);
}

/** The curve by noble. */
export const nobleCurve: Curve = {
  name: "noble",
  isSecret: (bytes) => secp256k1.utils.isValidSecretKey(bytes),
  isPublic: (bytes) => secp256k1.utils.isValidPublicKey(bytes, true),
  publicKey(secret) {
    prepare();
    return secp256k1.getPublicKey(secret, true);
  },
  ecdh: (secret, publicKey) => sha256(secp256k1.getSharedSecret(secret, publicKey, true)),
  sign(digest, secret) {
    prepare();
    const made = secp256k1.sign(digest, secret, {
      prehash: false,
      lowS: true,
      format: "recovered",
      extraEntropy,
    });
    const out = new Uint8Array(65);
    out.set(made.subarray(1));
    out[64] = made[0];
    return out;
  },
  recover(rs, recid, digest) {
    try {
      return secp256k1.Signature.fromBytes(rs, "compact")
        .addRecoveryBit(recid)
        .recoverPublicKey(digest)
        .toBytes(true);
    } catch {
      return undefined;
    }
  },
};
