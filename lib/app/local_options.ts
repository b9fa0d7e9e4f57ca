/**
 * What an {@link App} in this process is made of.
 *
 * @module
 */
import type { KeyPair } from "../crypto/keys.ts";
import type { Clock } from "../sys/clock.ts";
import type { Random } from "../sys/random.ts";
import type { Store } from "../store/store.ts";
import type { FileSettings } from "./files/parts.ts";
import type { AppNetwork } from "./node/app_network.ts";
import type { TitlesFile } from "./overlays/titles_file.ts";
import type { SecretsFile } from "./secrets_file.ts";

/** What the user has set. */
export interface MessageSettings {
  /** Tells peers what the user has read. Default: no. */
  readonly receipts?: boolean;
  /** Keeps only a little of senders whom the user has not accepted. Default: no. */
  readonly acceptFirst?: boolean;
}

/** What an app is made of. */
export interface LocalAppOptions {
  /** Carries streams. */
  readonly client: AppNetwork;
  /** Our key pair, for groups; without it there are none. */
  readonly own?: KeyPair;
  /** Keeps everything; in memory when nothing is to stay. */
  readonly store: Store;
  /** Time. */
  readonly clock: Clock;
  /** Message ids and jitter. */
  readonly random: Random;
  /** Whether it listens on ports 1 and 9001 and runs the outbox by itself. */
  readonly resident: boolean;
  /** Whether files of peers come, and where they go; without it there are none. */
  readonly files?: FileSettings;
  /** A port that somebody else will listen on: when it is one of ours, nothing is taken there. */
  readonly sparePort?: number;
  /** What the user has set. Read when it is needed. */
  readonly settings?: MessageSettings;
  /** How long a queued message is tried, nanoseconds; 7 days by default. Read when it is needed. */
  readonly outbox?: { readonly ageNs: bigint };
  /** URLs of the discoveries, for the status. */
  readonly discovery?: readonly string[];
  /** Keeps epoch secrets of pairs; in memory by default. */
  readonly pairSecrets?: SecretsFile;
  /** Keeps our ratchet secrets of D2 groups; in memory by default. */
  readonly groupSecrets?: SecretsFile;
  /** Keeps what lists, posts and the like are called; by default nothing does. */
  readonly titles?: TitlesFile;
  /** Whether there is no network. */
  readonly offline?: boolean;
  /** This process, for the status. */
  readonly pid: number;
  /** Told when something could not be kept. Must not throw. Default: nothing. */
  readonly onProblem?: (error: Error) => void;
  /** Ends what belongs to the app, when it is closed: node and store. */
  readonly onClose?: () => Promise<void>;
}
