/**
 * A signed invite to us as a contact, as we count it: whom it lets in, and how it is kept. One node counts, so the count
 * is exact. What its link says of itself is read elsewhere: here it is a text that is the same or not.
 *
 * @see lib/pair/README.md "Invites"
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import { pkMember } from "../crypto/members.ts";
import { fromUtf8, utf8 } from "../wire/bytes.ts";
import {
  field,
  goList,
  goString,
  type GoStruct,
  goStruct,
  goTime,
  goU16,
  omitted,
} from "../wire/go_struct.ts";
import { GO_ZERO_TIME_NS } from "../wire/go_time.ts";

/** How long behind its end one is remembered: clocks are off, and who comes late is told the right thing. */
export const CONTACT_INVITE_GRACE_NS = 86_400_000_000_000n;
/** Most that are open at once. */
export const MAX_OPEN_CONTACT_INVITES = 32;

/** That somebody came by one. */
export interface ContactUse {
  /** Who. */
  readonly peer: PublicKeyHex;
  /** When, nanoseconds. */
  readonly atNs: bigint;
}

/** See the module. */
export interface ContactInvite {
  /** Names it: 32 hex characters. */
  readonly id: string;
  /** The signed text. */
  readonly link: string;
  /** When it was issued, nanoseconds. */
  readonly issuedNs: bigint;
  /** From when on it lets nobody in, nanoseconds. */
  readonly expiresNs: bigint;
  /** How many it lets in. */
  readonly uses: number;
  /** For whoever gets it. */
  readonly note: string;
  /** Who came by it, the first one first. */
  readonly used: readonly ContactUse[];
  /** When it was taken back, nanoseconds; Go's zero time: it was not. */
  readonly revokedNs: bigint;
}

/** Why one lets nobody in any more. */
export type ContactInviteEnd = "revoked" | "expired" | "used-up";

/** How one stands, in the order in which it is said. */
export function contactInviteState(
  { expiresNs, revokedNs, used, uses }: ContactInvite,
  nowNs: bigint,
): "open" | ContactInviteEnd {
  if (revokedNs !== GO_ZERO_TIME_NS) return "revoked";
  if (nowNs >= expiresNs) return "expired";
  return used.length >= uses ? "used-up" : "open";
}

/**
 * Somebody comes by one.
 * @returns The invite as it is to be kept when it lets them in; else why not. Who came by it before and was removed does
 * not come back by it.
 */
export function useContactInvite(
  invite: ContactInvite,
  peer: PublicKeyHex,
  nowNs: bigint,
): ContactInvite | ContactInviteEnd {
  const state = contactInviteState(invite, nowNs);
  if (state !== "open") return state;
  if (invite.used.some((use) => use.peer === peer)) return "used-up";
  return { ...invite, used: [...invite.used, { peer, atNs: nowNs }] };
}

/** Whether one is no longer kept. */
export const isForgotten = ({ expiresNs }: Pick<ContactInvite, "expiresNs">, nowNs: bigint): boolean =>
  nowNs >= expiresNs + CONTACT_INVITE_GRACE_NS;

const INVITE: GoStruct<ContactInvite> = goStruct<ContactInvite>({
  id: field("id", goString),
  link: field("link", goString),
  issuedNs: field("issued_at", goTime),
  expiresNs: field("expires_at", goTime),
  uses: field("uses", goU16),
  note: omitted("note", goString),
  used: field(
    "used",
    goList(goStruct<ContactUse>({ peer: field("peer_pk", pkMember), atNs: field("at", goTime) })),
  ),
  revokedNs: field("revoked_at", goTime),
});

/** As it is kept, UTF-8 JSON; one of 100 uses takes some 13 kB. */
export const encodeContactInvite = (invite: ContactInvite): Uint8Array => utf8(INVITE.encode(invite));

/** Reads that. @returns undefined when it is none. */
export function readContactInvite(bytes: Uint8Array): ContactInvite | undefined {
  const invite = INVITE.decode(fromUtf8(bytes));
  return invite !== undefined && /^[0-9a-f]{32}$/.test(invite.id) && invite.uses > 0 ? invite : undefined;
}
