/**
 * The words of signed invites that were issued.
 *
 * @module
 */
import type { InviteEnded, IssuedInvite } from "../../lib/app/groups/groups.ts";
import { endedWords } from "../../lib/app/groups/views/issued.ts";
import { visible } from "../output/escape.ts";
import { localTime } from "./people.ts";

/** Characters of an id. */
const ID_CHARS = 8;

/** Why an invite lets in no more, behind "is" or "has". */
export const ENDED_WORDS: Readonly<Record<InviteEnded, string>> = {
  expired: "has expired",
  "used-up": "is used up",
  revoked: "was revoked",
};

/** The link of one alone, for scripts. */
export const inviteIssued = (v: IssuedInvite & { readonly link: string }): string => v.link;

/** What it holds, beside its link. */
export function inviteHolds(v: IssuedInvite): string {
  const id = v.id.slice(0, ID_CHARS);
  const people = v.uses === 1 ? "1 person" : `${v.uses} people`;
  if (v.group === undefined) {
    return `Pairs ${people} with us until ${
      localTime(v.expires)
    }, while dmsg daemon, listen, chat or sync runs here. ` +
      `\`dmsg pair add\` takes it up, \`dmsg invite revoke ${id}\` takes it back`;
  }
  const more = v.atMost > v.uses
    ? ` (up to ${v.atMost} if admins let in at the same time and do not hear each other; --only-me is exact)`
    : "";
  return `Lets in ${people} until ${localTime(v.expires)}${more}. ` +
    `It holds no key; \`dmsg invite revoke ${id}\` takes it back`;
}

/** A line of `invite ls`. */
export type IssuedLine = IssuedInvite & {
  readonly kind: "issued";
  readonly name?: string;
  readonly mine: boolean;
  readonly inviter_alias?: string;
};

/** `issued for group "ops"  by us, 1 of 3 used, until 2026-11-30 10:00:00, open  (3f2a9c01)` */
export function issuedShown(v: IssuedLine): string {
  const to = v.group === undefined
    ? "us as a contact"
    : `group ${JSON.stringify(visible(v.name ?? v.group))}`;
  const over = v.used.length - v.uses;
  const facts = [
    `by ${v.mine ? "us" : visible(v.inviter_alias ?? `${v.inviter.slice(0, ID_CHARS)}…`)}`,
    `${v.used.length} of ${v.uses} used`,
    over > 0 && `${over} too many: admins let in who did not hear each other`,
    v.state === "open" && v.atMost > v.uses && `at most ${v.atMost} by admins that do not hear each other`,
    v.state === "open" && v.onlyInviter && v.group !== undefined && "only its inviter lets in",
    `until ${localTime(v.expires)}`,
    endedWords(v.state),
  ].filter(Boolean).join(", ");
  return `issued for ${to}  ${facts}${v.note === undefined ? "" : `: ${visible(v.note)}`}  (${
    v.id.slice(0, ID_CHARS)
  })`;
}

/** `invite revoke`. */
export const inviteRevoked = (v: { id: string }): string =>
  `invite ${v.id.slice(0, ID_CHARS)} is revoked: it lets nobody in any more`;
