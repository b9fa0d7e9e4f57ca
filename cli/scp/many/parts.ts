/**
 * What `scp --to` is made of: who gets what, and how.
 *
 * @module
 */
import type { AppStream } from "../../../lib/app/node/node.ts";
import type { Digest } from "../../../lib/crypto/digest.ts";
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import type { Packing } from "../../../lib/sys/copies/packing.ts";
import type { Context } from "../../context.ts";
import type { CopyJob, PlannedDirectory } from "../plan/plan.ts";
import type { Pace } from "../run/pace.ts";
import type { FileOutcome } from "../told/outcome.ts";
import type { Progress } from "../told/progress.ts";
import type { OpenAt } from "./parked.ts";

/** One of the peers, and what it shall get. */
export interface Recipient {
  /** Who: a key. */
  readonly pk: PublicKeyHex;
  /** As a person calls it. */
  readonly name: string;
  /** Which of the jobs are for it. */
  readonly wants: (job: Pick<CopyJob, "local" | "remote">) => boolean;
}

/** How it is done. */
export interface ManyParts {
  /** Time, and the end of the command. */
  readonly context: Pick<Context, "clock" | "signal">;
  /** Who: a key. */
  readonly pk: PublicKeyHex;
  /** Opens a stream to a peer's port 23. */
  readonly dial: (pk: PublicKeyHex) => Promise<AppStream>;
  /** How often a copy that broke off is tried again. */
  readonly retries?: number;
  /** A limit on the rate. */
  readonly pace?: Pace;
  /** Shows how far it is. */
  readonly progress: Progress;
  /** Opens a file; counted in tests. */
  readonly open: OpenAt;
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
  /** Offer the extension. */
  readonly extended: boolean;
  /** Keep bits and times of files. */
  readonly preserve: boolean;
  /** Directories of what is copied: those that no file leads to are made, and with `preserve` all get their facts. */
  readonly directories?: readonly PlannedDirectory[];
  /** Leave files alone that are there at a peer. */
  readonly keeps?: boolean;
  /** Ask each host for what it has on its disk then, and compare it with the file here. */
  readonly verify?: boolean;
  /** Packs blocks for hosts of ours; undefined: none is packed. */
  readonly packing?: Packing;
  /** Told what became of each file at each peer. @param job  Which one; undefined: it is a directory. */
  readonly onOutcome: (recipient: Recipient, outcome: FileOutcome, job?: CopyJob) => void;
  /** Told what is worth a line on the way. */
  readonly onNotice: (text: string) => void;
}
