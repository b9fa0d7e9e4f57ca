/**
 * Randomness as a value that is passed in: the system's, or a seeded one in tests.
 *
 * @module
 */

/** A source of random bytes. */
export interface Random {
  /** Fresh bytes. */
  bytes(count: number): Uint8Array;
  /** A fraction in [0, 1) for jitter and shuffles; not for secrets. */
  fraction(): number;
}

/** Nonces and ids have no more. Keys have. */
const SMALL_BYTES = 16;
/** For them: a call of the system's takes as long for all of these as for one of them. */
const drawn = new Uint8Array(512);
let leftBytes = 0;

/** A few bytes that nobody had before; they are wiped where they lay. */
function few(count: number): Uint8Array {
  if (leftBytes < count) {
    crypto.getRandomValues(drawn);
    leftBytes = drawn.length;
  }
  const at = leftBytes -= count;
  const bytes = drawn.slice(at, at + count);
  drawn.fill(0, at, at + count);
  return bytes;
}

/** The system's randomness. */
export const systemRandom: Random = {
  bytes: (count) => count <= SMALL_BYTES ? few(count) : crypto.getRandomValues(new Uint8Array(count)),
  fraction: () => Math.random(),
};

/** A shuffled copy. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random.fraction() * (i + 1));
    [out[i], out[j]] = [out[j], out[i]];
  }
  return out;
}
