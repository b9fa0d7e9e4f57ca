/**
 * What the groups of an identity are made of.
 *
 * @module
 */
import type { KeyPair } from "../../crypto/keys.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import type { KeptSecrets } from "../kept_secrets.ts";
import type { CarriedFeed, FeedEvents, FeedNode } from "./feeds/feed_node.ts";
import type { GroupNetwork } from "./feeds/group_network.ts";

/** What the groups of an identity are made of. */
export interface LocalGroupsOptions {
  /** Us. */
  readonly own: KeyPair;
  /** Keeps everything. */
  readonly store: Store;
  /** Time. */
  readonly clock: Clock;
  /** Keys, ids and nonces. */
  readonly random: Random;
  /** Carries streams; undefined for a command without a network. */
  readonly network: GroupNetwork | undefined;
  /** Carries feeds of one group; undefined for a command without a network. */
  readonly carry: ((events: FeedEvents, kept: CarriedFeed) => FeedNode) | undefined;
  /** Keeps our ratchet secrets of D2 groups. */
  readonly ratchets: KeptSecrets;
  /** Whether this program stays; one that does not waits a little until somebody has what it changed. */
  readonly resident: boolean;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
}
