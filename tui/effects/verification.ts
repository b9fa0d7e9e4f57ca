/**
 * Twelve words that two people see when each has the other's real key.
 *
 * @module
 */
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { fromHex, utf8 } from "../../lib/wire/bytes.ts";

/** Bits that a word of a list of 2048 stands for. */
const WORD_BITS = 11;
const WORDS = 12;

/**
 * The words of two keys, in either order: the first 132 bits of SHA-256 over a name of this use and both keys.
 * @param words  2048 of them.
 */
export function safetyWords(
  a: PublicKeyHex,
  b: PublicKeyHex,
  words: readonly string[],
  sha256: (bytes: Uint8Array) => Uint8Array,
): string[] {
  const [first, second] = [a, b].sort();
  const name = utf8("dmsg safety words 1");
  const bytes = sha256(Uint8Array.from([...name, ...fromHex(first), ...fromHex(second)]));
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return Array.from(
    { length: WORDS },
    (_, i) => words[parseInt(bits.slice(i * WORD_BITS, (i + 1) * WORD_BITS), 2)],
  );
}

/** Words and the QR code of our own key, as rows. What they are made with is loaded only here. */
export async function verification(
  own: PublicKeyHex,
  peer: PublicKeyHex,
): Promise<{ words: string[]; qr: string[] }> {
  const [{ wordlist }, { sha256 }, { renderUnicodeCompact }] = await Promise.all([
    import("@scure/bip39/wordlists/english.js"),
    import("../../lib/crypto/hash.ts"),
    import("uqr"),
  ]);
  return {
    words: safetyWords(own, peer, wordlist, sha256),
    qr: renderUnicodeCompact(own, { border: 1 }).split("\n"),
  };
}
