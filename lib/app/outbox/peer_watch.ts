/**
 * Looks after peers that messages wait for: while some do, their entries in the discovery are looked at now and then. An
 * entry that has changed is a sign of life, as one that stays may be of a program that was killed.
 *
 * @see lib/app/README.md "A lane"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";

/** How often at the most. */
const LOOK_MS = 30_000;
/** Peers of one round; the others come in the next ones. */
const MAX_LOOKS = 32;

/** What a watch works with. */
export interface PeerWatchParts {
  /** Time between looks. */
  readonly clock: Pick<Clock, "after">;
  /** Spreads them: peers that lost the same server are looked for by many. */
  readonly random: Pick<Random, "fraction">;
  /**
   * What tells one entry of a peer from the next; undefined while it has none that can be reached.
   * @throws When the discovery can't tell.
   */
  readonly mark: (peer: PublicKeyHex) => Promise<string | undefined>;
  /** Whom messages wait for at the moment. */
  readonly awaited: () => readonly PublicKeyHex[];
  /** A peer has given a sign of life. */
  readonly onSign: (peer: PublicKeyHex) => void;
}

/** The watch. */
export class PeerWatch {
  readonly #parts: PeerWatchParts;
  /** Marks of the awaited peers, those that were looked at last at the end. */
  readonly #marks = new Map<PublicKeyHex, string | undefined>();
  #cancel: (() => void) | undefined;
  #closed = false;

  /** Asks nothing before {@link watch}. */
  constructor(parts: PeerWatchParts) {
    this.#parts = parts;
  }

  /** Somebody may be awaited: looks go on until nobody is. */
  watch(): void {
    if (this.#cancel || this.#closed || this.#parts.awaited().length === 0) return;
    const { clock, random } = this.#parts;
    this.#cancel = clock.after(LOOK_MS * (1 - random.fraction() / 5), () => void this.#round());
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #round(): Promise<void> {
    const awaited = new Set(this.#parts.awaited());
    for (const peer of this.#marks.keys()) if (!awaited.has(peer)) this.#marks.delete(peer);
    const fresh = [...awaited].filter((peer) => !this.#marks.has(peer));
    const peers = [...fresh, ...this.#marks.keys()].slice(0, MAX_LOOKS);
    await Promise.all(peers.map((peer) => this.#look(peer)));
    this.#cancel = undefined;
    this.watch();
  }

  async #look(peer: PublicKeyHex): Promise<void> {
    const before = this.#marks.get(peer);
    const mark = await this.#parts.mark(peer).catch(() => before);
    this.#marks.delete(peer);
    this.#marks.set(peer, mark);
    // The first look has nothing to compare with: one attempt tells.
    if (mark !== undefined && mark !== before && !this.#closed) this.#parts.onSign(peer);
  }
}
