/**
 * Offers of peers that wait for the user.
 *
 * @see lib/app/README.md "Files"
 * @module
 */
import type { FilePlace } from "./files.ts";
import { keyOf, type OpenFileParts } from "./parts.ts";
import type { FileMessage } from "./records.ts";

/** An offer waits so long for the user: a Go sender gives up after 60 s. */
const HOLD_MS = 50_000;
/** Offers that wait at once; the others are told that nothing is decided. */
const MAX_HELD = 16;
const MAX_HELD_OF_PEER = 4;

/** What is said to an offer that waits; `later`: nothing. */
export type Said = "take" | "refuse" | "later";

/** One that waits. */
export interface HeldOffer {
  /** Ends that. */
  readonly say: (said: Said) => void;
  /** Resolves when what was said is done. */
  readonly begun: Promise<void>;
}

/** All of them. */
export class HeldOffers {
  readonly #parts: Pick<OpenFileParts, "clock" | "stop">;
  readonly #held = new Map<string, HeldOffer>();

  /** None waits. */
  constructor(parts: Pick<OpenFileParts, "clock" | "stop">) {
    this.#parts = parts;
  }

  /** The one of a place. */
  of(place: FilePlace): HeldOffer | undefined {
    return this.#held.get(keyOf(place));
  }

  /** Waits for the user's word. @param begun  Resolves when what was said is done. */
  async hold(file: FileMessage, begun: Promise<void>): Promise<Said> {
    const { clock, stop } = this.#parts;
    const key = keyOf(file);
    const ofPeer = [...this.#held.keys()].filter((one) => one.startsWith(file.peer)).length;
    if (this.#held.size >= MAX_HELD || ofPeer >= MAX_HELD_OF_PEER || this.#held.has(key)) return "later";
    const { promise, resolve } = Promise.withResolvers<Said>();
    this.#held.set(key, { say: resolve, begun });
    const cancel = clock.after(HOLD_MS, () => resolve("later"));
    const ended = (): void => resolve("later");
    stop.addEventListener("abort", ended, { once: true });
    try {
      return await promise;
    } finally {
      cancel();
      stop.removeEventListener("abort", ended);
      this.#held.delete(key);
    }
  }
}
