/**
 * Signed invites that were issued, as every surface sees them.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";

/** Why a signed invite lets nobody in any more. */
export type InviteEnded = "expired" | "used-up" | "revoked";

const ENDED: readonly string[] = ["expired", "used-up", "revoked"] satisfies InviteEnded[];

/** Whether a word says why a signed invite lets nobody in any more. */
export const isEnded = (word: string | undefined): word is InviteEnded =>
  word !== undefined && ENDED.includes(word);

/** How such a word reads in a sentence: `used up`. Other words stay as they are. */
export const endedWords = (word: string): string => word.replace("-", " ");

/** What one that is to be issued says. */
export interface InviteTerms {
  /** How many people it lets in, 1 to 100. */
  readonly uses: number;
  /** Its end, RFC 3339; at most 366 days from now. */
  readonly expires: string;
  /** Only we let in by it: then the count is exact. */
  readonly onlyInviter?: boolean;
  /** For whoever gets it; at most 280 bytes. */
  readonly note?: string;
}

/** A signed invite of a group of ours, or to us as a contact. */
export interface IssuedInvite {
  /** Names it: 32 hex characters. */
  readonly id: string;
  /** Its group; left out: it is to its inviter, as a contact. */
  readonly group?: string;
  /** Who issued it. */
  readonly inviter: PublicKeyHex;
  /** When. */
  readonly issued: string;
  /** Its end. */
  readonly expires: string;
  /** How many it lets in. */
  readonly uses: number;
  /** Who came in by it, the first one first; `by`: the admin that let it in. More than `uses`: see `atMost`. */
  readonly used: readonly { readonly pk: PublicKeyHex; readonly by: PublicKeyHex; readonly ts: string }[];
  /** How many it could let in while no admin hears another one. */
  readonly atMost: number;
  /** Only its inviter lets in by it. */
  readonly onlyInviter: boolean;
  /** How it stands, as far as is known here. */
  readonly state: "open" | InviteEnded;
  /** Who has revoked it. */
  readonly revokedBy?: PublicKeyHex;
  /** Its link; left out: it is not ours, or is kept no more. */
  readonly link?: string;
  /** What it says to whoever gets it; with the link. */
  readonly note?: string;
}
