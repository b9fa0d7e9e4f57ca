/**
 * What the conversation says when the peer has begun its epoch keys anew.
 *
 * @see lib/pair/README.md "A key that changes"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Change } from "../../store/store.ts";
import { SAID_HERE } from "../said_here.ts";

const TEXT =
  "The keys of this pair have changed: the peer has paired anew, or has lost or gone back to an older " +
  "state of its disk. If it has not, somebody else may have its key: ask it, and compare with `dmsg pair verify`.";

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
    reason: SAID_HERE,
    form: "text",
    via: "pair",
  },
}, { kind: "network", name: "pair-keys", detail: { event: "changed", peer } }];
