/**
 * The words of pairs, those of the Go program where it has some.
 *
 * @see specification skychat (e) "pair …"
 * @module
 */
import type { PairSendReport, PairUse, PairView } from "../../lib/app/pairs/pairs.ts";
import { bodyText } from "./body_text.ts";
import { visible } from "../output/escape.ts";
import { type HolderMembers, holderStands } from "./holding.ts";

/** `pair add`. */
export const pairAdded = (
  v: { peer: string; peer_alias?: string; sent: boolean; status: PairView["status"]; pk: string },
): string =>
  v.status === "active"
    ? `Pair accepted with ${v.peer}`
    : v.sent
    ? `Invite sent to ${v.peer} — peer must accept via dmsg pair accept --from ${v.pk}`
    : `Invite for ${v.peer} is kept: it could not be reached; it is told while a daemon, listen, chat or sync runs`;

/** `pair add` by a signed invite. */
export function pairUsed(v: PairUse & { peer_alias?: string }): string {
  const who = v.peer_alias === undefined ? v.peer : `${visible(v.peer_alias)} (${v.peer})`;
  if (v.status === "active") return `Paired with ${who}`;
  const standing = v.sent ? "was asked and has not answered" : "could not be reached";
  return `${who} ${standing}: it is asked again while a daemon, listen, chat or sync runs`;
}

/** A line of `pair list`. */
export const pairShown = (
  v: {
    peer?: string;
    peer_pk: string;
    peer_alias?: string;
    port: number;
    status: PairView["status"];
    established_at?: string;
    last_message_at?: string;
    waiting: number;
    verified?: boolean;
    keys_changed_at?: string;
    invite?: PairView["invite"];
  } & HolderMembers,
): string =>
  `${v.peer_pk}  status=${v.status}  last_msg=${v.last_message_at ?? "-"}` +
  `${v.waiting === 0 ? "" : `  waiting=${v.waiting}`}${v.verified ? "  verified" : ""}${
    v.keys_changed_at === undefined ? "" : `  keys_changed=${v.keys_changed_at}`
  }${v.holder === undefined ? "" : `  holder=${v.holder} (${holderStands(v)})`}${
    v.invite === undefined ? "" : `  invite=${v.invite.ended ?? "asked"}`
  }${v.peer_alias === undefined ? "" : `  ${visible(v.peer_alias)}`}`;

/** `pair accept`, `pair decline`. */
export const pairAnswered = (
  v: { peer: string; peer_alias?: string; answer: "accept" | "decline"; told: boolean },
): string => {
  const done = v.answer === "accept" ? `Pair accepted with ${v.peer}` : `Pair invite from ${v.peer} declined`;
  if (v.told) return done;
  return v.answer === "accept"
    ? `${done}; it could not be told now, and learns of it from our feed`
    : `${done}; it could not be told`;
};

/** `pair remove`. */
export const pairRemoved = (v: { peer: string; peer_alias?: string }): string =>
  `Pair with ${v.peer} removed`;

/** `pair send`. */
export const pairSent = (v: PairSendReport & { peer: string; peer_alias?: string }): string =>
  `Pair message sent to ${v.peer} in ${v.ms}ms (${
    v.fetched
      ? "fetched by the peer"
      : v.held
      ? "fetched by the holder"
      : "it waits in our feed until the peer reads it"
  }; there is no ack)`;

/** A line of `pair poll`. */
export const pairMessage = (
  v: {
    ts: string;
    peer: string;
    peer_pk?: string;
    peer_alias?: string;
    text: string;
    assignee_alias?: string;
    shown?: string;
    id?: string;
    reason?: string;
  },
): string =>
  `${v.ts} [${v.peer_alias === undefined ? v.peer : visible(v.peer_alias)}] ${
    visible(bodyText(v.text, v.assignee_alias))
  }${v.reason === undefined ? "" : ` (${visible(v.reason)})`}`;

/** `pair verify`. */
export function pairVerify(v: {
  peer?: string;
  peer_pk: string;
  peer_alias?: string;
  pk: string;
  words: readonly string[];
  qr: readonly string[];
  verified: boolean;
  keys_changed_at?: string;
  scanned?: "same" | "different";
}): string {
  const who = v.peer_alias === undefined ? v.peer_pk : `${visible(v.peer_alias)} (${v.peer_pk})`;
  const rows = [0, 4, 8].map((at) =>
    `  ${v.words.slice(at, at + 4).map((w) => w.padEnd(10)).join("").trim()}`
  );
  const state = v.scanned === "different"
    ? "What was scanned is another key: this is not who you think, or the code is of somebody else"
    : v.verified
    ? "Verified: you have said that they are the same"
    : "Not verified: say --same once you have compared";
  return [
    `Safety words with ${who}; the other side sees the same:`,
    ...rows,
    `Our key, for the other side to scan: ${v.pk}`,
    ...v.qr,
    state,
    ...(v.keys_changed_at === undefined
      ? []
      : [`The keys of this pair began anew at ${v.keys_changed_at}: ask whether the peer has done that`]),
  ].join("\n");
}
