/**
 * What can be asked of an identity's groups; the member `groups` of {@link App}.
 *
 * All parameters and results are plain JSON values. A group is named by its id (a UUID, lower case); surfaces turn
 * prefixes and names into ids with {@link Groups.list}.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { AudienceView, GroupAudience } from "./saying/audience.ts";
import type { GroupEvidence, GroupSendReport } from "./views/posted.ts";
import type { CatalogView } from "./views/catalog.ts";
import type { GroupKind, GroupStatus } from "./views/kinds.ts";
import type { GroupOffer } from "./views/offer.ts";
import type { GroupCheck } from "./views/check.ts";
import type { InviteEnded, InviteTerms, IssuedInvite } from "./views/issued.ts";
import type { JoinRequestView } from "./views/join_request.ts";
import type { GroupReading, GroupReadRequest } from "./views/reading.ts";

export type { AudienceView, GroupAudience } from "./saying/audience.ts";
export type { GroupEvidence, GroupSendReport } from "./views/posted.ts";
export type { CatalogView } from "./views/catalog.ts";
export type { GroupOffer } from "./views/offer.ts";
export type { InviteEnded, InviteTerms, IssuedInvite } from "./views/issued.ts";
export type { JoinRequestView } from "./views/join_request.ts";
export type { GroupReading } from "./views/reading.ts";
export type { GroupCheck, HoleView, MemberCheck, PlaceView } from "./views/check.ts";

/** UUID of a group, lower case; also the name of its conversation. */
export type GroupId = string;

/** Whether a conversation is a group's: keys have no dash. */
export const isGroupId = (conversation: string): conversation is GroupId => conversation.includes("-");

/** A node that holds feeds for their owners. */
export interface HolderView {
  /** Who. */
  readonly pk: PublicKeyHex;
  /** When it was named; left out: that was not written down. */
  readonly since?: string;
  /** Bytes of our feed, which it is to hold. */
  readonly bytes: number;
  /** Whether there is a connection with it; `unknown`: no program of ours stays that would have one. */
  readonly presence: "connected" | "away" | "unknown";
  /** When it last came, or fetched something of ours, since this program began. */
  readonly lastHeard?: string;
}

/** A group in a list. */
export interface GroupView {
  /** Its id. */
  readonly id: GroupId;
  /** Its name. */
  readonly name: string;
  /** Sealed or in clear. */
  readonly mode: "public" | "private";
  /** Who may post and join. */
  readonly kind: GroupKind;
  /** `d2`: see docs/d2.md; left out: as Go programs know it. */
  readonly keys?: "d2";
  /** Whether we founded it. */
  readonly role: "owner" | "member";
  /** How we stand in it; `damaged`: what is kept of it can't be read. */
  readonly status: GroupStatus;
  /** Whether we decide in it. */
  readonly admin: boolean;
  /** How many are in. */
  readonly members: number;
  /** When something was last said; left out before that. */
  readonly lastMessage?: string;
  /** How many wait for an admin's word, when we are one; left out: nobody. */
  readonly asking?: number;
  /** Which node holds the members' feeds; left out: none, or the group is not open here. */
  readonly holder?: HolderView;
  /** The signed invite that we ask by, until we are in. */
  readonly invite?: {
    /** Its id. */
    readonly id: string;
    /** Why it lets us in no more, as an admin has said. */
    readonly ended?: InviteEnded;
  };
}

/** Somebody of a group. */
export interface MemberView {
  /** Who. */
  readonly pk: PublicKeyHex;
  /** What it may. */
  readonly role: "founder" | "admin" | "member";
  /** It may not speak. */
  readonly muted: boolean;
  /** `connected`: its feed is read at the moment; `away`: it is followed and not reached; `unknown`: not followed. */
  readonly presence: "self" | "connected" | "away" | "unknown";
  /** When something of it last came, since this program began. */
  readonly lastHeard?: string;
  /** How Go programs see it, which go by clocks, where that is otherwise: `admin`, `member`, `banned`, `out`, `muted`. */
  readonly goSees?: string;
}

/** What an admin can decide. */
export type GroupAction =
  | "add"
  | "remove"
  | "promote"
  | "demote"
  | "ban"
  | "unban"
  | "mute"
  | "unmute"
  | "read-only"
  | "read-write"
  | "backfill-on"
  | "backfill-off"
  | "approve"
  | "deny";

/** A part of a group in a backup. */
export interface GroupPart {
  /** `leaf`: of our feed. `signature`: of a message that others may hang on. `record`: the last one. */
  readonly part: "leaf" | "signature" | "extra" | "record";
  /** A leaf's path, or what names a message. */
  readonly name: string;
  /** Base64. */
  readonly value: string;
}

/** Under what its caller may ask for something once more, when it has not learnt what became of it. */
export interface Keyed {
  /** 1 … 1,024 bytes: under the same key it is done once. The last 1,024 of a group are known. */
  readonly key?: string;
}

/** The groups of an identity. `refused` is also a key that was used for something else. */
export interface Groups {
  /** All of them, by name. */
  list(): Promise<GroupView[]>;
  /**
   * The record as the Go program prints it (specification skychat b.1), without its keys; of a group whose record can't
   * be read its `id`, and `damaged` as its `status`.
   */
  info(request: { group: GroupId }): Promise<Record<string, unknown>>;
  /** Who is in. */
  members(request: { group: GroupId }): Promise<MemberView[]>;
  /** Founds a group. @throws {UserError} usage: a bad name, or too much work. */
  create(request: {
    name: string;
    kind: GroupKind;
    /** How strangers come in: an admin approves them, or the invite is enough. Public groups and channels: `link`. */
    join: "approval" | "link";
    /** Strangers who ask for our catalog see it. Default: no. */
    listed?: boolean;
    /** `d2`: keys come by pairs of members, messages can be for some, Go members can't take part; see docs/d2.md. */
    keys?: "d2";
    /** Work that who asks to be let in shows first, as 0 to `MAX_ASKED_BITS` bits. Default: 0. Signed invites need none. */
    workBits?: number;
  }): Promise<{ group: GroupId; invite: string; withKey: boolean }>;
  /**
   * A link.
   * @param request.withKey  Whether the group key is in it. By default it is when the group was made so that the link is
   *   enough; programs of 2026-05 ask nobody and need it.
   * @returns `withKey`: whether it is, which is never so for groups in clear.
   * @throws {UserError} refused: we are out of it.
   */
  invite(
    request: { group: GroupId; withKey?: boolean },
  ): Promise<{ link: string; address: string; withKey: boolean }>;
  /**
   * Asks to be let in; goes on asking while an admin is away or has not decided.
   * @param request.link  `skychat:invite:…`, `dmsg:invite:…` or `skychat://…/…`; or the id of a group that is kept here,
   *   left or not: its admins are asked as they are known, by the invite that we came by if it is open still.
   * @param request.note  For the admin to read, 280 bytes at most.
   * @returns How we stand after the first answers; `ended`: why a signed invite lets in no more, and `status` is denied.
   */
  join(
    request: { link: string; note?: string },
  ): Promise<{ group: GroupId; status: GroupView["status"]; ended?: InviteEnded }>;
  /** Issues a signed invite. @throws {UserError} usage: none may say that; refused: we do not decide, or too many. */
  issueInvite(request: { group: GroupId } & InviteTerms & Keyed): Promise<IssuedInvite>;
  /** Signed invites of a group that are known here, the newest first. */
  issuedInvites(request: { group: GroupId }): Promise<IssuedInvite[]>;
  /** Takes a signed invite back, also another admin's. @throws {UserError} usage: there is none; refused. */
  revokeInvite(request: { group: GroupId; invite: string } & Keyed): Promise<void>;
  /** Says no more and hears no more; needs nobody. */
  leave(request: { group: GroupId }): Promise<void>;
  /** Drops it here with all that was said; needs nobody. */
  drop(request: { group: GroupId }): Promise<void>;
  /**
   * Says something.
   * @param request.waitMs  How long to wait until somebody else has it; 0 does not wait.
   * @param request.audience  In a D2 group for whom; left out: as what it hangs on is, else as {@link setAudience} said.
   * @param request.replyTo  The id, as the history has it, of what this answers: it is for the same readers then.
   * @param request.all  Waits for every member that can be reached.
   * @throws {UserError} refused: in the words of the Go program; usage.
   */
  send(
    request: {
      group: GroupId;
      text: string;
      waitMs: number;
      all?: boolean;
      audience?: GroupAudience;
      replyTo?: string;
    } & Keyed,
    signal?: AbortSignal,
  ): Promise<GroupSendReport>;
  /**
   * Reads the feeds of all members that can be reached, and waits a little until somebody has what waits here.
   * @param request.waitMs  At most so long; 0: as it stands.
   * @param request.leaves  Our program is there for this alone: waits for those who are away, too, and until ours is read.
   * @throws {UserError} refused: we are not in.
   */
  read(request: GroupReadRequest, signal?: AbortSignal): Promise<GroupReading>;
  /** Takes back what we said at a time. @throws {UserError} usage: no such message of ours. */
  unsend(request: { group: GroupId; tsNano: string } & Keyed): Promise<void>;
  /** Decides something. @throws {UserError} refused: we may not; usage: nothing changes. */
  decide(request: { group: GroupId; action: GroupAction; peer?: PublicKeyHex } & Keyed): Promise<void>;
  /** A new key for those who are in. @throws {UserError} refused, usage. */
  rotateKey(request: { group: GroupId } & Keyed): Promise<{ epoch: string }>;
  /**
   * A new key of a D2 group under which every member seals again what was said since a time, and drops what it served
   * before. What was fetched before stays read.
   * @param request.sinceNano  Nanoseconds since 1970; "0": all.
   * @throws {UserError} refused, usage.
   */
  revokeHistory(request: { group: GroupId; sinceNano: string } & Keyed): Promise<void>;
  /**
   * Names the node that holds the group's feeds for members who are never there together; left out: nobody. The one
   * that holds it already is named without anything being said anew.
   * @throws {UserError} refused: we do not decide; usage: it is a member, or nobody holds it already.
   */
  nameHolder(request: { group: GroupId; holder?: PublicKeyHex }): Promise<void>;
  /** For whom what we say in a D2 group is when nothing else is said. @throws {UserError} usage: somebody is no member. */
  setAudience(request: { group: GroupId; audience: GroupAudience }): Promise<void>;
  /** For whom messages of a D2 group are, by their ids as the history has them; those for everybody are left out. */
  audiences(request: { group: GroupId; ids: readonly string[] }): Promise<AudienceView[]>;
  /** Founder only. @throws {UserError} refused, usage. */
  rename(request: { group: GroupId; name: string }): Promise<void>;
  /**
   * Who is known to have a message of ours, since this identity's program began.
   * @param request.id  As `send` and the history have it.
   */
  evidence(request: { group: GroupId; id: string }): Promise<GroupEvidence[]>;
  /** Groups that a peer lists. @throws {NetworkError} It is not to be reached, or has no catalog. */
  catalog(request: { peer: PublicKeyHex }): Promise<CatalogView>;
  /**
   * What a link or an address leads to, without joining; of a group that we are in nobody is asked.
   * @param request.link  As {@link join} takes it.
   * @throws {UserError} usage: it is none; refused: it is not there. @throws {NetworkError} An address alone:
   *   its peer does not answer.
   */
  resolve(request: { link: string }): Promise<GroupOffer>;
  /** All that is kept of it but its messages, for a backup. @param request.keys  With the group's keys. */
  kept(request: { group: GroupId; keys: boolean }): Promise<GroupPart[]>;
  /** Who waits to be let in. */
  requests(request: { group: GroupId }): Promise<JoinRequestView[]>;
  /** What each member provably has of ours, what we have of it, and what is missing between. */
  check(request: { group: GroupId }): Promise<GroupCheck>;
  /** All that is here of a group, as the lines of a file that another member can import. */
  bundle(request: { group: GroupId }): Promise<string[]>;
  /**
   * Takes lines of such a file, some of them at a time; what is known already changes nothing.
   * @param request.leaves  The lines behind the first one.
   * @throws {UserError} usage: there is no such group here, or a line is none.
   */
  unbundle(request: { group: GroupId; leaves: readonly string[] }): Promise<void>;
}

/** Its methods. */
export const GROUPS: Readonly<Record<keyof Groups, true>> = {
  list: true,
  info: true,
  members: true,
  create: true,
  invite: true,
  join: true,
  issueInvite: true,
  issuedInvites: true,
  revokeInvite: true,
  leave: true,
  drop: true,
  send: true,
  read: true,
  unsend: true,
  decide: true,
  rotateKey: true,
  revokeHistory: true,
  setAudience: true,
  audiences: true,
  nameHolder: true,
  rename: true,
  evidence: true,
  catalog: true,
  resolve: true,
  kept: true,
  requests: true,
  check: true,
  bundle: true,
  unbundle: true,
};
