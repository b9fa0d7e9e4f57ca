/**
 * Links of signed invites, to groups and to people.
 *
 * @see lib/group/README.md "Signed invites"
 * @module
 */
import {
  type InvitedGroup,
  readSignedInvite,
  type SignedInvite,
  SignedInviteError,
} from "../../../group/joining/signed_invite.ts";
import { UserError } from "../../../wire/errors.ts";

/** A signed invite to a group. */
export type SignedGroupInvite = SignedInvite & { readonly group: InvitedGroup };

/** Reads the link of one. @throws {UserError} usage: it is none. */
export function signedGroup(link: string): SignedGroupInvite {
  const invite = signedLink(link);
  const { group } = invite;
  if (group !== undefined) return { ...invite, group };
  throw new UserError("This is the invite of a person, not of a group", {
    kind: "usage",
    hint: "`dmsg pair add LINK` takes it up.",
  });
}

/** Reads the link of one to a contact. @throws {UserError} usage: it is none. */
export function signedContact(link: string): SignedInvite {
  const invite = signedLink(link);
  if (invite.group === undefined) return invite;
  throw new UserError(`This is an invite to group ${JSON.stringify(invite.group.name)}, not to a person`, {
    kind: "usage",
    hint: "`dmsg group join LINK` takes it up.",
  });
}

function signedLink(link: string): SignedInvite {
  try {
    return readSignedInvite(link);
  } catch (error) {
    if (!(error instanceof SignedInviteError)) throw error;
    throw new UserError(`This invite can't be used: ${error.message}`, {
      kind: "usage",
      hint: error.fault === "version"
        ? "Ask for a `skychat:invite:` link, or update this program."
        : "Copy the whole link, from `dmsg:invite:` to its last character.",
    });
  }
}

/** Whether a signed invite is over by our clock: nobody needs to be asked. */
export const isPast = (link: string, nowNs: bigint): boolean => nowNs >= signedGroup(link).expiresNs;
