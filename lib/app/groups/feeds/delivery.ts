/**
 * Whether a reader has fetched what was published in our feed.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { Given } from "../../../cxo/node/given.ts";
import type { Clock } from "../../../sys/clock.ts";

/** Of one feed. */
export class Delivery {
  /** The leaf that was put last, until somebody has fetched it. */
  #untaken: string | undefined;
  readonly #onTook = new Set<(reader: PublicKeyHex) => void>();
  readonly #ends = new Set<() => void>();
  /** When somebody last connected, a reader came, or there was something new, the clock's `nowMs`. */
  #cameMs = 0;

  /** Nothing was put yet. @param given  By the node of that feed. */
  constructor(private readonly clock: Pick<Clock, "after" | "nowMs">, private readonly given: Given) {}

  /** A leaf is put: who is there takes it now. */
  put(path: string): void {
    this.#untaken = path;
    if (this.given.upTo === Infinity) this.came();
  }

  /** Somebody is there who may read, or there is something new to be read. */
  came(): void {
    this.#cameMs = this.clock.nowMs();
  }

  /** When somebody last came, took something, or had something new to take, the clock's `nowMs`. */
  get servedMs(): number {
    return Math.max(this.#cameMs, this.given.atMs);
  }

  /**
   * What is put from now on is not counted in {@link servedMs}.
   * @param number  Of the last Root: what was put before is in one of the next two, when one is just being kept.
   * @returns Call it to count all again.
   */
  untilNow(number: number): () => void {
    this.given.upTo = number + 2;
    return () => {
      this.given.upTo = Infinity;
    };
  }

  /** Somebody has fetched a leaf. */
  took(path: string, reader: PublicKeyHex): void {
    if (path === this.#untaken) this.#untaken = undefined;
    for (const run of this.#onTook) run(reader);
  }

  /** Waits until a reader, whichever or this one, has fetched something from now on. @returns false: nobody in time. */
  next(timeoutMs: number, by?: PublicKeyHex): Promise<boolean> {
    return this.#until(timeoutMs, (reader) => by === undefined || reader === by);
  }

  /** Waits until a reader has all that was put. @returns false: nobody in time. */
  all(timeoutMs: number): Promise<boolean> {
    const isTaken = (): boolean => this.#untaken === undefined;
    return isTaken() ? Promise.resolve(true) : this.#until(timeoutMs, isTaken);
  }

  /** Whoever waits waits no longer. */
  close(): void {
    for (const end of [...this.#ends]) end();
  }

  #until(timeoutMs: number, is: (reader: PublicKeyHex) => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isTaken = false): void => {
        this.#onTook.delete(look);
        this.#ends.delete(end);
        cancel();
        resolve(isTaken);
      };
      const look = (reader: PublicKeyHex): void => is(reader) ? end(true) : undefined;
      const cancel = this.clock.after(timeoutMs, () => end());
      this.#onTook.add(look);
      this.#ends.add(end);
    });
  }
}
