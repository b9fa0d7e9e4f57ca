/**
 * What is made at its first use.
 *
 * @module
 */

/** One thing. What could not be made is tried again at the next use: a disk that fails once must not fail for ever. */
export class Lazy<T> {
  #making: Promise<T> | undefined;

  /** Nothing is made yet. */
  constructor(private readonly make: () => Promise<T>) {}

  /** It. @throws What making it throws. */
  get(): Promise<T> {
    return this.#making ??= this.make().catch((error) => {
      this.#making = undefined;
      throw error;
    });
  }

  /** It, where it was asked for already. @throws As {@link get}. */
  get made(): Promise<T> | undefined {
    return this.#making;
  }
}
