/**
 * The owner's methods for groups: `group.send` on the wire is `app.groups.send`.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type {
  GroupAction,
  GroupEvidence,
  Groups,
  GroupSendReport,
  GroupView,
  JoinRequestView,
  MemberView,
} from "../app/groups/groups.ts";
import {
  amount,
  bool,
  closed,
  int,
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

/** Longest text in parameters. */
const MAX_TEXT = 1_000_000;
/** Longest link, note, name or time. */
const MAX_SHORT = 32_768;

/** A group's id. */
export const groupId: Shape<string> = pattern(
  "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
  "a group id: a UUID in lower case",
);
const pk = pattern("^[0-9a-f]{66}$", "a public key of 66 lower-case hex characters");
const anyText = text(Number.MAX_SAFE_INTEGER);
const short = text(MAX_SHORT);
const count = int(0);
const group = closed({ group: groupId });

const status: Shape<GroupView["status"]> = words(
  "pending",
  "active",
  "left",
  "revoked",
  "awaiting_approval",
  "denied",
  "banned",
);
const kind: Shape<GroupView["kind"]> = words("public", "private", "channel");

const view = of<GroupView>()(open({
  id: anyText,
  name: anyText,
  mode: words("public", "private"),
  kind,
  role: words("owner", "member"),
  status,
  admin: bool,
  members: count,
  lastMessage: optional(anyText),
}));

const member = of<MemberView>()(open({
  pk,
  role: words("founder", "admin", "member"),
  muted: bool,
  presence: words("self", "connected", "away", "unknown"),
  lastHeard: optional(anyText),
}));

const evidence = of<GroupEvidence>()(open({ pk, by: words("feed", "fetched"), ts: anyText }));

const report = of<GroupSendReport>()(open({
  state: words("kept-by-others", "queued"),
  id: anyText,
  ts: anyText,
  tsNano: anyText,
  position: count,
  evidence: list(evidence),
  ms: amount,
}));

const request = of<JoinRequestView>()(open({ pk, note: anyText, ts: anyText }));

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

function method<P, R>(params: Shape<P>, result: Shape<R>): { params: Shape<P>; result: Shape<R> } {
  return { params, result };
}

/** Every method of groups. */
export const GROUP_METHODS = {
  "group.list": method(closed({}), list(view)),
  "group.info": method(group, record),
  "group.members": method(group, list(member)),
  "group.create": method(
    closed({ name: short, kind, join: words("approval", "link") }),
    open({ group: anyText, invite: anyText, withKey: bool }),
  ),
  "group.invite": method(
    closed({ group: groupId, withKey: optional(bool) }),
    open({ link: anyText, address: anyText, withKey: bool }),
  ),
  "group.join": method(closed({ link: short, note: optional(short) }), open({ group: anyText, status })),
  "group.leave": method(group, nothing),
  "group.drop": method(group, nothing),
  "group.send": method(
    closed({ group: groupId, text: text(MAX_TEXT), waitMs: amount, all: optional(bool) }),
    report,
  ),
  "group.unsend": method(
    closed({ group: groupId, tsNano: pattern("^-?[0-9]{1,19}$", "nanoseconds") }),
    nothing,
  ),
  "group.decide": method(closed({ group: groupId, action, peer: optional(pk) }), nothing),
  "group.rotateKey": method(group, open({ epoch: anyText })),
  "group.rename": method(closed({ group: groupId, name: short }), nothing),
  "group.requests": method(group, list(request)),
} as const;

/** The members of Groups, by what they are called on the wire. */
export const GROUP_CALLS = {
  "group.list": "list",
  "group.info": "info",
  "group.members": "members",
  "group.create": "create",
  "group.invite": "invite",
  "group.join": "join",
  "group.leave": "leave",
  "group.drop": "drop",
  "group.send": "send",
  "group.unsend": "unsend",
  "group.decide": "decide",
  "group.rotateKey": "rotateKey",
  "group.rename": "rename",
  "group.requests": "requests",
} as const satisfies Record<keyof typeof GROUP_METHODS, keyof Groups>;
