/**
 * Changes of entries in several discoveries: in each of them one after the other, for what a slow one was told before may
 * still be under way.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { Turns } from "../../wire/turns.ts";
import { type Outcome, stillSilent } from "./many.ts";

/** Changes an entry in one discovery. @param url  Base URL. */
export type Act = (url: string) => Promise<Outcome>;

/** The changes of one client. */
export class ChangesInTurn {
  readonly #turns: ReadonlyMap<string, Turns>;
  readonly #signal: AbortSignal | undefined;
  /** How many were asked for, of each party's entry. */
  readonly #asked = new Map<PublicKeyHex, number>();

  /** Nothing was asked for. @param urls  Base URLs. @param signal  Begins nothing any more. */
  constructor(urls: readonly string[], signal: AbortSignal | undefined) {
    this.#turns = new Map(urls.map((url) => [url, new Turns()]));
    this.#signal = signal;
  }

  /**
   * Makes a change in its turn. A discovery that was silent until nobody waited for it, and until another change of that
   * entry was asked for, is told the newest alone: it says all of it, and what is kept for it does not grow.
   * @param pk  Whose entry it is.
   * @param act  Changes one discovery.
   * @param all  Does it in all of them with what it is given, and returns when nobody waits any more.
   * @returns What `all` returns. @throws What it throws.
   */
  run<T>(pk: PublicKeyHex, act: Act, all: (inTurn: Act) => Promise<T>): Promise<T> {
    const number = (this.#asked.get(pk) ?? 0) + 1;
    this.#asked.set(pk, number);
    let isTold = false;
    const inTurn: Act = (url) =>
      this.#turns.get(url)!.run(() => {
        this.#signal?.throwIfAborted();
        if (isTold && number !== this.#asked.get(pk)) throw stillSilent(url);
        return act(url);
      });
    return all(inTurn).finally(() => isTold = true);
  }
}
