/**
 * secp256k1 behind one interface with two makers: libsecp256k1 as WebAssembly, and noble where that can't be had.
 *
 * @see lib/crypto/README.md "Decisions"
 * @module
 */

/** What of the curve is used here. Lengths are the caller's duty: secret 32 bytes, public 33, digest 32. */
export interface Curve {
  /** Which library it is. */
  readonly name: "libsecp256k1" | "noble";
  /** Whether 32 bytes are a number from 1 to n-1. */
  isSecret(bytes: Uint8Array): boolean;
  /** Whether 33 bytes that start with 2 or 3 are a point. */
  isPublic(bytes: Uint8Array): boolean;
  /**
   * The public key of a secret key, compressed.
   * @throws {Error} It is no secret key.
   */
  publicKey(secret: Uint8Array): Uint8Array;
  /**
   * SHA-256 of the compressed shared point, 32 bytes.
   * @throws {Error} The public key is no point.
   */
  ecdh(secret: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /**
   * Signs a digest with a nonce that follows from it and the secret, and low s.
   * @returns 65 bytes: r ‖ s ‖ recovery id.
   */
  sign(digest: Uint8Array, secret: Uint8Array): Uint8Array;
  /**
   * The key that made a signature.
   * @param rs  64 bytes.
   * @param recid  0 … 3.
   * @returns 33 bytes; undefined when there is none.
   */
  recover(rs: Uint8Array, recid: number, digest: Uint8Array): Uint8Array | undefined;
}
