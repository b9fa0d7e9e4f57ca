/**
 * How it stands in a group, as plain JSON values.
 *
 * @module
 */
import type { PublicKeyHex } from "../../../crypto/keys.ts";

/** A place in an author's thread. */
export interface PlaceView {
  /** One run of its program, 16 hex characters. */
  readonly incarnation: string;
  /** The number in it, from 1. */
  readonly seq: string;
}

/** Leaves that are not here. */
export interface HoleView {
  /** In which run of the author's program. */
  readonly incarnation: string;
  /** First number. */
  readonly from: string;
  /** Last number. */
  readonly to: string;
  /** Left out: the author says so by its signature. Otherwise who says to have seen them. */
  readonly saidBy?: PublicKeyHex;
}

/** How it stands between us and one member. */
export interface MemberCheck {
  /** Who. */
  readonly pk: PublicKeyHex;
  /** What it may; `gone`: it is in no more, and something of it is missing, restarted or forked. */
  readonly role: "founder" | "admin" | "member" | "gone";
  /** Whether it is us. */
  readonly self: boolean;
  /** Our last entry that it provably has: it names it, signed. Left out: none. */
  readonly has?: PlaceView;
  /** Whether that is our newest one. */
  readonly hasNewest: boolean;
  /** Its last entry that we have. Left out: none with a thread, as of a Go program. */
  readonly last?: PlaceView & { readonly ts: string };
  /** What of it is missing here. */
  readonly holes: readonly HoleView[];
  /** How often it went on without what it had said before. */
  readonly restarts: number;
  /** Where it is proven to have said two different things. */
  readonly fork?: PlaceView;
  /** When something of it last came, since this program began. */
  readonly lastHeard?: string;
}

/** How it stands in a group. */
export interface GroupCheck {
  /** Which group: its id. */
  readonly group: string;
  /** Its name. */
  readonly name: string;
  /** Whether nothing is missing and nobody is proven to have lied. */
  readonly whole: boolean;
  /** What is kept of it can't be read; nothing else is known then. */
  readonly damaged?: boolean;
  /** Of the key of a private group: which one, and how old it is. */
  readonly key?: { readonly epoch: string; readonly ageSec?: number };
  /** Each member, and who is none any more and still has a fault. */
  readonly members: readonly MemberCheck[];
}
