/**
 * What comes from the network before the App in this process is there.
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { ClientEvent } from "../dmsg/client.ts";
import type { LocalApp } from "./local.ts";

/** What of it is of use. */
export interface EarlyParts {
  /** Whether the App has a use for events. */
  readonly resident: boolean;
  /** A peer's stream was not set up. */
  readonly onRefused?: (error: Error) => void;
}

/** Waits for the App and hands it what has come. */
export class Early {
  readonly #parts: EarlyParts;
  readonly #events: ClientEvent[] = [];
  readonly #opened = Promise.withResolvers<LocalApp>();
  #app: LocalApp | undefined;

  /** Nothing has come yet. */
  constructor(parts: EarlyParts) {
    this.#parts = parts;
    this.#opened.promise.catch(() => {});
  }

  /** Whether a stream of a key is taken: who is blocked stands in the store. @throws Why there is no App. */
  readonly admits = async (pk: PublicKeyHex): Promise<boolean> =>
    await (await this.#opened.promise).admits(pk);

  /** Takes an event of our client. */
  readonly onEvent = (event: ClientEvent): void => {
    if (event.kind === "stream-refused") this.#parts.onRefused?.(event.error);
    if (!this.#parts.resident) return; // of no use to anybody, and each would be a write
    if (this.#app) this.#app.networkEvent(event);
    else this.#events.push(event);
  };

  /** The App is there. */
  open(app: LocalApp): void {
    this.#app = app;
    this.#opened.resolve(app);
    for (const event of this.#events.splice(0)) app.networkEvent(event);
  }

  /** There will be none. */
  fail(error: unknown): void {
    this.#opened.reject(error);
  }
}
