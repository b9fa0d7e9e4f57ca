/**
 * Signed invites on the wire, to groups and to contacts.
 *
 * @see lib/owner/README.md "Protocol"
 * @module
 */
import type { InviteEnded, IssuedInvite } from "../../app/groups/groups.ts";
import { bool, list, of, open, optional, pattern, type Shape, text, words } from "./shape.ts";
import { anyText, count, pk, written } from "./shapes.ts";

/** Longest time. */
const MAX_TIME = 32_768;

/** Why a signed invite lets nobody in. */
export const ended: Shape<InviteEnded> = words("expired", "used-up", "revoked");

/** A signed invite's id. */
export const inviteId: Shape<string> = pattern("^[0-9a-f]{32}$", "an invite's id: 32 hex characters");

/** A signed invite of ours. */
export const issued: Shape<IssuedInvite> = of<IssuedInvite>()(open({
  id: anyText,
  group: optional(anyText),
  inviter: pk,
  issued: anyText,
  expires: anyText,
  uses: count,
  used: list(open({ pk, by: pk, ts: anyText })),
  atMost: count,
  onlyInviter: bool,
  state: words("open", "expired", "used-up", "revoked"),
  revokedBy: optional(pk),
  link: optional(anyText),
  note: optional(anyText),
}));

/** What a signed invite is to say. */
export const inviteTerms = {
  uses: count,
  expires: text(MAX_TIME),
  onlyInviter: optional(bool),
  note: optional(written),
};
