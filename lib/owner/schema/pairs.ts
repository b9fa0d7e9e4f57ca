/**
 * The owner's methods for pairs: `pairs.send` on the wire is `app.pairs.send`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type {
  HeldView,
  PairPart,
  PairReading,
  Pairs,
  PairSendReport,
  PairUse,
  PairView,
} from "../../app/pairs/pairs.ts";
import { groupId, holderShape } from "./groups.ts";
import { ended, inviteId, inviteTerms, issued } from "./invites.ts";
import { amount, bool, closed, list, nothing, of, open, optional, type Shape, text, words } from "./shape.ts";
import { anyText, count, MAX_TEXT, type Method, method, pk, port, short, written } from "./shapes.ts";

const status: Shape<PairView["status"]> = words("invited", "pending", "active", "revoked", "denied");
const peer = closed({ peer: pk });

const view = of<PairView>()(open({
  peer: pk,
  status,
  port,
  established: optional(anyText),
  lastMessage: optional(anyText),
  waiting: count,
  keysChanged: optional(anyText),
  verified: optional(bool),
  asked: optional(bool),
  holder: optional(holderShape),
  invite: optional(open({ id: anyText, ended: optional(ended) })),
}));

const use = of<PairUse>()(open({ peer: pk, status, ended: optional(ended), sent: bool }));

const report = of<PairSendReport>()(open({
  id: anyText,
  ts: anyText,
  fetched: bool,
  held: optional(bool),
  position: count,
  ms: amount,
}));

const part = of<PairPart>()(open({
  peer: pk,
  part: words("leaf", "record"),
  name: anyText,
  value: anyText,
}));

const sides = list(pk);
const heldGroup = { id: groupId, port };
const terms = { peers: sides, spaceBytes: count, ageMs: count };
const held = of<HeldView>()(open({
  ...terms,
  group: optional(open(heldGroup)),
  port,
  feeds: list(
    open({
      feed: pk,
      bytes: amount,
      messages: amount,
      renewed: optional(anyText),
      refused: optional(anyText),
    }),
  ),
}));

/** Every method of pairs. */
export const PAIR_METHODS = {
  "pairs.list": method(closed({}), list(view)),
  "pairs.add": method(peer, open({ sent: bool, status })),
  "pairs.use": method(closed({ link: written }), use),
  "pairs.issueInvite": method(closed(inviteTerms), issued),
  "pairs.issuedInvites": method(closed({}), list(issued)),
  "pairs.revokeInvite": method(closed({ invite: inviteId }), nothing),
  "pairs.accept": method(peer, open({ told: bool })),
  "pairs.decline": method(peer, open({ told: bool })),
  "pairs.remove": method(peer, nothing),
  "pairs.send": method(closed({ peer: pk, text: text(MAX_TEXT), waitMs: amount }), report),
  "pairs.unsend": method(closed({ peer: pk, id: short }), nothing),
  "pairs.read": method(
    closed({ waitMs: amount, leaves: optional(bool), peers: optional(list(pk)) }),
    of<PairReading>()(open({ pairs: count, read: count, away: optional(list(pk)) })),
  ),
  "pairs.nameHolder": method(closed({ peer: pk, holder: optional(pk) }), nothing),
  "pairs.hold": method(closed({ ...terms, group: optional(closed(heldGroup)) }), nothing),
  "pairs.held": method(closed({}), list(held)),
  "pairs.kept": method(closed({}), list(part)),
  "pairs.release": method(closed({ peers: sides, group: optional(groupId) }), nothing),
} as const satisfies Record<`pairs.${keyof Pairs}`, Method<unknown, unknown>>;
