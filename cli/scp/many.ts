/**
 * `scp --to`: one set of files to many peers, each at its own pace.
 *
 * @see cli/README.md "Copying files"
 * @module
 */
import { push } from "../../lib/scp/client.ts";
import { openLocalSeekable } from "./files.ts";
import { runsOf, sendSome, type Served, smallFirst } from "./many_bundle.ts";
import type { ManyParts, Recipient } from "./many_parts.ts";
import { copyFailure, explained, type FileOutcome, isAboutPeer } from "./outcome.ts";
import { Patience, type Seen, tryOne } from "./patience.ts";
import type { CopyJob } from "./plan.ts";
import { SharedFiles } from "./shared.ts";

/** What became of one peer. */
export interface RecipientOutcome {
  /** Who. */
  readonly recipient: Recipient;
  /** In the order of the jobs that it was to get. */
  readonly outcomes: readonly (FileOutcome & { readonly job: CopyJob })[];
}

/**
 * Sends all jobs to all recipients. A peer that can't be reached is given up at once; the others don't notice.
 * @returns The outcomes, and how many bytes were read from the disk for all of them together.
 * @throws The signal's reason.
 */
export async function sendToMany(
  jobs: readonly CopyJob[],
  recipients: readonly Recipient[],
  parts: ManyParts,
): Promise<{ results: RecipientOutcome[]; bytesRead: number }> {
  const order = parts.extended ? smallFirst(jobs) : jobs;
  const files = new SharedFiles(order.map(({ local }) => local), recipients.length, parts.open, parts.digest);
  try {
    const results = await Promise.all(recipients.map(async (recipient, peer) => {
      try {
        const seen: Seen = { wasReached: false, isExtended: false };
        const told = await serve(order, { recipient, peer, seen }, files, parts);
        const outcomes = jobs.flatMap((job) => told.has(job) ? [{ ...told.get(job)!, job }] : []);
        return { recipient, outcomes };
      } finally {
        files.leave(peer);
      }
    }));
    return { results, bytesRead: files.bytesRead };
  } finally {
    await files.close();
  }
}

/** @returns What became of each that it was to get. */
async function serve(
  jobs: readonly CopyJob[],
  served: Served,
  files: SharedFiles,
  parts: ManyParts,
): Promise<ReadonlyMap<CopyJob, FileOutcome>> {
  const { recipient, peer, seen } = served;
  const outcomes = new Map<CopyJob, FileOutcome>();
  const tell = (number: number, outcome: FileOutcome): void => {
    outcomes.set(jobs[number], outcome);
    parts.progress.fileDone();
    parts.onOutcome(recipient, outcome);
    // Who is away, or does not let us in, is not asked for each file again.
    if (!outcome.failure || !isAboutPeer(outcome.failure)) return;
    seen.lost ??= outcome.failure;
    files.leave(peer);
  };
  const alone = async (number: number): Promise<void> =>
    tell(number, await one(jobs[number], number, served, files, parts));
  // What kind of host it is shows at the first file that is sent to it.
  const first = jobs.findIndex(recipient.wants);
  if (first >= 0) await alone(first);
  for (const numbers of runsOf(jobs, recipient.wants, first)) {
    files.passed(peer, numbers[0] - 1);
    const isTogether = numbers.length > 1 && seen.isExtended && !seen.lost;
    const left = isTogether ? await sendSome(numbers, jobs, served, files, parts, tell) : numbers;
    for (const number of left) await alone(number);
  }
  return outcomes;
}

async function one(
  job: CopyJob,
  number: number,
  { recipient: { pk, name }, peer, seen }: Served,
  files: SharedFiles,
  parts: ManyParts,
): Promise<FileOutcome> {
  const { context: { clock, signal }, progress, digest, extended } = parts;
  const beganMs = clock.nowMs();
  const ended = (
    rest: Pick<FileOutcome, "state" | "bytes" | "failure" | "resumed">,
    attempts = 0,
  ): FileOutcome => ({
    source: job.local,
    target: `${name}:${job.remote}`,
    attempts,
    ms: Math.round(clock.nowMs() - beganMs),
    ...rest,
  });
  const failed = (failure: FileOutcome["failure"], attempts?: number) =>
    ended({ state: "failed", bytes: 0, failure }, attempts);
  if (job.problem) return failed(copyFailure(job.problem, undefined));
  if (seen.lost) return failed(seen.lost);
  const tried = await tryOne({
    context: parts.context,
    patience: new Patience(parts.retries, clock, seen),
    progress,
    explain: (error) => explained(error, name, parts.pk),
    onAgain: (error, pauseMs) =>
      parts.onNotice(`${name}: ${error.message}; trying again in ${pauseMs / 1000} s`),
  }, async (attempt) => {
    // The first try reads with the others; a later one is alone.
    const file =
      await (attempt.number === 1 ? files.file(peer, number) : openLocalSeekable(job.local, digest));
    try {
      const stream = await parts.dial(pk);
      seen.wasReached = true;
      await push(stream, file, {
        clock,
        signal,
        path: job.remote,
        extended,
        digest,
        packing: parts.packing,
        keepTime: parts.preserve,
        onWarning: (text) => parts.onNotice(`${name}: remote: ${text}`),
        onBytes: attempt.onBytes,
        onExtended: () => void (seen.isExtended = true),
        onResumed: attempt.onThere,
        ...(parts.pace ? { allow: (wanted: number) => parts.pace!.allow(wanted) } : {}),
      });
      return file.size;
    } finally {
      file.close();
    }
  });
  const { attempt: { number: attempts, resumed } } = tried;
  if ("error" in tried) return failed(copyFailure(tried.error, signal.reason), attempts);
  return ended(
    { state: "copied", bytes: tried.value, ...(resumed === undefined ? {} : { resumed }) },
    attempts,
  );
}
