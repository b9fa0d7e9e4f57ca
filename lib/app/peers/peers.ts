/**
 * What is decided about peers; the member `peers` of {@link App}.
 *
 * All parameters and results are plain JSON values; times are RFC 3339 texts with nanoseconds (lib/wire/go_time.ts).
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";

/** What is decided about a peer. */
export interface PeerView {
  /** Who. */
  readonly peer: PublicKeyHex;
  /** Nothing of it is taken, on any port, and nothing sent to it. */
  readonly blocked: boolean;
  /** The user has agreed to talk with it, or has written to it. */
  readonly accepted: boolean;
  /** It keeps one copy of a message however often it is sent. */
  readonly once: boolean;
  /** The user has compared its key with it, and they are the same. */
  readonly verified?: boolean;
}

/** What is decided about peers. */
export interface Peers {
  /** About whom something is. */
  list(): Promise<PeerView[]>;
  /**
   * Decides about a peer. Who is accepted is blocked no more, unless that is said too.
   * @throws {UserError} usage: our own key is to be blocked.
   */
  decide(
    request: { peer: PublicKeyHex; blocked?: boolean; accepted?: boolean; verified?: boolean },
  ): Promise<void>;
}

/** Its methods. */
export const PEERS: Readonly<Record<keyof Peers, true>> = {
  list: true,
  decide: true,
};
