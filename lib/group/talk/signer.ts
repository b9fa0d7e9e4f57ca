/**
 * How a group signs.
 *
 * @see specification skychat §0.1
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { sign, verify } from "../../crypto/sign.ts";
import { fromHex } from "../../wire/bytes.ts";

/** How a group signs. Injected, so that a simulation can use a cheaper scheme of equal sizes and failures. */
export interface Signer {
  /** Signs. @param secret  32 bytes. @param digest  32 bytes; hashed once more here. @returns 65 bytes. */
  sign(secret: Uint8Array, digest: Uint8Array): Uint8Array;
  /** Whether `signature` is `pk`'s over the digest. Never throws. */
  verify(pk: PublicKeyHex, signature: Uint8Array, digest: Uint8Array): boolean;
}

/** The real scheme: `signPayload` of the specification (§0.1). */
export const curveSigner: Signer = {
  sign,
  verify: (pk, signature, digest) => verify(fromHex(pk), signature, digest),
};
