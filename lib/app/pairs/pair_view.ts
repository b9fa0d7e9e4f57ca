/**
 * A record as a view.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import { pairPort } from "../../pair/keys.ts";
import { formatGoTime, GO_ZERO_TIME_NS } from "../../wire/go_time.ts";
import type { AskedBy } from "./asked_by.ts";
import { holderView } from "../holder_view.ts";
import type { PairRoom } from "./pair_room.ts";
import type { PairView } from "./pairs.ts";

/** Who has asked us. */
export const invitedView = (own: PublicKeyHex, peer: PublicKeyHex): PairView => ({
  peer,
  status: "invited",
  port: pairPort(own, peer),
  waiting: 0,
});

/** Whose signed invite did not let us in. */
export const deniedView = (own: PublicKeyHex, peer: PublicKeyHex, { id, ended }: AskedBy): PairView => ({
  ...invitedView(own, peer),
  status: "denied",
  invite: { id, ...(ended === "" ? {} : { ended }) },
});

/**
 * A pair, as every surface sees it.
 * @param room  As it is open.
 * @param by  The signed invite by which we asked.
 */
export const viewOf = (
  { feeds, leaves, record, waiting }: Pick<PairRoom, "feeds" | "leaves" | "record" | "waiting">,
  by?: AskedBy,
): PairView => ({
  ...(by !== undefined && record.status === "pending" ? { invite: { id: by.id } } : {}),
  ...(by === undefined && record.status === "pending" && record.isInviteSent ? { asked: true } : {}),
  peer: record.peer,
  status: record.status,
  port: record.port,
  ...(record.establishedAtNs === GO_ZERO_TIME_NS
    ? {}
    : { established: formatGoTime(record.establishedAtNs) }),
  ...(record.lastMessageAtNs === GO_ZERO_TIME_NS
    ? {}
    : { lastMessage: formatGoTime(record.lastMessageAtNs) }),
  waiting,
  ...(record.holder === NULL_PK
    ? {}
    : { holder: holderView({ pk: record.holder, sinceNs: record.holderNamedNs }, leaves, feeds) }),
  ...(record.rekeyedAtNs === GO_ZERO_TIME_NS ? {} : { keysChanged: formatGoTime(record.rekeyedAtNs) }),
});
