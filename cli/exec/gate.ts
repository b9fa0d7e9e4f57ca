/**
 * So many at once, and no more.
 *
 * @module
 */

/** Lets some in; the others wait, the first one first. */
export class Gate {
  readonly #limit: { readonly jobs: number };
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** Nobody is in. @param limit  How many may be; asked each time. */
  constructor(limit: { readonly jobs: number }) {
    this.#limit = limit;
  }

  /** Does something once there is room. @returns What that returns. @throws What that throws. */
  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit.jobs) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      // Who waits is counted here: nobody else may take the place meanwhile. There may be more places than before, or fewer.
      while (this.#waiting.length > 0 && this.#running < this.#limit.jobs) {
        this.#running++;
        this.#waiting.shift()!();
      }
    }
  }
}
