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

/** The system's randomness. */
export const systemRandom: Random = {
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
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
