/**
 * Runs the jobs of a copy: some at once over the one session, each again when it broke, each with its outcome.
 *
 * @module
 */
import { BLOCK_BYTES } from "../../../lib/scp/extended/frames.ts";
import { MAX_PEER_STREAMS } from "../../../lib/scp/wire.ts";
import { PIPE } from "../../flags/paths.ts";
import type { RunOptions, RunParts } from "../plan/job.ts";
import type { CopyJob } from "../plan/plan.ts";
import { copyFailure, explained, type FileOutcome, isAboutPeer } from "../told/outcome.ts";
import { sizeWords } from "../told/progress.ts";
import { attempt, type Copying } from "./attempt.ts";
import { bundled, runBundle, unitsOf } from "./bundle.ts";
import { finishDirectories, makeDirectories } from "./directories.ts";
import { setBits } from "./equal.ts";
import { lookFirst } from "./look.ts";
import { Patience, type Seen, type Try, tryOne } from "./patience.ts";

/**
 * With so many bytes on their way a block of them is kept for sure: two blocks may be behind on the disk, and some MiB lie
 * in the windows of streams and servers.
 */
const KEPT_BYTES = 8 * BLOCK_BYTES;

/**
 * Runs all jobs.
 * @returns Their outcomes, in the order of the jobs, and those of directories that could not be made.
 * @throws The signal's reason.
 */
export async function runJobs(
  jobs: readonly CopyJob[],
  options: RunOptions,
  given: RunParts,
): Promise<FileOutcome[]> {
  const outcomes: FileOutcome[] = new Array(jobs.length);
  const seen: Seen = { wasReached: false, isExtended: options.isExtended ?? false };
  const parts: RunParts = {
    ...given,
    async dial(apart) {
      const stream = await given.dial(apart);
      seen.wasReached = true;
      return stream;
    },
  };
  parts.progress.expect(jobs.length, bytesOf(jobs));
  const tell = (at: number, outcome: FileOutcome): void => {
    outcomes[at] = outcome;
    if (outcome.failure && isAboutPeer(outcome.failure)) seen.lost ??= outcome.failure;
    parts.progress.fileDone();
    parts.onOutcome(outcome, jobs[at]);
  };
  let streams = options.streams;
  const alone = async (at: number): Promise<void> =>
    tell(at, await runJob(jobs[at], { ...options, streams }, parts, seen));
  const notMade = options.direction === "download" ? await makeDirectories(options, jobs) : undefined;
  let small = bundled(jobs, options);
  const { directories = [] } = options;
  if (options.extended && directories.length > 0 && !options.verify) {
    const { equal, bits } = await lookFirst(jobs, directories, options, parts, seen);
    for (const at of equal) {
      const outcome = unchanged(jobs[at], options, parts);
      tell(at, bits.has(at) ? await withItsBits(jobs[at], outcome) : outcome);
    }
    small = small.filter((at) => !equal.has(at));
  }
  // What kind of host it is shows at a look, or at the first file that is sent to it alone.
  if (small.length > 1 && !seen.isExtended) await alone(small.shift()!);
  const done = new Set(outcomes.keys().filter((at) => outcomes[at] !== undefined));
  const units = unitsOf(jobs, seen.isExtended ? small : []).filter(([at]) => !done.has(at));
  const workers = Math.min(options.jobs, units.length);
  // A host takes so many streams of us, those of other commands among them.
  streams = Math.min(streams, Math.floor(MAX_PEER_STREAMS / Math.max(1, workers)));
  let next = 0;
  const run = { jobs, options, parts, seen, tell, alone };
  const worker = async (): Promise<void> => {
    while (next < units.length) {
      const unit = units[next++];
      if (unit.length === 1 || seen.lost) { for (const at of unit) await alone(at); }
      else await runBundle(unit, run);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  const hasCopied = outcomes.some(({ state }) => state === "copied");
  if (options.preserve && seen.wasReached && !seen.isExtended && hasCopied) {
    parts.onNotice("times are not kept: hosts of visors know none, and of the bits those of the owner");
  }
  return outcomes.concat(await finishDirectories(options, parts, seen, hasCopied, notMade));
}

/** Undefined: of some it is not known yet. */
const bytesOf = (jobs: readonly CopyJob[]): number | undefined =>
  jobs.reduce<number | undefined>(
    (sum, { size, problem }) =>
      problem ? sum : sum === undefined || size === undefined ? undefined : sum + size,
    0,
  );

function unchanged(
  { local, remote, size = 0 }: CopyJob,
  { direction }: RunOptions,
  { peer, progress }: RunParts,
): FileOutcome {
  progress.grow(-size);
  const there = `${peer}:${remote}`;
  const [source, target] = direction === "upload" ? [local, there] : [there, local];
  return { state: "skipped", source, target, bytes: 0, ms: 0, attempts: 0 };
}

/** How much of a file a try has moved, or found there; nothing where it is nothing. */
function movedWords(last: Try | undefined, size: number | undefined): string {
  if (last === undefined || last.moved === 0) return "";
  return ` after ${sizeWords(last.moved)}${size === undefined ? "" : ` of ${sizeWords(size)}`}`;
}

/** Its bits are all that has changed. */
async function withItsBits(job: CopyJob, outcome: FileOutcome): Promise<FileOutcome> {
  try {
    await setBits(job);
    return { ...outcome, state: "copied" };
  } catch (error) {
    return { ...outcome, state: "failed", failure: copyFailure(error, undefined) };
  }
}

/** Words of a peer behind a name that has the peer already. */
const withoutPeer = (message: string, peer: string): string =>
  message.startsWith(`${peer}: `) ? message.slice(peer.length + 2) : message;

async function runJob(
  job: CopyJob,
  options: RunOptions,
  parts: RunParts,
  seen: Seen,
): Promise<FileOutcome> {
  const { context: { clock, signal }, progress } = parts;
  const beganMs = clock.nowMs();
  const remote = `${parts.peer}:${job.remote}`;
  const [source, target] = options.direction === "upload" ? [job.local, remote] : [remote, job.local];
  const ended = (
    rest: Pick<FileOutcome, "state" | "bytes" | "failure" | "resumed">,
    attempts = 0,
  ): FileOutcome => ({ source, target, attempts, ms: Math.round(clock.nowMs() - beganMs), ...rest });
  if (job.problem) {
    return ended({ state: "failed", bytes: 0, failure: copyFailure(job.problem, undefined) });
  }
  if (seen.lost) return ended({ state: "failed", bytes: 0, failure: seen.lost });
  progress.begin(source);
  const copy: Copying = {};
  const onExtended = (): void => void (seen.isExtended = true);
  let last: Try | undefined;
  const tried = await tryOne({
    context: parts.context,
    patience: new Patience(options.retries, clock, seen, options.pace),
    progress,
    explain: (error) => explained(error, parts.peer, parts.pk, movedWords(last, copy.size ?? job.size)),
    // Of standard input nothing can be read again; of a classic host's file nothing is passed over.
    isOver: ({ moved }) =>
      copy.isOver === true ||
      (job.local === PIPE && (options.direction === "upload" || (moved > 0 && !seen.isExtended))),
    onAgain(error, pauseMs, { moved, resumed = 0 }) {
      copy.isStuck = moved - resumed < BLOCK_BYTES;
      const why = source === remote ? withoutPeer(error.message, parts.peer) : error.message;
      parts.onNotice(`${source}: ${why}; trying again in ${pauseMs / 1000} s`);
    },
  }, (now) => {
    last = now;
    return attempt(job, options, { ...parts, onExtended }, copy, now.onBytes, now.onThere);
  }).catch((error) => {
    const isUnderWay = copy.isExtended === true && copy.placed === undefined && job.local !== PIPE;
    if (isUnderWay && last!.moved >= KEPT_BYTES) parts.onKept?.();
    throw error;
  });
  const { attempt: { number, resumed } } = tried;
  if ("error" in tried) {
    const failure = copyFailure(tried.error, signal.reason);
    return ended({ state: "failed", bytes: 0, failure }, number);
  }
  const { value: bytes } = tried;
  if (bytes === undefined) progress.grow(-(copy.size ?? job.size ?? 0));
  const state = bytes === undefined ? "skipped" : "copied";
  return ended({ state, bytes: bytes ?? 0, ...(resumed === undefined ? {} : { resumed }) }, number);
}
