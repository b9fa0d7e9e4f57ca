/**
 * Pairs: contacts that have agreed on a sealed feed each, in which messages wait until the other reads them; the member
 * `pairs` of {@link App}.
 *
 * @see specification skychat §c
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { GroupId, HolderView } from "../groups/groups.ts";
import type { InviteEnded, InviteTerms, IssuedInvite } from "../groups/views/issued.ts";

/** A pair, or an invite that waits for our word. */
export interface PairView {
  /** The other one. */
  readonly peer: PublicKeyHex;
  /** `invited`: it has asked us. `pending`: we have asked it. `denied`: its signed invite did not let us in. */
  readonly status: "invited" | "pending" | "active" | "revoked" | "denied";
  /** Port of both feeds. */
  readonly port: number;
  /** When both had agreed; left out before. */
  readonly established?: string;
  /** When something was last said; left out before. */
  readonly lastMessage?: string;
  /** Messages of ours that it has not said to have read. */
  readonly waiting: number;
  /** When its epoch keys last began anew, which an ordinary pair's never do; left out: never. */
  readonly keysChanged?: string;
  /** Whether the user has compared its key with the peer and said that it is the same (`peers.decide`). */
  readonly verified?: boolean;
  /** Who holds our feed for the peer, and the peer's for us; left out: nobody. */
  readonly holder?: HolderView;
  /** Of one that is pending: it has our asking, and its user has the word. Left out: it is to be asked, or asked again. */
  readonly asked?: boolean;
  /** The signed invite by which we have asked, until we are paired; `ended`: why it did not let us in. */
  readonly invite?: { readonly id: string; readonly ended?: InviteEnded };
}

/** What became of a signed invite of somebody's. */
export interface PairUse {
  /** Whose it is. */
  readonly peer: PublicKeyHex;
  /** `active`: we are paired. `pending`: it has not answered yet. `denied`: it lets us not in. */
  readonly status: PairView["status"];
  /** Why not; left out with `denied`: its inviter has said no. */
  readonly ended?: InviteEnded;
  /** Whether its inviter could be asked or told. */
  readonly sent: boolean;
}

/** Whose feeds are to be held here, and how much of them. */
export interface HoldRequest {
  /** Both sides of the pair; of a group the admins, one or more, whose word says who is in. */
  readonly peers: readonly PublicKeyHex[];
  /** The group, and the port of its feeds. */
  readonly group?: { readonly id: GroupId; readonly port: number };
  /** For all feeds together. */
  readonly spaceBytes: number;
  /** A feed that its owner has not renewed for so long is dropped. */
  readonly ageMs: number;
}

/** What is held of a pair or a group of others. */
export interface HeldView extends HoldRequest {
  /** Where they meet. */
  readonly port: number;
  /** Of each side or member, as far as a program that stays holds it. */
  readonly feeds: readonly {
    /** Whose. */
    readonly feed: PublicKeyHex;
    /** Bytes of its objects. */
    readonly bytes: number;
    /** Messages of it that are on the disk. */
    readonly messages: number;
    /** When it last said that it is there; left out: nothing is held. */
    readonly renewed?: string;
    /** Why what it has is not held. */
    readonly refused?: string;
  }[];
}

/** A part of a pair in a backup. */
export interface PairPart {
  /** With whom. */
  readonly peer: PublicKeyHex;
  /** `leaf`: of our feed. `record`: the last one. */
  readonly part: "leaf" | "record";
  /** A leaf's path. */
  readonly name: string;
  /** Base64. */
  readonly value: string;
}

/** Which pairs to read, and for how long; see {@link Pairs.read}. */
export interface PairReadRequest {
  /** At most so long; 0: as it stands. */
  readonly waitMs: number;
  /** Our program is there for this alone. */
  readonly leaves?: boolean;
  /** Left out: all. */
  readonly peers?: readonly PublicKeyHex[];
}

/** What became of reading the feeds of pairs. */
export interface PairReading {
  /** How many there are, those that have not agreed yet included. */
  readonly pairs: number;
  /** Of how many of them the feed was read. */
  readonly read: number;
  /** Of whom it was not, of those that have agreed; left out: nobody. */
  readonly away?: readonly PublicKeyHex[];
}

/** What became of a message. */
export interface PairSendReport {
  /** Names it: `<unix nanoseconds>-<seq>`. */
  readonly id: string;
  /** Its time, RFC 3339. */
  readonly ts: string;
  /** Whether the peer fetched it within the wait; it waits in our feed otherwise. */
  readonly fetched: boolean;
  /** Whether the holder fetched it within the wait, and the peer did not; left out: no. */
  readonly held?: boolean;
  /** Its place in the conversation with the peer. */
  readonly position: number;
  /** From the call to the answer, milliseconds. */
  readonly ms: number;
}

/** The pairs of an identity. Their messages are in the conversation with the peer, `via` `pair`. */
export interface Pairs {
  /** All of them, and invites that wait for us, by key. */
  list(): Promise<PairView[]>;
  /**
   * Asks a peer; with an invite of its that is an acceptance.
   * @returns Whether the invite was handed over; it is kept and handed over later otherwise, while a program of ours stays.
   * @throws {UserError} usage: it is us, or paired already.
   */
  add(request: { peer: PublicKeyHex }): Promise<{ sent: boolean; status: PairView["status"] }>;
  /**
   * Comes by a signed invite to a contact: asks its inviter, and waits a little for the answer; while a program of ours
   * stays it is asked again until it answers. Twice is once.
   * @throws {UserError} usage: the link is none, is to a group, or is ours; refused: its inviter is blocked.
   */
  use(request: { link: string }): Promise<PairUse>;
  /**
   * Signs an invite to us. Who comes by it is paired with us and accepted, while a program of ours stays.
   * @throws {UserError} usage: none may say that; refused: too many are open.
   */
  issueInvite(request: InviteTerms): Promise<IssuedInvite>;
  /** Those that we have issued, until a day behind their ends, the newest first. */
  issuedInvites(): Promise<IssuedInvite[]>;
  /** Takes one back; who came by it stays. @throws {UserError} usage: there is none, or it was before. */
  revokeInvite(request: { invite: string }): Promise<void>;
  /** Agrees. @returns Whether the peer was told; it sees our feed otherwise. @throws {UserError} usage: no such invite. */
  accept(request: { peer: PublicKeyHex }): Promise<{ told: boolean }>;
  /** Says no. @returns Whether the peer was told. @throws {UserError} usage: no such invite. */
  decline(request: { peer: PublicKeyHex }): Promise<{ told: boolean }>;
  /** Ends a pair here, with what waits in its feed; the conversation stays. @throws {UserError} usage: no such pair. */
  remove(request: { peer: PublicKeyHex }): Promise<void>;
  /**
   * Says something: kept and put into our feed.
   * @param request.waitMs  How long to wait until the peer fetches it; 0 does not wait.
   * @throws {UserError} usage: no such pair, empty or too long; refused: not agreed yet, or too much waits.
   */
  send(request: { peer: PublicKeyHex; text: string; waitMs: number }): Promise<PairSendReport>;
  /** Takes back what we said. @throws {UserError} usage: no such pair. */
  unsend(request: { peer: PublicKeyHex; id: string }): Promise<void>;
  /**
   * Waits until the feeds of all pairs were read, at most so long; of a pending one too, since a feed says that its
   * owner has agreed. A program that does not stay gives the peers that time to read what waits for them.
   * @param request.leaves  The program that has the pairs is there for this alone, so it gives them that time as well;
   *   who has not agreed is waited for a little. Default: no.
   * @param request.peers  Those with these peers alone; left out: all.
   * @returns Of how many the feed was read; `away`: of whom it was not, of those that have agreed.
   */
  read(request: PairReadRequest): Promise<PairReading>;
  /**
   * Names a node that holds the feeds of a pair, which both sides do; without one nobody does any more.
   * @throws {UserError} usage: no such pair, or the holder is a side of it.
   */
  nameHolder(request: { peer: PublicKeyHex; holder?: PublicKeyHex }): Promise<void>;
  /** Holds the feeds of others from now on, or under other terms. @throws {UserError} usage; refused: its port is in use, or too many are held. */
  hold(request: HoldRequest): Promise<void>;
  /** What is held of others. */
  held(): Promise<HeldView[]>;
  /** All that is kept of pairs but messages and epoch secrets, for a backup. */
  kept(): Promise<PairPart[]>;
  /**
   * Holds them no more, and drops what is here.
   * @param request.group  A group; `peers` is empty then.
   * @throws {UserError} usage: they are not held.
   */
  release(request: { peers: readonly PublicKeyHex[]; group?: GroupId }): Promise<void>;
}

/** Its methods. */
export const PAIRS: Readonly<Record<keyof Pairs, true>> = {
  list: true,
  add: true,
  use: true,
  issueInvite: true,
  issuedInvites: true,
  revokeInvite: true,
  accept: true,
  decline: true,
  remove: true,
  send: true,
  unsend: true,
  read: true,
  nameHolder: true,
  hold: true,
  held: true,
  release: true,
  kept: true,
};
