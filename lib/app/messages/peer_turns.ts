/**
 * One turn behind the other for each peer. What a peer has said on several connections is kept in the order in which it
 * came, as what it has said on one: who writes on, on a new connection, may have left much on the one that broke.
 *
 * @see lib/app/README.md "What arrives"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { Turns } from "../../wire/turns.ts";

/** The turns of those peers who have work. */
export class PeerTurns {
  readonly #peers = new Map<PublicKeyHex, { readonly turns: Turns; works: number }>();

  /**
   * Runs work when all that was given before for this peer is over; nothing of it inside the call.
   * @returns What it gives. @throws What it throws.
   */
  async run<T>(peer: PublicKeyHex, work: () => T | Promise<T>): Promise<T> {
    const own = this.#peers.get(peer) ?? { turns: new Turns(), works: 0 };
    this.#peers.set(peer, own);
    own.works++;
    try {
      return await own.turns.run(work);
    } finally {
      if (--own.works === 0) this.#peers.delete(peer);
    }
  }
}
