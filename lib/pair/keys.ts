/**
 * Where a pair meets and under which keys it talks: the port, the static key, and the epochs of the ratchet.
 *
 * @see specification skychat §c.2
 * @module
 */
import { ecdh } from "../crypto/ecdh.ts";
import { hkdfSha256, sha256 } from "../crypto/hash.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import { concat, fromHex, readU32, utf8 } from "../wire/bytes.ts";

const PORTS = 50_000;
const FIRST_PORT = 10_000;
const EPOCH_LABEL = utf8("skychat:pair-epoch:v1");
const EPOCH_ID_BYTES = 8;

/** Two keys in byte order, which is that of their hex. */
const ordered = (a: PublicKeyHex, b: PublicKeyHex): Uint8Array =>
  a < b ? concat(fromHex(a), fromHex(b)) : concat(fromHex(b), fromHex(a));

/** The port of both feeds of a pair, 10000 … 59999; the same on both sides. */
export const pairPort = (a: PublicKeyHex, b: PublicKeyHex): number =>
  readU32(sha256(ordered(a, b)), 0) % PORTS + FIRST_PORT;

/**
 * The key of a pair's first messages.
 * @param secret  32 bytes.
 * @param peer  33 bytes.
 * @returns 32 bytes, the same on both sides.
 * @throws {Error} When the peer's key is no point.
 */
export const staticPairKey = (secret: Uint8Array, peer: Uint8Array): Uint8Array => ecdh(secret, peer);

/** One epoch of a pair. */
export interface PairEpoch {
  /** 8 bytes; names the epoch in each of its messages. */
  readonly id: Uint8Array;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** The name of the epoch between two ratchet keys, 8 bytes. */
export const pairEpochId = (a: PublicKeyHex, b: PublicKeyHex): Uint8Array =>
  sha256(concat(EPOCH_LABEL, ordered(a, b))).slice(0, EPOCH_ID_BYTES);

/**
 * The epoch between our ratchet key and the peer's.
 * @param own  Our ratchet key pair.
 * @throws {Error} When the peer's key is no point.
 */
export function pairEpoch(
  own: { readonly secret: Uint8Array; readonly pk: PublicKeyHex },
  peerRatchet: PublicKeyHex,
): PairEpoch {
  const id = pairEpochId(own.pk, peerRatchet);
  return { id, key: hkdfSha256(ecdh(own.secret, fromHex(peerRatchet)), id, EPOCH_LABEL, 32) };
}
