/**
 * Invites, as every surface sees them.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";

/** What a signed invite says beside that. */
export interface SignedOffer {
  /** The invite's id. */
  readonly id: string;
  /** Who signed it. */
  readonly inviter: PublicKeyHex;
  /** Its end, RFC 3339. */
  readonly expires: string;
  /** How many it lets in. */
  readonly uses: number;
  /** For whoever gets it; left out: nothing. */
  readonly note?: string;
}

/** What an invite offers, as its link says. */
export type InviteOffer =
  | {
    readonly kind: "group";
    /** Its id. */
    readonly group: string;
    /** Its name; left out: the link says none. */
    readonly name?: string;
    /** Who may post and join; left out: the link says nothing of it. */
    readonly groupKind?: "public" | "private" | "channel";
    /** Its founder, or who is to be asked. */
    readonly pk: PublicKeyHex;
    /** Whether the group's key is in the link. */
    readonly withKey: boolean;
    /** Of a signed one. */
    readonly signed?: SignedOffer;
  }
  | { readonly kind: "contact"; readonly pk: PublicKeyHex; readonly signed?: SignedOffer };

/**
 * How an invite stands. `new`: nothing was made of it; `asked`: an admin, or whose contact we would be, has to answer; `own`: it came from us, or is to
 * us; `expired`, `used-up`, `revoked`, `denied`, `banned`: whom it asks has said so, or of a signed one our clock or what
 * we know as an admin; `unusable`: its link is no good.
 */
export type InviteState =
  | "new"
  | "refused"
  | "asked"
  | "accepted"
  | "expired"
  | "used-up"
  | "revoked"
  | "denied"
  | "banned"
  | "own"
  | "unusable";

/** An invite in a conversation. */
export interface InviteView {
  /** Names it. */
  readonly id: string;
  /** Where its message lies. */
  readonly position: number;
  /** Who sent it. */
  readonly author: PublicKeyHex;
  /** When. */
  readonly ts: string;
  /** How it stands. */
  readonly state: InviteState;
  /** What it offers; left out: its link is no good. */
  readonly offer?: InviteOffer;
  /** Why it can't be used. */
  readonly reason?: string;
}
