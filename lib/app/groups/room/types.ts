/**
 * What a room is made of, and what it says.
 *
 * @module
 */
import type { GroupEngine } from "../../../group/engine.ts";
import type { KeyPair, PublicKeyHex } from "../../../crypto/keys.ts";
import type { GroupOut } from "../../../group/group_types.ts";
import type { Change, Store } from "../../../store/store.ts";
import type { Clock } from "../../../sys/clock.ts";
import type { Random } from "../../../sys/random.ts";
import type { CarriedFeed, FeedEvents, FeedNode } from "../feeds/feed_node.ts";
import type { GroupEvidence } from "../groups.ts";
import type { KeptGroup } from "./kept_groups.ts";
import type { KeptSecrets } from "../../kept_secrets.ts";

/** What a room is made of. */
export interface RoomOptions {
  /** Us. */
  readonly own: KeyPair;
  /** What was kept. */
  readonly kept: KeptGroup;
  /** Keeps everything. */
  readonly store: Store;
  /** Keeps our ratchet secrets of D2 groups. */
  readonly ratchets: KeptSecrets;
  /** Time. */
  readonly clock: Clock;
  /** Keys and nonces. */
  readonly random: Random;
  /** Makes the carrier; undefined where there is no network. */
  readonly carry: ((events: FeedEvents, kept: CarriedFeed) => FeedNode) | undefined;
  /** Told when something can't be kept, or a peer sent something that was dropped. */
  readonly onProblem: (error: Error) => void;
  /** Told who has begun to read our feed. */
  readonly onReader: (reader: PublicKeyHex) => void;
  /** Told who wants to read our feed, and may not. */
  readonly onKnocked: (peer: PublicKeyHex) => void;
  /** Told who does not let us read its feed. */
  readonly onRefused: (owner: PublicKeyHex) => void;
  /** Told who took or read one of our leaves, or names it in its own feed; undefined: that is no evidence. */
  readonly onEvidence: (tail: string, pk: PublicKeyHex, by: GroupEvidence["by"] | undefined) => void;
  /** Told where a message of ours is kept, also one that comes again behind what had hidden it. */
  readonly onOurs: (tail: string, position: number) => void;
  /** Told when members are to be asked for what is missing. */
  readonly onMissing: () => void;
  /** Told when nobody has let us in after all: we are to ask again. Default: nobody. */
  readonly onOutAgain?: () => void;
  /** Told when a group in which only we have made keys is a D2 group. Default: nobody. */
  readonly onD2?: () => void;
}

/** What is asked of an engine for others, and what only a D2 group has. */
export type Given = Pick<
  GroupEngine,
  "announcement" | "wrapFor" | "served" | "parting" | "decided" | "decisionCount" | "stands"
>;

/** What became of an input. */
export interface RoomResult {
  /** All that followed. */
  readonly outs: readonly GroupOut[];
  /** Why it was refused. */
  readonly refused: string | undefined;
  /** Positions of messages that were kept, by tail. */
  readonly positions: ReadonlyMap<string, number>;
}

/** What else goes into the commit of an input, by what follows from that. */
export type Beside = (outs: readonly GroupOut[]) => Promise<readonly Change[]>;
