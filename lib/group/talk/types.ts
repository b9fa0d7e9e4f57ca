/**
 * What a talk asks of the rest of the group, and what it says.
 *
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { Examine } from "./examined.ts";
import type { Verdict } from "./gate.ts";
import type { GroupMessage } from "../group_types.ts";
import type { MessageLeaf } from "./leaf.ts";
import type { Ledger } from "../threads/ledger.ts";
import type { Place } from "../threads/thread.ts";

/** Why a message is dropped whose sender may not speak: as was decided, and nothing is wrong. */
export const SILENCED = "its sender may not speak";

/** An open message. */
export interface Opened {
  /** Its text. */
  readonly text: string;
  /** For whom it is; empty: everybody. */
  readonly audience: readonly PublicKeyHex[];
}

/** What a talk asks of the rest of the group. */
export interface TalkView {
  /** UUID of the group, lower case. */
  readonly groupId: string;
  /** Whether texts are sealed. */
  readonly isPrivate: boolean;
  /** Whether leaves without a signature are shown, as unverified, also when the founder does not vouch for them. */
  readonly takesUnsigned: boolean;
  /** Who may vouch for them. */
  readonly founder: PublicKeyHex;
  /** Opens a message of a private group; undefined: no key of ours does. */
  open(leaf: MessageLeaf): Opened | undefined;
  /** See gate.ts. */
  judge(sender: PublicKeyHex, tsNs: bigint): Verdict;
  /** The threads. */
  readonly ledger: Ledger;
  /** Whether our own feed has a leaf just so. */
  isKept(path: string, value: Uint8Array): boolean;
  /** Looks at a leaf. */
  readonly examine: Examine;
  /** For sums of leaves, see checksum.ts. */
  readonly secret: number;
}

/** What follows from a leaf. */
export type TalkOut =
  | { readonly kind: "message"; readonly message: GroupMessage; readonly copy: FeedCopy | undefined }
  | {
    readonly kind: "gone";
    readonly sender: PublicKeyHex;
    readonly tsNs: bigint;
    /** Of the message, when it was shown here. */
    readonly tail: string | undefined;
    /** Its place in its author's thread, where the tombstone names it. */
    readonly place: Place;
    readonly copy: FeedCopy | undefined;
  }
  | { readonly kind: "alive"; readonly sender: PublicKeyHex; readonly tsNs: bigint }
  /** It was shown, and is nothing to be shown: a heartbeat or tombstone that came before its key, or a double. */
  | { readonly kind: "hidden"; readonly tail: string; readonly path: string; readonly stays: boolean }
  /** It is the first one in its place of its sender's thread, shown or not. */
  | { readonly kind: "noted"; readonly author: PublicKeyHex; readonly place: Place; readonly leaf: FeedCopy }
  /** It was shown already, and has its thread now. */
  | { readonly kind: "threaded"; readonly copy: FeedCopy }
  /** It was read already, and is sealed otherwise than the copy before. */
  | { readonly kind: "resealed"; readonly copy: FeedCopy }
  | { readonly kind: "dropped"; readonly path: string; readonly reason: string };

/** A leaf as it came, for whoever copies it. */
export interface FeedCopy {
  /** Its path. */
  readonly path: string;
  /** Its value. */
  readonly value: Uint8Array;
}
