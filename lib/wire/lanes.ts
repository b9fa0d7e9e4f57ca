/**
 * So many pieces of work at a time, the others in the order in which they came.
 *
 * @module
 */

/** Runs work side by side, up to a number. */
export class Lanes {
  #free: number;
  #first = 0;
  #waiting: (() => void)[] = [];

  /**
   * All lanes are free.
   * @param count  How many run at a time, 1 or more.
   */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Runs work as soon as a lane is free.
   * @returns What it gives. @throws What it throws.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  /** A lane goes to who waits longest. */
  #next(): void {
    const next = this.#waiting[this.#first++];
    if (next !== undefined) return next();
    this.#waiting = [];
    this.#first = 0;
    this.#free++;
  }
}
