/**
 * Many streams of many peers: who is let in, how many at once, and who is cut off when the list changes.
 *
 * @see specification dmsgscp §2.1, §5, §10; lib/scp/README.md "Host"
 * @module
 */
import type { Digest } from "../crypto/digest.ts";
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { Clock } from "../sys/clock.ts";
import type { Packing } from "../sys/copies/packing.ts";
import { NetworkError } from "../wire/errors.ts";
import type { Stream } from "../wire/reading.ts";
import { BUSY, REJECTED } from "./errors.ts";
import { StripeCopies } from "./extended/stripe_copies.ts";
import { type Grant, type Served, serveStream } from "./host.ts";
import { partsOf } from "./path.ts";
import { MAX_PEER_STREAMS, Wire } from "./wire.ts";

/** Streams at once, of all peers together; each holds a few chunks in memory. */
export const MAX_STREAMS = 32;
/** While files move the list is looked at so often: a removed key is cut off within 2 s. */
const RECHECK_MS = 1000;

/** What a host is made of. */
export interface HostParts {
  /** For limits and for looking at the list again. */
  readonly clock: Clock;
  /**
   * What a peer may do right now.
   * @returns undefined: nothing. A failure counts as that.
   */
  readonly grant: (peer: PublicKeyHex) => Promise<Grant | undefined>;
  /** Makes a SHA-256; without it no extension is spoken. */
  readonly digest?: () => Digest;
  /** Packs blocks for peers of ours; without it none is packed. */
  readonly packing?: Packing;
  /** A stream has ended; must not throw. */
  readonly onServed: (peer: PublicKeyHex, served: Served) => void;
  /** Somebody who is not listed was turned away; must not throw. */
  readonly onRejected: (peer: PublicKeyHex) => void;
}

interface Running {
  readonly peer: PublicKeyHex;
  readonly grant: Grant;
  readonly stop: AbortController;
  /** It was lent to another copy of the same peer, and has a limit of its own. */
  isStripe: boolean;
}

/** The host: gives every stream its answer. */
export class ScpHost {
  readonly #parts: HostParts;
  readonly #running = new Set<Running>();
  readonly #stripes = new StripeCopies();
  #cancelCheck: (() => void) | undefined;

  /** Serves nobody yet. */
  constructor(parts: HostParts) {
    this.#parts = parts;
  }

  /** Streams that are being served. */
  get streams(): number {
    return this.#running.size;
  }

  /**
   * Serves a stream to its end; never throws.
   * @param peer  Whose key the stream has proven.
   */
  async take(stream: Stream, peer: PublicKeyHex): Promise<void> {
    const { clock, grant: grantOf, onServed, onRejected } = this.#parts;
    const grant = await grantOf(peer).catch(() => undefined);
    if (grant === undefined) {
      onRejected(peer);
      return await this.#turnAway(stream, REJECTED);
    }
    const copies = [...this.#running].filter(({ isStripe }) => !isStripe);
    const own = copies.filter((one) => one.peer === peer).length;
    if (copies.length >= MAX_STREAMS || own >= MAX_PEER_STREAMS) {
      return await this.#turnAway(stream, BUSY);
    }
    const running: Running = { peer, grant, stop: new AbortController(), isStripe: false };
    this.#running.add(running);
    this.#checkLater();
    try {
      const served = await serveStream(stream, grant, {
        clock,
        signal: running.stop.signal,
        peer,
        digest: this.#parts.digest,
        packing: this.#parts.packing,
        stripes: this.#stripes,
        onStripe: () => running.isStripe = true,
      });
      if (!served.isStripe) onServed(peer, served);
    } finally {
      this.#running.delete(running);
    }
  }

  /** Cuts off everything that runs. */
  stop(): void {
    this.#cancelCheck?.();
    for (const { stop } of this.#running) stop.abort(cut("the host stops"));
  }

  async #turnAway(stream: Stream, text: string): Promise<void> {
    await new Wire(stream, { clock: this.#parts.clock }).fatal(text);
    stream.close();
  }

  #checkLater(): void {
    this.#cancelCheck ??= this.#parts.clock.after(RECHECK_MS, () => {
      void this.#check().then(() => {
        this.#cancelCheck = undefined;
        if (this.#running.size > 0) this.#checkLater();
      });
    });
  }

  /** A peer that lost a right loses the streams that it had with it. */
  async #check(): Promise<void> {
    for (const peer of new Set([...this.#running].map((one) => one.peer))) {
      const now = await this.#parts.grant(peer).catch(() => undefined);
      for (const one of this.#running) {
        if (one.peer !== peer) continue;
        if (!now || isLess(now, one.grant)) one.stop.abort(cut("the key was taken from the list"));
      }
    }
  }
}

/** Whether a grant has less in it than one before: a right, or a part of what was seen of the root. */
function isLess(now: Grant, before: Grant): boolean {
  const [place, old] = [now, before].map(({ directory = "" }) => partsOf(directory));
  return (before.read && !now.read) || (before.write && !now.write) ||
    place.some((part, i) => part !== old[i]);
}

const cut = (why: string): NetworkError => new NetworkError(why, { retry: false, reason: "refused" });
