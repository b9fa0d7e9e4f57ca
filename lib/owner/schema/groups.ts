/**
 * The owner's methods for groups: `groups.send` on the wire is `app.groups.send`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type {
  AudienceView,
  CatalogView,
  GroupAction,
  GroupAudience,
  GroupCheck,
  GroupEvidence,
  GroupOffer,
  GroupPart,
  GroupReading,
  Groups,
  GroupSendReport,
  GroupView,
  HolderView,
  HoleView,
  JoinRequestView,
  MemberCheck,
  MemberView,
} from "../../app/groups/groups.ts";
import { ended, inviteId, inviteTerms, issued } from "./invites.ts";
import {
  amount,
  bool,
  closed,
  list,
  nothing,
  of,
  open,
  optional,
  pattern,
  record,
  type Shape,
  text,
  words,
} from "./shape.ts";
import { anyText, count, MAX_TEXT, type Method, method, pk, written } from "./shapes.ts";

/** Longest id or time. */
const MAX_SHORT = 32_768;

/** A group's id. */
export const groupId: Shape<string> = pattern(
  "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
  "a group id: a UUID in lower case",
);
const short = text(MAX_SHORT);
const group = closed({ group: groupId });

const status: Shape<GroupView["status"]> = words(
  "pending",
  "active",
  "left",
  "revoked",
  "damaged",
  "awaiting_approval",
  "denied",
  "banned",
);
const kind: Shape<GroupView["kind"]> = words("public", "private", "channel");

/** See `HolderView`. */
export const holderShape: Shape<HolderView> = of<HolderView>()(open({
  pk,
  since: optional(anyText),
  bytes: amount,
  presence: words("connected", "away", "unknown"),
  lastHeard: optional(anyText),
}));

const view = of<GroupView>()(open({
  id: anyText,
  name: anyText,
  mode: words("public", "private"),
  kind,
  keys: optional(words("d2")),
  role: words("owner", "member"),
  status,
  admin: bool,
  members: count,
  lastMessage: optional(anyText),
  asking: optional(count),
  holder: optional(holderShape),
  invite: optional(open({ id: anyText, ended: optional(ended) })),
}));

const member = of<MemberView>()(open({
  pk,
  role: words("founder", "admin", "member"),
  muted: bool,
  presence: words("self", "connected", "away", "unknown"),
  lastHeard: optional(anyText),
  goSees: optional(anyText),
}));

const evidence = of<GroupEvidence>()(
  open({ pk, by: words("feed", "fetched", "held", "relay"), ts: anyText }),
);

const reading = of<GroupReading>()(
  open({ read: list(pk), unread: list(pk), away: list(pk), waiting: count }),
);

const report = of<GroupSendReport>()(open({
  state: words("kept-by-others", "queued"),
  id: anyText,
  ts: anyText,
  tsNano: anyText,
  position: count,
  evidence: list(evidence),
  ms: amount,
}));

/** In a D2 group for whom something is. */
export const audience: Shape<GroupAudience> = closed({
  to: optional(list(short)),
  except: optional(list(short)),
});
const audienceView = of<AudienceView>()(open({ id: anyText, audience: list(pk) }));

const request = of<JoinRequestView>()(open({ pk, note: anyText, ts: anyText }));

const place = { incarnation: anyText, seq: anyText };
const hole = of<HoleView>()(open({
  incarnation: anyText,
  from: anyText,
  to: anyText,
  saidBy: optional(pk),
}));

const memberCheck = of<MemberCheck>()(open({
  pk,
  role: words("founder", "admin", "member", "gone"),
  self: bool,
  has: optional(open(place)),
  hasNewest: bool,
  last: optional(open({ ...place, ts: anyText })),
  holes: list(hole),
  restarts: count,
  fork: optional(open(place)),
  lastHeard: optional(anyText),
}));

const check = of<GroupCheck>()(open({
  group: groupId,
  name: anyText,
  whole: bool,
  damaged: optional(bool),
  key: optional(open({ epoch: anyText, ageSec: optional(amount) })),
  members: list(memberCheck),
}));

const action: Shape<GroupAction> = words(
  "add",
  "remove",
  "promote",
  "demote",
  "ban",
  "unban",
  "mute",
  "unmute",
  "read-only",
  "read-write",
  "backfill-on",
  "backfill-off",
  "approve",
  "deny",
);

const catalog = of<CatalogView>()(open({
  groups: list(open({
    id: anyText,
    name: anyText,
    kind: anyText,
    policy: anyText,
    powBits: count,
    address: anyText,
  })),
  truncated: bool,
}));

const offer = of<GroupOffer>()(open({
  group: anyText,
  name: anyText,
  kind,
  policy: anyText,
  port: count,
  powBits: count,
  readOnly: bool,
  priceHint: anyText,
  host: anyText,
  from: words("here", "host", "link"),
  status: optional(status),
}));

const part = of<GroupPart>()(
  open({ part: words("leaf", "signature", "extra", "record"), name: anyText, value: anyText }),
);

/** Under what something is asked for once more. */
const key = optional(text(MAX_TEXT));

/** Every method of groups. */
export const GROUP_METHODS = {
  "groups.list": method(closed({}), list(view)),
  "groups.info": method(group, record),
  "groups.members": method(group, list(member)),
  "groups.create": method(
    closed({
      name: written,
      kind,
      join: words("approval", "link"),
      listed: optional(bool),
      keys: optional(words("d2")),
      workBits: optional(count),
    }),
    open({ group: anyText, invite: anyText, withKey: bool }),
  ),
  "groups.invite": method(
    closed({ group: groupId, withKey: optional(bool) }),
    open({ link: anyText, address: anyText, withKey: bool }),
  ),
  "groups.join": method(
    closed({ link: written, note: optional(written) }),
    open({ group: anyText, status, ended: optional(ended) }),
  ),
  "groups.issueInvite": method(closed({ group: groupId, ...inviteTerms, key }), issued),
  "groups.issuedInvites": method(group, list(issued)),
  "groups.revokeInvite": method(closed({ group: groupId, invite: inviteId, key }), nothing),
  "groups.leave": method(group, nothing),
  "groups.drop": method(group, nothing),
  "groups.send": method(
    closed({
      group: groupId,
      text: text(MAX_TEXT),
      waitMs: amount,
      all: optional(bool),
      key,
      audience: optional(audience),
      replyTo: optional(short),
    }),
    report,
  ),
  "groups.read": method(closed({ group: groupId, waitMs: amount, leaves: optional(bool) }), reading),
  "groups.unsend": method(
    closed({ group: groupId, tsNano: pattern("^-?[0-9]{1,19}$", "nanoseconds"), key }),
    nothing,
  ),
  "groups.decide": method(closed({ group: groupId, action, peer: optional(pk), key }), nothing),
  "groups.rotateKey": method(closed({ group: groupId, key }), open({ epoch: anyText })),
  "groups.revokeHistory": method(
    closed({ group: groupId, sinceNano: pattern("^[0-9]{1,19}$", "nanoseconds"), key }),
    nothing,
  ),
  "groups.nameHolder": method(closed({ group: groupId, holder: optional(pk) }), nothing),
  "groups.setAudience": method(closed({ group: groupId, audience }), nothing),
  "groups.audiences": method(closed({ group: groupId, ids: list(short) }), list(audienceView)),
  "groups.rename": method(closed({ group: groupId, name: written }), nothing),
  "groups.evidence": method(closed({ group: groupId, id: short }), list(evidence)),
  "groups.catalog": method(closed({ peer: pk }), catalog),
  "groups.resolve": method(closed({ link: written }), offer),
  "groups.kept": method(closed({ group: groupId, keys: bool }), list(part)),
  "groups.requests": method(group, list(request)),
  "groups.check": method(group, check),
  "groups.bundle": method(group, list(anyText)),
  "groups.unbundle": method(closed({ group: groupId, leaves: list(text(MAX_TEXT)) }), nothing),
} as const satisfies Record<`groups.${keyof Groups}`, Method<unknown, unknown>>;
