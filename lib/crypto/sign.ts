/**
 * Recoverable ECDSA signatures over SHA-256: r (32) ‖ s (32) ‖ recovery id (1).
 *
 * @see specification dmsg §3
 * @module
 */
import { equal } from "../wire/bytes.ts";
import { sha256 } from "./hash.ts";
import { curve } from "./opened_curve.ts";

/** Bytes of a signature. */
export const SIGNATURE_BYTES = 65;

/**
 * Signs SHA-256(payload) with a nonce that follows from payload and secret (RFC 6979), and low s.
 * @param secret  32 bytes.
 * @param payload  Any bytes; hashed here, once.
 * @returns 65 bytes: r ‖ s ‖ recovery id.
 * @see specification dmsg §3
 */
export function sign(secret: Uint8Array, payload: Uint8Array): Uint8Array {
  return signDigest(secret, sha256(payload));
}

/**
 * Signs a digest.
 * @param secret  32 bytes.
 * @param digest  32 bytes, not all zero.
 * @returns 65 bytes.
 * @throws {RangeError} When the digest is all zero: the curve rule forbids it (specification dmsg §3).
 */
export function signDigest(secret: Uint8Array, digest: Uint8Array): Uint8Array {
  if (digest.every((byte) => byte === 0)) throw new RangeError("an all-zero digest cannot be signed");
  return curve.sign(digest, secret);
}

/**
 * Whether a signature over SHA-256(payload) is valid for a key: the recovered key equals it byte for byte, the
 * top bit of s is 0, recovery id below 4.
 * @param publicKey  33 bytes.
 * @param signature  65 bytes; any other length is invalid.
 * @param payload  Any bytes; hashed here, once.
 * @returns Never throws: whatever is malformed is not valid.
 * @see specification dmsg §3 "Verify"
 */
export const verify = (publicKey: Uint8Array, signature: Uint8Array, payload: Uint8Array): boolean =>
  signatureFault(publicKey, signature, payload) === undefined;

/**
 * Why a signature is not valid, in the words of the Go program, so that logs of both sides can be compared.
 * Parameters as for {@link verify}.
 * @returns Undefined for a valid one.
 */
export function signatureFault(
  publicKey: Uint8Array,
  signature: Uint8Array,
  payload: Uint8Array,
): string | undefined {
  if (signature.length !== SIGNATURE_BYTES) return "Invalid signature length";
  // Go recovers with two bits of the recovery id; that nothing else is in it is asked for last.
  const recovered = curve.recover(signature.subarray(0, 64), signature[64] & 3, sha256(payload));
  if (recovered === undefined) return "Failed to recover pubkey from signature";
  if (!equal(recovered, publicKey)) return "Recovered pubkey does not match pubkey";
  const isValid = (signature[32] & 0x80) === 0 && signature[64] < 4;
  return isValid ? undefined : "VerifySignatureRecoverPubKey, VerifySignatureValidity failed";
}
