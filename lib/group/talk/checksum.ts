/**
 * Tells whether a leaf is the one that was read before, without reading it: a polynomial over its words at a secret
 * place. Whoever does not know the secret can't write two leaves with one sum, so nobody shows another leaf in the place
 * of one that we have and goes unseen; and members have different secrets.
 *
 * @module
 */
import { sha256 } from "../../crypto/hash.ts";
import { concat, readU32, utf8 } from "../../wire/bytes.ts";

/** A prime above 2^32: no two words are the same modulo it. */
const PRIME = 4_294_967_311;
/** Places to choose from: a sum times one of them, and a word, still is a whole number below 2^53. */
const PLACES = 2 ** 19;
const DOMAIN = utf8("dmsg group checksum v1");

/** The secret place of a key, 1 … 2^19. */
export const checksumSecret = (secret: Uint8Array): number =>
  readU32(sha256(concat(DOMAIN, secret)), 0) % PLACES + 1;

/** The sum of bytes. @returns A whole number, the same for the same bytes and secret. */
export function checksum(bytes: Uint8Array, secret: number): number {
  const words = bytes.length & ~3;
  let sum = bytes.length;
  for (let at = 0; at < words; at += 4) sum = step(sum, readU32(bytes, at), secret);
  for (let at = words; at < bytes.length; at++) sum = step(sum, bytes[at], secret);
  return sum;
}

function step(sum: number, word: number, secret: number): number {
  const next = sum * secret + word;
  return next - Math.floor(next / PRIME) * PRIME;
}
