/**
 * The owner's end of a listener: streams that came, for clients that ask for one after the other.
 *
 * @module
 */
import type { AppListener, AppStream } from "../../app/node/node.ts";

interface Waiter {
  resolve(stream: AppStream | null): void;
}

/** Hands out each stream once, also when the client that waited for it has left. */
export class ServedListener {
  readonly #listener: AppListener;
  readonly #spare: AppStream[] = [];
  #waiters: Waiter[] = [];
  #pulling = false;
  #ended = false;

  /** The listener is owned from now on. */
  constructor(listener: AppListener) {
    this.#listener = listener;
  }

  /**
   * The next stream.
   * @param gone  The client has left: the stream is for somebody else.
   * @returns null once the listener is closed, or the client has gone.
   */
  accept(gone: AbortSignal): Promise<AppStream | null> {
    const spare = this.#spare.shift();
    if (spare || this.#ended || gone.aborted) return Promise.resolve(spare ?? null);
    return new Promise((resolve) => {
      const leave = (): void => {
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
        resolve(null);
      };
      const waiter = {
        resolve: (stream: AppStream | null) => {
          gone.removeEventListener("abort", leave);
          resolve(stream);
        },
      };
      gone.addEventListener("abort", leave, { once: true });
      this.#waiters.push(waiter);
      this.#pull();
    });
  }

  /** Takes a stream back that its client did not hear of. */
  giveBack(stream: AppStream): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter.resolve(stream);
    else if (this.#ended) stream.reset();
    else this.#spare.push(stream);
  }

  /** Ends it; who waits gets null. */
  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listener.close();
    for (const stream of this.#spare.splice(0)) stream.reset();
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(null);
  }

  async #pull(): Promise<void> {
    if (this.#pulling) return;
    this.#pulling = true;
    while (this.#waiters.length > 0) {
      const stream = await this.#listener.accept().catch(() => null);
      if (stream === null) this.close();
      else this.giveBack(stream);
    }
    this.#pulling = false;
  }
}
