/**
 * Randomness that a seed decides.
 *
 * @module
 */
import { sha256 } from "../../lib/crypto/hash.ts";
import type { Random } from "../../lib/sys/random.ts";
import { concat, readU32, utf8, writeU32 } from "../../lib/wire/bytes.ts";

/**
 * A Random whose draws follow from its seed: SHA-256 of the seed and a counter.
 * @param seed  Any text or number; another seed, another sequence.
 */
export function seededRandom(seed: string | number): Random {
  const key = sha256(utf8(String(seed)));
  let counter = 0;
  let block = new Uint8Array(0);
  const bytes = (count: number): Uint8Array => {
    const out = new Uint8Array(count);
    for (let at = 0; at < count;) {
      if (block.length === 0) block = next();
      const part = block.subarray(0, count - at);
      out.set(part, at);
      at += part.length;
      block = block.subarray(part.length);
    }
    return out;
  };
  const next = (): Uint8Array<ArrayBuffer> => {
    const index = new Uint8Array(4);
    writeU32(index, 0, counter++);
    return new Uint8Array(sha256(concat(key, index)));
  };
  return { bytes, fraction: () => readU32(bytes(4), 0) / 0x100000000 };
}

/** An integer of [0, below). */
export const below = (random: Random, limit: number): number => Math.floor(random.fraction() * limit);
