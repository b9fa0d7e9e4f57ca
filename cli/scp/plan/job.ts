/**
 * What running a copy needs to know, and with whom.
 *
 * @module
 */
import type { AppStream } from "../../../lib/app/node/node.ts";
import type { Digest } from "../../../lib/crypto/digest.ts";
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import type { Packing } from "../../../lib/sys/copies/packing.ts";
import type { Context } from "../../context.ts";
import type { Overwrite } from "../run/files.ts";
import type { Pace } from "../run/pace.ts";
import type { Standard } from "../run/standard.ts";
import type { FileOutcome } from "../told/outcome.ts";
import type { Progress } from "../told/progress.ts";
import type { CopyJob, PlannedDirectory } from "./plan.ts";

/** How it is to be done. */
export interface RunOptions {
  /** Towards the peer, or from it. */
  readonly direction: "upload" | "download";
  /** Files at once. */
  readonly jobs: number;
  /** For one long file, where the host is one of ours. */
  readonly streams: number;
  /** Bytes a second with which no further stream is opened; undefined: always. */
  readonly fastBytesPerS?: number;
  /**
   * Tries after the first. Undefined: 2, none for a peer that can't be reached, and for two minutes without progress
   * when a peer that was there has gone.
   */
  readonly retries?: number;
  /** What becomes of a local file that is there. */
  readonly overwrite: Overwrite;
  /** Read everything back and compare. */
  readonly verify: boolean;
  /** A limit on the rate. */
  readonly pace?: Pace;
  /** A host may learn which blocks of a local file it has, too: they need not be pulled. A push asks nobody. */
  readonly reuse?: boolean;
  /** Offer the extension. */
  readonly extended: boolean;
  /** Keep bits and time of a file. */
  readonly preserve: boolean;
  /** The host is known to have the extension. */
  readonly isExtended?: boolean;
  /** Directories of the plan; those that files lead to need not be made. */
  readonly directories?: readonly PlannedDirectory[];
}

/** With whom. */
export interface RunParts {
  /** What the command was given. */
  readonly context: Context;
  /** Opens a stream to the peer's host. @param apart  As `AppNode.dial`. */
  readonly dial: (apart?: number) => Promise<AppStream>;
  /** The peer as a person calls it. */
  readonly peer: string;
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** Standard input and output, in the place of a file. */
  readonly standard?: Standard;
  /** Packs blocks for hosts of ours; undefined: none is packed. */
  readonly packing?: Packing;
  /** Shows how far it is. */
  readonly progress: Progress;
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
  /** A file has ended, or a directory has failed. @param one  Which. */
  readonly onOutcome: (outcome: FileOutcome, one: CopyJob | PlannedDirectory) => void;
  /** The command is ended while a file is under way of which so much is kept that a later copy goes on behind it. */
  readonly onKept?: () => void;
  /** The peer warns, or a file is tried again. */
  readonly onNotice: (text: string) => void;
}
