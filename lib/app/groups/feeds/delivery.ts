/**
 * Whether a reader has fetched what was published in our feed.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";
import type { Clock } from "../../../sys/clock.ts";

/** Of one feed. */
export class Delivery {
  /** The leaf that was put last, until somebody has fetched it. */
  #untaken: string | undefined;
  readonly #onTook = new Set<(reader: PublicKeyHex) => void>();
  readonly #ends = new Set<() => void>();
  /** When somebody last connected, a reader came or took something, or there was something new, the clock's `nowMs`. */
  servedMs = 0;

  /** Nothing was put yet. */
  constructor(private readonly clock: Pick<Clock, "after" | "nowMs">) {}

  /** A leaf is put: who is there takes it now. */
  put(path: string): void {
    this.#untaken = path;
    this.came();
  }

  /** Somebody is there who may read, or there is something new to be read. */
  came(): void {
    this.servedMs = this.clock.nowMs();
  }

  /** Somebody has fetched a leaf. */
  took(path: string, reader: PublicKeyHex): void {
    this.came();
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
