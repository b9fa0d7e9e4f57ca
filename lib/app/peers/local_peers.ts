/**
 * What is decided about peers, in this process.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Store } from "../../store/store.ts";
import { UserError } from "../../wire/errors.ts";
import type { PeerBook } from "./peer_book.ts";
import type { Peers, PeerView } from "./peers.ts";

/** What it works with. */
export interface LocalPeersParts {
  /** Our own key: nobody blocks himself. */
  readonly pk: PublicKeyHex;
  /** What is kept of peers. */
  readonly store: Store;
  /** The same, at hand. */
  readonly book: PeerBook;
  /** Ends all streams of a peer that is blocked. */
  readonly drop: (peer: PublicKeyHex) => void;
}

/** See {@link Peers}. */
export class LocalPeers implements Peers {
  readonly #parts: LocalPeersParts;

  /** Nothing happens by itself. */
  constructor(parts: LocalPeersParts) {
    this.#parts = parts;
  }

  /** See {@link Peers.list}. */
  async list(): Promise<PeerView[]> {
    const all = await this.#parts.store.peers.all();
    return all.map(({ peer, facts: { blocked = false, accepted = false, once = false, verified } }) => ({
      peer,
      blocked,
      accepted,
      once,
      ...(verified ? { verified } : {}),
    }));
  }

  /** See {@link Peers.decide}. */
  async decide({ peer, blocked, accepted, verified }: Parameters<Peers["decide"]>[0]): Promise<void> {
    if (blocked && peer === this.#parts.pk) {
      throw new UserError("This is our own key: it can't be blocked", {
        kind: "usage",
        hint: "Name the peer that is not to be heard.",
      });
    }
    const facts: Record<string, boolean | undefined> = {};
    if (blocked !== undefined) facts.blocked = blocked || undefined;
    else if (accepted) facts.blocked = undefined; // who is accepted is heard
    if (accepted !== undefined) facts.accepted = accepted || undefined;
    if (verified !== undefined) facts.verified = verified || undefined;
    if (Object.keys(facts).length === 0) return;
    await this.#parts.book.commit([{ kind: "peer", peer, facts }]);
    if (blocked) this.#parts.drop(peer);
  }
}
