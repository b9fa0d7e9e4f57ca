/**
 * The look at both sides before a tree is copied: what need not go, and what kind of host it is.
 *
 * @see cli/README.md "Copying files"
 * @module
 */
import { Status } from "../../exit.ts";
import type { RunOptions, RunParts } from "../plan/job.ts";
import type { CopyJob, PlannedDirectory } from "../plan/plan.ts";
import { copyFailure, explained, isAboutPeer } from "../told/outcome.ts";
import { equalJobs } from "./equal.ts";
import { Patience, type Seen, tryOne } from "./patience.ts";

/** With whom. */
export type LookParts = Pick<RunParts, "dial" | "peer" | "pk" | "digest" | "progress" | "onNotice"> & {
  /** Time, and the end of the command. */
  readonly context: Pick<RunParts["context"], "clock" | "signal">;
};

/** What it has shown. */
export interface Look {
  /** The numbers of the jobs whose files are the same at both sides. */
  readonly equal: ReadonlySet<number>;
  /** Those of them that only need other bits. */
  readonly bits: ReadonlySet<number>;
}

/**
 * Looks, and is as patient as a copy: a look that broke off would make everything go again.
 * @param seen  Told what kind of host it is, and that there is none.
 * @throws The signal's reason.
 */
export async function lookFirst(
  jobs: readonly CopyJob[],
  directories: readonly PlannedDirectory[],
  options: Pick<RunOptions, "direction" | "preserve" | "retries" | "pace">,
  parts: LookParts,
  seen: Seen,
): Promise<Look> {
  const { context, peer, pk, progress } = parts;
  const comparing = { ...parts, onExtended: () => void (seen.isExtended = true) };
  const looked = await tryOne({
    context,
    patience: new Patience(options.retries, context.clock, seen, options.pace),
    progress,
    explain: (error) => explained(error, peer, pk),
    onAgain: (error, pauseMs) => parts.onNotice(`${error.message}; trying again in ${pauseMs / 1000} s`),
  }, async () => {
    const bits = new Set<number>();
    const equal = await equalJobs(jobs, topsOf(directories), options, comparing, (at) => bits.add(at));
    return { equal, bits };
  });
  if ("value" in looked) return looked.value;
  const failure = copyFailure(looked.error, context.signal.reason);
  if (failure.status === Status.fault) throw looked.error;
  if (isAboutPeer(failure)) seen.lost = failure;
  return { equal: new Set(), bits: new Set() };
}

/** The directories that are in no other one. */
const topsOf = (directories: readonly PlannedDirectory[]): string[] => {
  const all = directories.map(({ remote }) => remote);
  const known = new Set(all);
  return all.filter((path) => !known.has(path.slice(0, Math.max(0, path.lastIndexOf("/")))));
};
