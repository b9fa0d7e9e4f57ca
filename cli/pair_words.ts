/**
 * The words of pairs, those of the Go program where it has some.
 *
 * @see specification skychat (e) "pair …"
 * @module
 */
import type { PairSendReport, PairView } from "../lib/app/pairs/pairs.ts";
import { visible } from "./escape.ts";

/** `pair add`. */
export const pairAdded = (
  v: { peer: string; sent: boolean; status: PairView["status"]; pk: string },
): string =>
  v.status === "active"
    ? `Pair accepted with ${v.peer}`
    : v.sent
    ? `Invite sent to ${v.peer} — peer must accept via dmsg pair accept --from ${v.pk}`
    : `Invite for ${v.peer} is kept: it could not be reached; it is told while a daemon, listen or chat runs`;

/** A line of `pair list`. */
export const pairShown = (
  v: {
    peer_pk: string;
    peer_alias?: string;
    port: number;
    status: PairView["status"];
    established_at?: string;
    last_message_at?: string;
    waiting: number;
  },
): string =>
  `${v.peer_pk}  status=${v.status}  last_msg=${v.last_message_at ?? "-"}` +
  `${v.waiting === 0 ? "" : `  waiting=${v.waiting}`}${
    v.peer_alias === undefined ? "" : `  ${visible(v.peer_alias)}`
  }`;

/** `pair accept`, `pair decline`. */
export const pairAnswered = (v: { peer: string; answer: "accept" | "decline"; told: boolean }): string => {
  const done = v.answer === "accept" ? `Pair accepted with ${v.peer}` : `Pair invite from ${v.peer} declined`;
  if (v.told) return done;
  return v.answer === "accept"
    ? `${done}; it could not be told now, and learns of it from our feed`
    : `${done}; it could not be told`;
};

/** `pair remove`. */
export const pairRemoved = (v: { peer: string }): string => `Pair with ${v.peer} removed`;

/** `pair send`. */
export const pairSent = (v: PairSendReport & { peer: string }): string =>
  `Pair message sent to ${v.peer} in ${v.ms}ms (${
    v.fetched ? "fetched by the peer" : "it waits in our feed until the peer reads it"
  }; there is no ack)`;

/** A line of `pair poll`. */
export const pairMessage = (
  v: { ts: string; peer: string; peer_alias?: string; text: string; id?: string },
): string => `${v.ts} [${v.peer_alias === undefined ? v.peer : visible(v.peer_alias)}] ${visible(v.text)}`;
