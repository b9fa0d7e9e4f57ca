/**
 * One piece of work behind the other, in the order in which they came.
 *
 * @module
 */

/** Runs work one after the other. Unlike a single lane it begins nothing inside the call, and can be waited for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Runs work when all that was given before is over, however that has ended.
   * @returns What it gives. @throws What it throws.
   */
  run<T>(work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {}); // told to whoever gave it
    return turn;
  }

  /** Resolves when all that was given until now is over. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
