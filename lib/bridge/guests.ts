/**
 * Who is connected to something of ours, how many at once, and who has to leave when a list changes.
 *
 * @see lib/bridge/README.md "Guests"
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Clock } from "../sys/clock.ts";
import { NetworkError } from "../wire/errors.ts";

/**
 * Connections at once, of all peers together. A server gives one client 512 streams: half of them stay for its messages,
 * copies and its own dials. Each holds some 100 KiB while it moves.
 */
export const MAX_GUESTS = 256;
/** Connections at once of one peer: a browser opens some ten, and room has to stay for others. */
export const MAX_PEER_GUESTS = 64;
/** While somebody is connected the list is looked at so often: who was taken off it is cut off within 2 s. */
const RECHECK_MS = 1000;

/** One connection of a peer. */
export interface Stay {
  /** Aborted when it has to end. */
  readonly signal: AbortSignal;
  /** It has asked for something: no newcomer takes its place any more. */
  asked(): void;
  /** It has ended. Safe to call twice. */
  leave(): void;
}

/** What guests are kept by. */
export interface GuestParts {
  /** For looking at the list again. */
  readonly clock: Clock;
  /** Whether a peer may stay, right now; a failure counts as no. */
  readonly mayStay: (peer: PublicKeyHex) => Promise<boolean>;
  /** When all places are taken the oldest connection that has asked for nothing is ended for a new one. */
  readonly mutesYield?: boolean;
}

interface Guest {
  readonly peer: PublicKeyHex;
  readonly stop: AbortController;
  hasAsked: boolean;
}

/** All connections of one service. */
export class Guests {
  readonly #parts: GuestParts;
  /** The oldest first. */
  readonly #staying = new Set<Guest>();
  #cancelCheck: (() => void) | undefined;

  /** Nobody is there yet. */
  constructor(parts: GuestParts) {
    this.#parts = parts;
  }

  /** Connections at the moment. */
  get count(): number {
    return this.#staying.size;
  }

  /** Counts one more connection of a peer whom the caller lets in; undefined when there are too many. */
  enter(peer: PublicKeyHex): Stay | undefined {
    const own = [...this.#staying].filter((one) => one.peer === peer).length;
    if (own >= MAX_PEER_GUESTS) return undefined;
    if (this.#staying.size >= MAX_GUESTS && !this.#endMute()) return undefined;
    const one: Guest = { peer, stop: new AbortController(), hasAsked: false };
    this.#staying.add(one);
    this.#checkLater();
    return {
      signal: one.stop.signal,
      asked: () => void (one.hasAsked = true),
      leave: () => {
        this.#staying.delete(one);
        if (this.#staying.size > 0) return;
        this.#cancelCheck?.();
        this.#cancelCheck = undefined;
      },
    };
  }

  /** Ends them all. */
  stop(): void {
    this.#cancelCheck?.();
    for (const { stop } of this.#staying) stop.abort(refused("the service has ended"));
  }

  /** Makes room. @returns Whether there was one that may be ended. */
  #endMute(): boolean {
    const mute = this.#parts.mutesYield && this.#staying.values().find(({ hasAsked }) => !hasAsked);
    if (!mute) return false;
    this.#staying.delete(mute); // its end takes a while
    mute.stop.abort(refused("others wait for its place, and it has asked for nothing"));
    return true;
  }

  #checkLater(): void {
    if (this.#cancelCheck) return;
    const cancel = this.#parts.clock.after(RECHECK_MS, () => {
      void this.#check().then(() => {
        if (this.#cancelCheck !== cancel) return; // meanwhile all have left: who came then is looked after by itself
        this.#cancelCheck = undefined;
        if (this.#staying.size > 0) this.#checkLater();
      });
    });
    this.#cancelCheck = cancel;
  }

  async #check(): Promise<void> {
    for (const peer of new Set([...this.#staying].map((one) => one.peer))) {
      if (await this.#parts.mayStay(peer).catch(() => false)) continue;
      for (const one of this.#staying) {
        if (one.peer === peer) one.stop.abort(refused("the key was taken from the list"));
      }
    }
  }
}

const refused = (why: string): NetworkError => new NetworkError(why, { retry: false, reason: "refused" });
