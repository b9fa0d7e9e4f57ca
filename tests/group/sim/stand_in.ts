/**
 * What stands in for a curve and for chance where a whole group is simulated.
 *
 * @module
 */
import { sha256 } from "../../../lib/crypto/hash.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import type { Signer } from "../../../lib/group/talk/signer.ts";
import type { Random } from "../../../lib/sys/random.ts";
import { concat, equal, fromHex, toHex } from "../../../lib/wire/bytes.ts";

/** A signature scheme of equal sizes and failures: a keyed hash under the public key. Only for honest worlds. */
export const hashSigner: Signer = {
  sign: (secret, digest) => tagOf(publicOf(secret), digest),
  verify: (pk, signature, digest) => equal(signature, tagOf(fromHex(pk), digest)),
};

const publics = new Map<string, Uint8Array>();

function publicOf(secret: Uint8Array): Uint8Array {
  const known = publics.get(toHex(secret)) ?? keyPairOf(secret).public;
  publics.set(toHex(secret), known);
  return known;
}

function tagOf(publicKey: Uint8Array, digest: Uint8Array): Uint8Array {
  const half = sha256(concat(publicKey, digest));
  return concat(half, half, Uint8Array.of(0));
}

/** Seeded: a small generator, good enough for schedules and test keys. */
export function seeded(seed: number): Random {
  let state = seed >>> 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>>= 0;
  };
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => next() >>> 11 & 255),
    fraction: () => next() / 2 ** 32,
  };
}

/**
 * Puts a list into a random order. Not by a sort that tosses a coin: how often that asks depends on what the compiler
 * has made of it by then, and a seed would be another one on each run.
 */
export function shuffled<T>(list: T[], random: Random): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random.fraction() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
}
