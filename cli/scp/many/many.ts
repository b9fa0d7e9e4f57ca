/**
 * `scp --to`: one set of files to many peers, each at its own pace.
 *
 * @see cli/README.md "Copying files"
 * @module
 */
import { type ClientOptions, isAtHost, push } from "../../../lib/scp/client.ts";
import type { SeekableSource } from "../../../lib/sys/copies/source_file.ts";
import type { CopyJob } from "../plan/plan.ts";
import { finishDirectories } from "../run/directories.ts";
import { sumOf } from "../run/equal.ts";
import { openLocalSeekable } from "../run/files.ts";
import { lookFirst } from "../run/look.ts";
import { Patience, type Seen, type Try, tryOne } from "../run/patience.ts";
import { differs, isSame } from "../run/verify.ts";
import { copyFailure, explained, type FileOutcome, isAboutPeer } from "../told/outcome.ts";
import { dialed, ofPeer, runsOf, sendSome, type Served, smallFirst } from "./bundle.ts";
import type { ManyParts, Recipient } from "./parts.ts";
import { SharedFiles } from "./shared.ts";

/** What became of one peer. */
export interface RecipientOutcome {
  /** Who. */
  readonly recipient: Recipient;
  /** In the order of the jobs that it was to get. */
  readonly outcomes: readonly (FileOutcome & { readonly job?: CopyJob })[];
  /** Those among them that are of directories. */
  readonly directories: readonly FileOutcome[];
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
  const known = new Map<string, Promise<string>>();
  const sumOnce: Served["sumOf"] = (path, token = "") => {
    const key = `${path}\0${token}`;
    const sum = known.get(key) ?? sumOf(path, parts.digest);
    known.set(key, sum);
    sum.catch(() => known.delete(key)); // it may be readable again
    return sum;
  };
  try {
    const results = await Promise.all(recipients.map(async (recipient, peer) => {
      const seen: Seen = { wasReached: false, isExtended: false };
      const served: Served = { recipient, peer, seen, sumOf: sumOnce };
      const told = await serve(order, served, files, parts).finally(() => files.leave(peer));
      const outcomes = jobs.flatMap((job) => told.has(job) ? [{ ...told.get(job)!, job }] : []);
      const directories = await finish(recipient, seen, outcomes, parts);
      return { recipient, outcomes: [...outcomes, ...directories], directories };
    }));
    return { results, bytesRead: files.bytesRead };
  } finally {
    await files.close();
  }
}

/** @returns The directories that could not be made. */
function finish(
  recipient: Recipient,
  seen: Seen,
  outcomes: readonly FileOutcome[],
  { context, pk, digest, preserve, extended, retries, directories = [], ...parts }: ManyParts,
): Promise<FileOutcome[]> {
  return finishDirectories(
    { directories: directories.filter(recipient.wants), direction: "upload", preserve, extended, retries },
    {
      context,
      pk,
      digest,
      peer: recipient.name,
      dial: () => dialed(parts, recipient.pk, seen),
      onOutcome: (outcome) => parts.onOutcome(recipient, outcome),
      onNotice: (text) => parts.onNotice(ofPeer(recipient, { message: text })),
    },
    seen,
    outcomes.some(({ state }) => state === "copied"),
  );
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
    parts.onOutcome(recipient, outcome, jobs[number]);
    // Who is away, or does not let us in, is not asked for each file again.
    if (!outcome.failure || !isAboutPeer(outcome.failure)) return;
    seen.lost ??= outcome.failure;
    files.leave(peer);
  };
  const alone = async (number: number): Promise<void> =>
    tell(number, await one(jobs[number], number, served, files, parts));
  const equal = await equalAt(jobs, served, parts);
  for (const [number, { size = 0 }] of jobs.entries()) {
    if (!equal.has(jobs[number])) continue;
    parts.progress.grow(-size);
    tell(number, { ...placeOf(jobs[number], recipient), state: "skipped", bytes: 0, ms: 0, attempts: 0 });
  }
  const wants = (job: CopyJob): boolean => recipient.wants(job) && !equal.has(job);
  // What kind of host it is shows at a look, or at the first file that is sent to it.
  const first = seen.isExtended ? -1 : jobs.findIndex(wants);
  if (first >= 0) await alone(first);
  for (const numbers of runsOf(jobs, wants, first)) {
    files.passed(peer, numbers[0] - 1);
    const isTogether = numbers.length > 1 && seen.isExtended && !seen.lost && !parts.keeps;
    const left = isTogether ? await sendSome(numbers, jobs, served, files, parts, tell) : numbers;
    for (const number of left) await alone(number);
  }
  return outcomes;
}

/** @returns What the peer has of a tree, by its times; without those all would have to be read once more. */
async function equalAt(
  jobs: readonly CopyJob[],
  { recipient, seen }: Served,
  { extended, preserve, verify, directories = [], ...parts }: ManyParts,
): Promise<ReadonlySet<CopyJob>> {
  const wanted = directories.filter(recipient.wants);
  if (!extended || !preserve || verify || wanted.length === 0) return new Set();
  const { retries, pace } = parts;
  const mine = jobs.filter(recipient.wants);
  const { equal } = await lookFirst(mine, wanted, { direction: "upload", preserve, retries, pace }, {
    ...parts,
    peer: recipient.name,
    dial: () => dialed(parts, recipient.pk, seen),
    onNotice: (text) => parts.onNotice(ofPeer(recipient, { message: text })),
  }, seen);
  return new Set([...equal].map((at) => mine[at]));
}

const placeOf = ({ local, remote }: CopyJob, { name }: Recipient) => ({
  source: local,
  target: `${name}:${remote}`,
});

async function one(
  job: CopyJob,
  number: number,
  served: Served,
  files: SharedFiles,
  parts: ManyParts,
): Promise<FileOutcome> {
  const { recipient, seen } = served;
  const { name } = recipient;
  const { context: { clock, signal }, progress } = parts;
  const beganMs = clock.nowMs();
  const ended = (
    rest: Pick<FileOutcome, "state" | "bytes" | "failure" | "resumed">,
    attempts = 0,
  ): FileOutcome => ({
    ...placeOf(job, recipient),
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
    patience: new Patience(parts.retries, clock, seen, parts.pace),
    progress,
    explain: (error) => explained(error, name, parts.pk),
    onAgain: (error, pauseMs) =>
      parts.onNotice(`${ofPeer(served.recipient, error)}; trying again in ${pauseMs / 1000} s`),
  }, copying(job, number, served, files, parts));
  const { attempt: { number: attempts, resumed } } = tried;
  if ("error" in tried) return failed(copyFailure(tried.error, signal.reason), attempts);
  if (tried.value === undefined) {
    progress.grow(-(job.size ?? 0));
    return ended({ state: "skipped", bytes: 0 }, attempts);
  }
  return ended(
    { state: "copied", bytes: tried.value, ...(resumed === undefined ? {} : { resumed }) },
    attempts,
  );
}

/** @returns What a try does: it gives the file's size; undefined when the one that is there is left as it is. */
function copying(
  job: CopyJob,
  number: number,
  { recipient: { pk, name }, peer, seen, sumOf }: Served,
  files: SharedFiles,
  parts: ManyParts,
): (attempt: Try) => Promise<number | undefined> {
  const { context: { clock, signal }, digest, pace } = parts;
  let placed: Pick<SeekableSource, "size" | "token"> | undefined;
  let isOurs = false;
  let isExtended = false;
  const dial = (): ReturnType<ManyParts["dial"]> => dialed(parts, pk, seen);
  return async (attempt) => {
    const client: ClientOptions = {
      clock,
      signal,
      path: job.remote,
      extended: parts.extended,
      digest,
      packing: parts.packing,
      keepTime: parts.preserve,
      onWarning: (text) => parts.onNotice(`${name}: remote: ${text}`),
      onBytes: attempt.onBytes,
      onExtended: () => void (seen.isExtended = isExtended = true),
      onResumed: attempt.onThere,
      ...(pace ? { allow: (wanted: number) => pace.allow(wanted) } : {}),
    };
    if (placed === undefined) {
      if (parts.keeps && !isOurs && await isAtHost(await dial(), client)) return undefined;
      // The first try reads with the others; a later one is alone.
      const file =
        await (attempt.number === 1 ? files.file(peer, number) : openLocalSeekable(job.local, digest));
      try {
        await push(await dial(), file, client);
        placed = { size: file.size, token: file.token };
        isOurs = true;
      } finally {
        file.close();
      }
    }
    const { size, token } = placed;
    if (!parts.verify) return size;
    if (await isSame(await sumOf(job.local, token), size, { dial, digest, client, isExtended })) return size;
    placed = undefined;
    throw differs();
  };
}
