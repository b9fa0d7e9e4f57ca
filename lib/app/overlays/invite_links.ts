/**
 * What the link of an invite offers.
 *
 * @see specification skychat §b.8
 * @module
 */
import { AddressError, parseSkychatAddress } from "../../group/record/address.ts";
import { decodeInvite, InviteError, isInviteText, kindOf } from "../../group/joining/invite.ts";
import {
  isSignedInviteText,
  readSignedInvite,
  type SignedInvite,
  SignedInviteError,
} from "../../group/joining/signed_invite.ts";
import { formatGoTime } from "../../wire/go_time.ts";
import type { InviteOffer } from "./invite_views.ts";

/** What a link offers, or why it can't be used; looks at the text alone. */
export function offerIn(link: string): InviteOffer | { readonly fault: string } {
  try {
    if (isInviteText(link)) {
      const { id, name, mode, kind, ownerPk, aesKey } = decodeInvite(link);
      return {
        kind: "group",
        group: id.toLowerCase(), // as it is kept
        name,
        groupKind: kindOf(mode, kind),
        pk: ownerPk,
        withKey: aesKey.length > 0,
      };
    }
    if (isSignedInviteText(link)) return signedOffer(readSignedInvite(link));
    const { pk, group } = parseSkychatAddress(link);
    return group === undefined ? { kind: "contact", pk } : { kind: "group", group, pk, withKey: false };
  } catch (error) {
    if (
      !(error instanceof InviteError) && !(error instanceof SignedInviteError) &&
      !(error instanceof AddressError)
    ) throw error;
    return { fault: error.message };
  }
}

function signedOffer({ id, inviter, expiresNs, uses, note, group }: SignedInvite): InviteOffer {
  const expires = formatGoTime(expiresNs);
  const signed = { id, inviter, expires, uses, ...(note === "" ? {} : { note }) };
  if (group === undefined) return { kind: "contact", pk: inviter, signed };
  const { id: named, name, kind, ownerPk } = group;
  return { kind: "group", group: named, name, groupKind: kind, pk: ownerPk, withKey: false, signed };
}
