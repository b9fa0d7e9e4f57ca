/**
 * Taking what comes to a port, also when much comes at once.
 *
 * @module
 */

/**
 * Streams that are waited for at once. A listener holds 20 that nobody has asked for and resets the next: a browser's
 * or a script's burst, answered in one go, was cut with one taker (29 of 32 came through under load).
 */
const TAKERS = 16;

/** What gives one stream after the other, and null at its end. */
export interface Source<T> {
  /** The next one; several may be asked for. */
  accept(): Promise<T | null>;
}

/**
 * Hands over everything that comes.
 * @param take  Must not throw.
 * @returns When the source has ended.
 * @throws What `accept` threw.
 */
export async function takeAll<T>(source: Source<T>, take: (stream: T) => void): Promise<void> {
  await Promise.all(Array.from({ length: TAKERS }, async () => {
    for (let stream = await source.accept(); stream !== null; stream = await source.accept()) take(stream);
  }));
}
