/**
 * The owner's methods for what is decided about peers: `peers.x` on the wire is `app.peers.x`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type { Peers, PeerView } from "../../app/peers/peers.ts";
import { bool, closed, list, nothing, of, open, optional } from "./shape.ts";
import { type Method, method, pk } from "./shapes.ts";

const peer = of<PeerView>()(
  open({ peer: pk, blocked: bool, accepted: bool, once: bool, verified: optional(bool) }),
);

/** Every method of peers. */
export const PEER_METHODS = {
  "peers.list": method(closed({}), list(peer)),
  "peers.decide": method(
    closed({ peer: pk, blocked: optional(bool), accepted: optional(bool), verified: optional(bool) }),
    nothing,
  ),
} as const satisfies Record<`peers.${keyof Peers}`, Method<unknown, unknown>>;
