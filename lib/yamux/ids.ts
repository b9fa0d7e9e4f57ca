/**
 * Which stream ids a peer has used: each may open one stream only.
 *
 * @see dmsg.md §8.2 "Stream ids"; README.md "Decisions"
 * @module
 */

/** How far SYNs may overtake each other: a Go peer takes ids in order, and at most 512 of its opens wait. */
const WINDOW = 1024;

/** The ids of one side of a session, a window of them below the highest. */
export class UsedIds {
  readonly #seen = new Uint8Array(WINDOW);
  #highest = -1;

  /**
   * Takes an id for a new stream.
   * @param id  1 … 2^32-1, all of one parity.
   * @returns false when it was used before, or is so far below the highest one that it may have been.
   */
  take(id: number): boolean {
    const place = id >>> 1;
    if (place <= this.#highest - WINDOW) return false;
    if (place <= this.#highest && this.#seen[place % WINDOW] === 1) return false;
    for (let p = Math.max(this.#highest + 1, place - WINDOW + 1); p < place; p++) this.#seen[p % WINDOW] = 0;
    this.#seen[place % WINDOW] = 1;
    this.#highest = Math.max(this.#highest, place);
    return true;
  }
}
