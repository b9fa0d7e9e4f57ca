/**
 * `scp --to`: one set of files to many peers, each at its own pace.
 *
 * @see cli/README.md "Copying files"
 * @module
 */
import type { AppStream } from "../../lib/app/node/node.ts";
import type { Digest } from "../../lib/crypto/digest.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { push } from "../../lib/scp/client.ts";
import { sleep } from "../../lib/sys/clock.ts";
import type { Packing } from "../../lib/sys/packing.ts";
import type { Context } from "../context.ts";
import { openLocalSeekable } from "./files.ts";
import { copyFailure, explained, type FileOutcome, isAboutPeer } from "./outcome.ts";
import { FIRST_PAUSE_MS, MAX_PAUSE_MS, Patience, type Seen } from "./patience.ts";
import type { Pace } from "./pace.ts";
import type { CopyJob } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { type OpenAt, SharedFiles } from "./shared.ts";

/** One of the peers, and what it shall get. */
export interface Recipient {
  /** Who: a key. */
  readonly pk: PublicKeyHex;
  /** As a person calls it. */
  readonly name: string;
  /** Which of the jobs are for it. */
  readonly wants: (job: CopyJob) => boolean;
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
  /** Packs blocks for hosts of ours; undefined: none is packed. */
  readonly packing?: Packing;
  /** Told what became of each file at each peer. */
  readonly onOutcome: (recipient: Recipient, outcome: FileOutcome) => void;
  /** Told what is worth a line on the way. */
  readonly onNotice: (text: string) => void;
}

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
  const files = new SharedFiles(jobs.map(({ local }) => local), recipients.length, parts.open, parts.digest);
  try {
    const results = await Promise.all(recipients.map(async (recipient, peer) => {
      try {
        return { recipient, outcomes: await serve(jobs, recipient, peer, files, parts) };
      } finally {
        files.leave(peer);
      }
    }));
    return { results, bytesRead: files.bytesRead };
  } finally {
    await files.close();
  }
}

async function serve(
  jobs: readonly CopyJob[],
  recipient: Recipient,
  peer: number,
  files: SharedFiles,
  parts: ManyParts,
): Promise<(FileOutcome & { job: CopyJob })[]> {
  const outcomes: (FileOutcome & { job: CopyJob })[] = [];
  const seen: Seen = { wasReached: false, isExtended: false };
  for (const [number, job] of jobs.entries()) {
    if (recipient.wants(job)) {
      const outcome = { ...await one(job, number, recipient, peer, files, parts, seen), job };
      outcomes.push(outcome);
      parts.progress.fileDone();
      parts.onOutcome(recipient, outcome);
      // Who is away, or does not let us in, is not asked for each file again.
      if (outcome.failure && isAboutPeer(outcome.failure)) {
        seen.lost = outcome.failure;
        files.leave(peer);
      }
    }
    files.passed(peer, number);
  }
  return outcomes;
}

async function one(
  job: CopyJob,
  number: number,
  { pk, name }: Recipient,
  peer: number,
  files: SharedFiles,
  parts: ManyParts,
  seen: Seen,
): Promise<FileOutcome> {
  const { context: { clock, signal }, progress, digest, extended } = parts;
  const beganMs = clock.nowMs();
  const patience = new Patience(parts.retries, clock, seen);
  let attempts = 0;
  const ended = (rest: Pick<FileOutcome, "state" | "bytes" | "failure" | "resumed">): FileOutcome => ({
    source: job.local,
    target: `${name}:${job.remote}`,
    attempts,
    ms: Math.round(clock.nowMs() - beganMs),
    ...rest,
  });
  const failed = (failure: FileOutcome["failure"]) => ended({ state: "failed", bytes: 0, failure });
  if (job.problem) return failed(copyFailure(job.problem, undefined));
  if (seen.lost) return failed(seen.lost);
  for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
    attempts++;
    let moved = 0;
    let resumed: number | undefined;
    const onBytes = (count: number): void => {
      moved += count;
      progress.moved(count);
      patience.moved(moved);
    };
    try {
      // The first try reads with the others; a later one is alone.
      const file = await (attempts === 1 ? files.file(peer, number) : openLocalSeekable(job.local, digest));
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
          onBytes,
          onResumed: (offset) => {
            resumed = offset;
            onBytes(offset);
          },
          ...(parts.pace ? { allow: (wanted: number) => parts.pace!.allow(wanted) } : {}),
        });
      } finally {
        file.close();
      }
      return ended({ state: "copied", bytes: file.size, ...(resumed === undefined ? {} : { resumed }) });
    } catch (error) {
      signal.throwIfAborted();
      const told = explained(error, name, parts.pk);
      progress.moved(-moved);
      if (!patience.allows(attempts, told)) return failed(copyFailure(told, signal.reason));
      await sleep(clock, pauseMs, signal);
    }
  }
}
