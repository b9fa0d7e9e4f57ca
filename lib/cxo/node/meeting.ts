/**
 * Who meets whom: dials, claimed ids, and two dials that cross.
 *
 * @see specification cxo §9.1, §10; lib/cxo/README.md "Dialling"
 * @module
 */
import { isPublicKey, type PublicKeyHex } from "../../crypto/keys.ts";
import { toHex } from "../../wire/bytes.ts";
import { NetworkError } from "../../wire/errors.ts";
import type { NodeContext } from "./context.ts";
import { Dialling } from "./dialling.ts";
import type { Link } from "./link.ts";

/** Connections whose handshake is not done. */
export const MAX_HANDSHAKES = 1000;
/**
 * Connections of peers that may read nothing here and at whom nothing is followed. They cost 5 KB each, and a server lets
 * us have 512 streams: who makes keys must not hold all of them by doing nothing.
 */
export const MAX_STRANGERS = 64;
/** So long everybody stays: who has just been let in may be known a little later. */
export const STRANGER_MS = 60_000;
/** A Syn that comes so soon after our own dial was answered is the one that crossed it. */
const CROSSING_MS = 5000;

/** The dialling side of a node. */
export class Meeting {
  /** When to dial whom. */
  readonly dialling: Dialling;
  readonly #node: NodeContext;

  /** Nobody is wanted. */
  constructor(node: NodeContext) {
    this.#node = node;
    this.dialling = new Dialling(node.options.random);
  }

  /** Dials who is due, and gives up attempts that took too long. */
  work(): void {
    const { dial, late } = this.dialling.due(this.#node.nowMs);
    for (const peer of late) {
      this.undial(peer);
      this.dialling.failed(peer, this.#node.nowMs);
    }
    for (const peer of dial) this.#node.emit({ kind: "dial", peer });
  }

  /** A peer is wanted no more. */
  unwant(peer: PublicKeyHex): void {
    if (this.dialling.unwant(peer)) this.undial(peer);
  }

  /**
   * Judges a claimed id; of two dials that cross, the smaller key's goes on.
   * @returns Why not, or undefined for yes.
   */
  admit(link: Link, id: Uint8Array): string | undefined {
    const pk = toHex(id);
    if (link.proved !== undefined && link.proved !== pk) return "node id is not the key of the stream";
    if (pk === this.#node.pk) return "node id is our own";
    if (link.proved === undefined && !isPublicKey(id)) return "node id is not a public key";
    if (link.dialled || !this.#isCrossing(pk)) return undefined;
    if (this.#node.pk < pk) return "already have connection";
    this.undial(pk);
    this.dialling.pause(pk, this.#node.nowMs);
    return undefined;
  }

  /** Connections that end: strangers beyond {@link MAX_STRANGERS} that have had their time, the oldest first. */
  overstaying(): Link[] {
    const { byPeer, nowMs } = this.#node;
    if (byPeer.size <= MAX_STRANGERS) return [];
    const strangers = [...byPeer.values()].filter((link) => this.#isStranger(link.peer!))
      .sort((a, b) => a.sinceMs - b.sinceMs);
    return strangers.slice(0, Math.max(0, strangers.length - MAX_STRANGERS))
      .filter(({ sinceMs }) => nowMs - sinceMs >= STRANGER_MS);
  }

  #isStranger(pk: PublicKeyHex): boolean {
    for (const { feed, peers } of this.#node.feeds.values()) {
      if (feed.mayRead(pk) || peers.has(pk)) return false;
    }
    return true;
  }

  #isCrossing(pk: PublicKeyHex): boolean {
    if (this.dialling.isDialling(pk)) return true;
    const link = this.#node.byPeer.get(pk);
    const isFresh = link !== undefined && link.dialled && this.#node.nowMs - link.sinceMs < CROSSING_MS;
    return isFresh && this.#node.pk < pk;
  }

  /** Takes a dial back, and its stream when it is there already. */
  undial(pk: PublicKeyHex): void {
    this.#node.emit({ kind: "undial", peer: pk });
    for (const link of [...this.#node.links.values()]) {
      if (link.dialled && link.proved === pk && !link.connection.isOpen) {
        this.#node.put(link, { kind: "close" });
      }
    }
  }
}

/** The error of a connection for which there is no room. */
export const full = (): NetworkError =>
  new NetworkError(`more than ${MAX_HANDSHAKES} CXO handshakes at once`, { retry: true, reason: "refused" });

/** The error of a connection that nobody needs, when there are many. */
export const overstayed = (): NetworkError =>
  new NetworkError("CXO peer has nothing to read here, and there are many", {
    retry: true,
    reason: "refused",
  });
