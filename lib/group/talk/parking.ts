/**
 * What can't be judged yet: kept for a while, the oldest dropped, tried again when something has changed.
 *
 * @see specification skychat §b.6, §b.14
 * @module
 */

/** How much waits at most, for each reason. */
export const MAX_PARKED = 256;

/** A bounded waiting room. */
export class Parking<T> {
  #waiting = new Map<string, T>();
  #hasLost = false;

  /** How much waits. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Keeps something under a name; the same name once. When it is full the oldest goes. */
  put(name: string, value: T): void {
    if (this.#waiting.has(name)) return;
    this.#waiting.set(name, value);
    if (this.#waiting.size <= MAX_PARKED) return;
    const [oldest] = this.#waiting.keys();
    this.#waiting.delete(oldest);
    this.#hasLost = true;
  }

  /** Whether something went because the room was full, since the last call. */
  takeLost(): boolean {
    const hasLost = this.#hasLost;
    this.#hasLost = false;
    return hasLost;
  }

  /** Whether something waits under a name. */
  has(name: string): boolean {
    return this.#waiting.has(name);
  }

  /** What waits under a name. */
  get(name: string): T | undefined {
    return this.#waiting.get(name);
  }

  /** Empties the room, oldest first; what must go on waiting is put again. */
  takeAll(): T[] {
    const all = [...this.#waiting.values()];
    this.#waiting = new Map();
    return all;
  }
}
