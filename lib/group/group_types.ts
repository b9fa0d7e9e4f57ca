/**
 * What goes into the engine of a group and what comes out.
 *
 * @module
 */
import type { PublicKeyHex } from "../crypto/keys.ts";
import type { FeedChange, FeedLeaf } from "../cxo/feed/change.ts";
import type { HolderChoice } from "./feed/holder_leaf.ts";
import type { InviteVerdict } from "./joining/invite_book.ts";
import type { SignedInvite } from "./joining/signed_invite.ts";
import type { GroupRecord } from "./record/record.ts";
import type { Domain } from "./roster/governance.ts";
import type { LeafProof } from "./talk/leaf.ts";
import type { Missing } from "./threads/author_ledger.ts";
import type { Place } from "./threads/thread.ts";

/** What an engine is told. */
export type GroupIn =
  /** New or changed leaves of a feed, in any order; the first time all of them. */
  | { readonly kind: "leaves"; readonly feed: PublicKeyHex; readonly leaves: readonly FeedLeaf[] }
  /** We say something. */
  | {
    readonly kind: "post";
    readonly text: string;
    /** In a D2 group for whom; empty: everybody. */
    readonly audience?: readonly PublicKeyHex[];
  }
  /** A member of an old program says something over a stream of its key; we are the founder. */
  | {
    readonly kind: "relayed";
    readonly sender: PublicKeyHex;
    readonly text: string;
    /** Its time; the zero time means now. */
    readonly tsNs: bigint;
  }
  /** We decide something. */
  | { readonly kind: "decide"; readonly domain: Domain; readonly op: number; readonly peer: PublicKeyHex }
  /** We let somebody in: adds, and nothing when it is in already. With an invite only if that one lets it in. */
  | {
    readonly kind: "admit";
    readonly peer: PublicKeyHex;
    readonly invite?: SignedInvite;
  }
  /** In a D2 group: a member's key for secrets with it, as it said it to us. */
  | { readonly kind: "ratchet"; readonly value: Uint8Array }
  /** We name the node that holds the group's feeds, or nobody. */
  | { readonly kind: "name-holder"; readonly holder: PublicKeyHex | undefined }
  /** A new key, under which history is sealed again; of a D2 group. */
  | { readonly kind: "revoke-history"; readonly sinceNs: bigint }
  /** We issue a signed invite. */
  | {
    readonly kind: "invite";
    readonly uses: number;
    /** Its end, nanoseconds. */
    readonly expiresNs: bigint;
    readonly onlyInviter: boolean;
    readonly note: string;
  }
  /** We take one back. */
  | { readonly kind: "revoke"; readonly invite: string }
  /** A new key. */
  | { readonly kind: "rotate" }
  /** We take back what we said at a time; `outside`: though we are not in, since we were told that nobody hears it. */
  | { readonly kind: "unsend"; readonly tsNs: bigint; readonly outside?: true }
  /** An admin has let us in: what its answer said. */
  | {
    readonly kind: "admitted";
    readonly key: Uint8Array;
    readonly epoch: bigint;
    readonly name: string;
    readonly admins: readonly PublicKeyHex[];
    readonly members: readonly PublicKeyHex[];
    /** In a D2 group the key, wrapped for us; see d2/admission.ts. */
    readonly wrapped?: Uint8Array;
  }
  /** The founder, whose program is an old one, has taken what we sent it to publish: so we are in. */
  | { readonly kind: "accepted" }
  /** How we stand, by an admin's answer or our own wish. */
  | { readonly kind: "standing"; readonly status: "awaiting_approval" | "denied" | "banned" }
  /** Another name: we are the founder, or a founder whose program signs none was asked for it. */
  | { readonly kind: "rename"; readonly name: string }
  /** Every 30 s while the group is open. */
  | { readonly kind: "tick" };

/** A message of a group. */
export interface GroupMessage {
  /** Names it: `<sender>/<nanoseconds>/<counter>`. */
  readonly tail: string;
  /** Who wrote it. */
  readonly sender: PublicKeyHex;
  /** When, by its writer's clock. */
  readonly tsNs: bigint;
  /** Its text; undefined: no key of ours opens it. */
  readonly text: string | undefined;
  /** In a D2 group for whom it is, its author among them; empty: everybody. */
  readonly audience: readonly PublicKeyHex[];
  /** `unsigned` is to be shown as unverified. */
  readonly proof: Exclude<LeafProof, "forged">;
  /** 65 bytes; all zero when it is not signed. */
  readonly signature: Uint8Array;
}

/** Why something that we wanted was not done. */
export type GroupRefusal =
  | "not an admin"
  | "not a member"
  | "nothing changes"
  | "the founder"
  | "banned"
  | "no such message"
  | "not private"
  | "a member holds nothing"
  | "no key"
  | "no such invite"
  | "too many invites"
  | InviteVerdict
  | string;

/** What follows. All of one call belongs together: a shell writes it down in one commit. */
export type GroupOut =
  /** Our feed has changed. */
  | FeedChange
  /** We have decided something; see {@link GroupEngine.stands}. */
  | { readonly kind: "decided"; readonly id: string }
  /** To be shown and kept; a sealed one of the same tail is replaced. */
  | { readonly kind: "message"; readonly message: GroupMessage }
  /** To be taken away. */
  | {
    readonly kind: "gone";
    readonly sender: PublicKeyHex;
    readonly tsNs: bigint;
    /** Of the message, when it was shown here. */
    readonly tail: string | undefined;
  }
  /** Its sender could not speak at that time, as is known now: it is taken away, and may come again. */
  | { readonly kind: "hidden"; readonly tail: string }
  /** The record is another one. */
  | { readonly kind: "record"; readonly record: GroupRecord }
  /** Our ratchet secrets of a D2 group have changed: kept before anything else of this call is, and what is not in it erased. */
  | { readonly kind: "ratchets"; readonly secrets: ReadonlyMap<bigint, Uint8Array> }
  /** Whose feeds to follow, when that has changed. */
  | { readonly kind: "follow"; readonly feeds: readonly PublicKeyHex[] }
  /**
   * Who may read our feed, when that has changed; undefined: everybody. Who is no longer in it gets the Root that says
   * so, and is cut off.
   */
  | { readonly kind: "allow"; readonly readers: readonly PublicKeyHex[] | undefined }
  /** Which node holds the group's feeds, and which feeds are to be asked for there alone, when that has changed. */
  | ({ readonly kind: "held"; readonly feeds: readonly PublicKeyHex[] } & HolderChoice)
  /** A signed invite of ours: the link is to be kept, nobody else has it. */
  | { readonly kind: "invited"; readonly id: string; readonly link: string }
  /** What is known of an author's thread, to be kept and given back to the next engine. */
  | { readonly kind: "ledger"; readonly author: PublicKeyHex; readonly value: Uint8Array }
  /** A leaf has its place in its author's thread: to be kept for others who ask; undefined: it was taken back. */
  | {
    readonly kind: "archive";
    readonly author: PublicKeyHex;
    readonly place: Place;
    readonly leaf: FeedLeaf | undefined;
  }
  /** Members are to be asked for leaves that are not here. */
  | { readonly kind: "ask"; readonly wants: readonly Missing[] }
  /** Somebody went on without what it had said before: its state was lost, or an older one. */
  | {
    readonly kind: "restarted";
    readonly author: PublicKeyHex;
    /** The newest run of its program that is known then. */
    readonly inc: string;
  }
  /** Somebody is proven to have said two things in one place. */
  | { readonly kind: "forked"; readonly author: PublicKeyHex; readonly place: Place }
  /** Something that waited had to go, and may count now: all leaves of all feeds are to be given once more. */
  | { readonly kind: "reread" }
  /** It is a D2 group, which the link by which we came back did not say: all begins anew with that. */
  | { readonly kind: "is-d2" }
  /** What was asked for is not done. */
  | { readonly kind: "refused"; readonly reason: GroupRefusal }
  /** Something of a peer's was dropped; for the log. */
  | { readonly kind: "dropped"; readonly feed: PublicKeyHex; readonly path: string; readonly reason: string };
