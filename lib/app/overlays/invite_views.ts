/**
 * Invites, as every surface sees them.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";

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
  }
  | { readonly kind: "contact"; readonly pk: PublicKeyHex };

/**
 * How an invite stands. `new`: nothing was made of it; `asked`: an admin has to decide; `own`: it came from us, or is to
 * us; `expired`, `used-up`, `revoked`, `denied`, `banned`: whom it asks has said so; `unusable`: its link is no good.
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
