/**
 * The Diffie-Hellman function of dmsg's Noise.
 *
 * @see specification dmsg §4
 * @module
 */
import { curve } from "./opened_curve.ts";

/** Bytes of a DH result: SHA-256 of the shared point and one zero byte. */
const DH_BYTES = 33;

/**
 * SHA-256 of the compressed shared point.
 * @param secret  32 bytes.
 * @param publicKey  33 bytes.
 * @returns 32 bytes.
 * @throws {Error} When the public key is not a point of the curve.
 * @see specification dmsg §4
 */
export const ecdh = (secret: Uint8Array, publicKey: Uint8Array): Uint8Array => curve.ecdh(secret, publicKey);

/**
 * The Noise DH function: {@link ecdh} and one zero byte. All 33 bytes enter MixKey (findings/dmsg_dh_ends_in_zero.sh).
 * @param secret  32 bytes.
 * @param publicKey  33 bytes.
 * @returns 33 bytes.
 * @throws {Error} When the public key is not a point of the curve.
 * @see specification dmsg §4
 */
export function dh(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const out = new Uint8Array(DH_BYTES);
  out.set(ecdh(secret, publicKey));
  return out;
}
