/**
 * What is made at its first use.
 *
 * @module
 */
import { NetworkError } from "./errors.ts";

/**
 * One thing. What could not be made is tried again at the next use: a disk that fails once must not fail for ever. Behind
 * its end nothing is made: nobody would end it.
 */
export class Lazy<T> {
  #making: Promise<T> | undefined;
  #isOver = false;

  /** Nothing is made yet. */
  constructor(private readonly make: () => Promise<T>) {}

  /** What is made, once for all who ask. @throws What making it throws; {@link NetworkError} closed: it has ended. */
  get(): Promise<T> {
    if (this.#isOver && this.#making === undefined) return Promise.reject(over());
    return this.#making ??= this.make().catch((error) => {
      this.#making = undefined;
      throw error;
    });
  }

  /** It, where it was asked for already. @throws As {@link get}. */
  get made(): Promise<T> | undefined {
    return this.#making;
  }

  /** Ends it. @param run  Does so, where it was made; waited for. */
  async end(run: (made: T) => unknown): Promise<void> {
    this.#isOver = true;
    await this.#making?.then(run, () => {}); // what could not be made need not be ended
  }
}

const over = (): NetworkError => new NetworkError("the app is closed", { retry: false, reason: "closed" });
