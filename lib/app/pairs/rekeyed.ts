/**
 * What the conversation says when the peer has begun its epoch keys anew.
 *
 * @see lib/pair/README.md "A key that changes"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Change, NewMessage } from "../../store/store.ts";

/** Who says it: no peer can give a message a reason. */
const SAID_BY = "said by this program, not by the peer";
const TEXT =
  "The keys of this pair have changed: the peer has paired anew, or has lost or gone back to an older " +
  "state of its disk. If it has not, somebody else may have its key: ask it, and compare with `dmsg pair verify`.";

/** Whether a message of a conversation is this one, which the peer has not written. */
export const isRekeyed = ({ via, reason }: Pick<NewMessage, "via" | "reason">): boolean =>
  via === "pair" && reason === SAID_BY;

/** The changes that tell it. @param issuedAtNs  Of the announcement that differs. @param nowNs  Wall clock. */
export const rekeyedChanges = (
  peer: PublicKeyHex,
  issuedAtNs: bigint,
  nowNs: bigint,
): [Extract<Change, { kind: "message" }>, Change] => [{
  kind: "message",
  message: {
    peer,
    direction: "in",
    id: `keys-${issuedAtNs}`,
    body: TEXT,
    atNs: nowNs,
    state: "received",
    reason: SAID_BY,
    form: "text",
    via: "pair",
  },
}, { kind: "network", name: "pair-keys", detail: { event: "changed", peer } }];
