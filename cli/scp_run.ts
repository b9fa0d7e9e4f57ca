/**
 * Runs the jobs of a copy: some at once over the one session, each again when it broke, each with its outcome.
 *
 * @module
 */
import type { AppStream } from "../lib/app/node/node.ts";
import type { PublicKeyHex } from "../lib/crypto/keys.ts";
import type { Digest } from "../lib/crypto/digest.ts";
import { type ClientOptions, look, pull, push } from "../lib/scp/client.ts";
import { CopyError } from "../lib/scp/errors.ts";
import type { TargetFile } from "../lib/sys/part_file.ts";
import type { SourceFile } from "../lib/sys/source_file.ts";
import { utf8 } from "../lib/wire/bytes.ts";
import { sleep } from "../lib/sys/clock.ts";
import type { Context } from "./context.ts";
import {
  checkFree,
  createLocal,
  isThere,
  openLocal,
  openLocalSeekable,
  type Overwrite,
  resumeLocal,
} from "./scp_files.ts";
import { canRetry, copyFailure, explained, type FileOutcome, isAway } from "./scp_outcome.ts";
import type { Pace } from "./scp_pace.ts";
import { type CopyJob, STANDARD } from "./scp_plan.ts";
import type { Progress } from "./scp_progress.ts";

/** First pause before a file is tried again; it doubles. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 15_000;
/** Tries after the first, when nothing is said. */
const RETRIES = 2;
/** A peer that was there and has gone, or its server, is waited for so long: a restart, a new address. */
const AWAY_MS = 120_000;

/** How it is to be done. */
export interface RunOptions {
  /** Towards the peer, or from it. */
  readonly direction: "upload" | "download";
  /** Files at once. */
  readonly jobs: number;
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
  /** Offer the extension. */
  readonly extended: boolean;
  /** Keep the time of a file. */
  readonly preserve: boolean;
}

/** With whom. */
export interface RunParts {
  /** What the command was given. */
  readonly context: Context;
  /** Opens a stream to the peer's host. */
  readonly dial: () => Promise<AppStream>;
  /** The peer as a person calls it. */
  readonly peer: string;
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** Standard input, once it is there. */
  readonly input?: SourceFile;
  /** Shows how far it is. */
  readonly progress: Progress;
  /** Makes a SHA-256. */
  readonly digest: () => Digest;
  /** A file has ended. */
  readonly onOutcome: (outcome: FileOutcome) => void;
  /** The peer warns, or a file is tried again. */
  readonly onNotice: (text: string) => void;
}

/**
 * Runs all jobs.
 * @returns Their outcomes, in the order of the jobs.
 * @throws The signal's reason.
 */
export async function runJobs(
  jobs: readonly CopyJob[],
  options: RunOptions,
  parts: RunParts,
): Promise<FileOutcome[]> {
  const outcomes: FileOutcome[] = new Array(jobs.length);
  let next = 0;
  const seen: Seen = { wasReached: false };
  const worker = async (): Promise<void> => {
    while (next < jobs.length) {
      const at = next++;
      outcomes[at] = await runJob(jobs[at], options, parts, seen);
      parts.progress.fileDone();
      parts.onOutcome(outcomes[at]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, jobs.length) }, worker));
  return outcomes;
}

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
  let attempts = 0;
  const patience = new Patience(options.retries, clock, seen);
  const ended = (rest: Pick<FileOutcome, "state" | "bytes" | "failure" | "resumed">): FileOutcome => ({
    source,
    target,
    attempts,
    ms: Math.round(clock.nowMs() - beganMs),
    ...rest,
  });
  if (job.problem) {
    return ended({ state: "failed", bytes: 0, failure: copyFailure(job.problem, undefined) });
  }
  progress.begin(source);
  for (let pauseMs = FIRST_PAUSE_MS;; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
    attempts++;
    let moved = 0;
    let resumed: number | undefined;
    const onBytes = (count: number): void => {
      moved += count;
      progress.moved(count);
      patience.moved(moved);
    };
    const dial = async (): Promise<AppStream> => {
      const stream = await parts.dial();
      seen.wasReached = true;
      return stream;
    };
    try {
      const bytes = await attempt(job, options, { ...parts, dial }, onBytes, (offset) => {
        resumed = offset;
        progress.moved(offset);
        moved += offset;
      });
      const state = bytes === undefined ? "skipped" : "copied";
      return ended({ state, bytes: bytes ?? 0, ...(resumed === undefined ? {} : { resumed }) });
    } catch (error) {
      signal.throwIfAborted();
      const told = explained(error, parts.peer, parts.pk);
      if (job.local === STANDARD || !patience.allows(attempts, told)) {
        return ended({ state: "failed", bytes: 0, failure: copyFailure(told, signal.reason) });
      }
      progress.moved(-moved);
      parts.onNotice(`${source}: ${(told as Error).message}; trying again in ${pauseMs / 1000} s`);
      await sleep(clock, pauseMs, signal);
    }
  }
}

/** What is known of the peer. */
interface Seen {
  /** It was there. */
  wasReached: boolean;
}

/** How long a file is tried. */
class Patience {
  readonly #retries: number | undefined;
  readonly #clock: Context["clock"];
  readonly #seen: Seen;
  #furthest = 0;
  #progressMs: number;

  constructor(retries: number | undefined, clock: Context["clock"], seen: Seen) {
    this.#seen = seen;
    this.#retries = retries;
    this.#clock = clock;
    this.#progressMs = clock.nowMs();
  }

  /** @param count  Bytes of this try; only more than in any try before is progress. */
  moved(count: number): void {
    if (count <= this.#furthest) return;
    this.#furthest = count;
    this.#progressMs = this.#clock.nowMs();
  }

  /** Whether it is tried again. @param attempts  Tries so far. */
  allows(attempts: number, error: unknown): boolean {
    if (this.#retries !== undefined) return attempts <= this.#retries && canRetry(error, true);
    if (this.#seen.wasReached && isAway(error)) return this.#clock.nowMs() - this.#progressMs < AWAY_MS;
    return attempts <= RETRIES && canRetry(error, false);
  }
}

/** @returns The file's size; undefined when it is left as it is. */
function attempt(
  job: CopyJob,
  options: RunOptions,
  parts: RunParts,
  onBytes: (count: number) => void,
  onResumed: (offset: number) => void,
): Promise<number | undefined> {
  const { context: { clock, signal }, onNotice, digest } = parts;
  // What is read back is compared as a whole: then nothing is passed over.
  const extended = options.extended && !options.verify && job.local !== STANDARD;
  const client: ClientOptions = {
    extended,
    digest,
    keepTime: options.preserve,
    onResumed,
    clock,
    signal,
    path: job.remote,
    onBytes,
    onWarning: (text) => onNotice(`remote: ${text}`),
    ...(options.pace ? { allow: (wanted: number) => options.pace!.allow(wanted) } : {}),
  };
  return options.direction === "upload"
    ? upload(job, options, parts, client)
    : download(job, options, parts, client);
}

async function upload(
  job: CopyJob,
  { overwrite, verify }: RunOptions,
  { dial, input, digest }: RunParts,
  client: ClientOptions,
): Promise<number | undefined> {
  if (overwrite === "keep" && await look(await dial(), client) !== undefined) return undefined;
  const file = job.local === STANDARD
    ? input!
    : client.extended
    ? await openLocalSeekable(job.local, digest)
    : await openLocal(job.local);
  try {
    const sum = verify ? digest() : undefined;
    await push(await dial(), sum ? hashed(file, sum) : file, client);
    if (sum) await compare(sum.hex(), file.size, { dial, digest }, client);
    return file.size;
  } finally {
    file.close();
  }
}

async function download(
  job: CopyJob,
  { overwrite, verify }: RunOptions,
  { dial, digest, progress, peer }: RunParts,
  client: ClientOptions,
): Promise<number | undefined> {
  if (overwrite === "keep" && await isThere(job.local)) return undefined;
  await checkFree(job.local, overwrite);
  const sum = digest();
  const { size } = await pull(await dial(), async ({ bytes }) => {
    progress.grow(bytes);
    const target = await createLocal(job.local, bytes, overwrite);
    return verify ? counted(target, sum) : target;
  }, {
    ...client,
    resume: async ({ size, token }) => {
      progress.grow(size);
      const id = digest();
      id.add(utf8(JSON.stringify([peer, job.remote, token])));
      return await resumeLocal(job.local, size, overwrite, id.hex().slice(0, 32));
    },
  });
  if (verify) await compare(sum.hex(), Number(size), { dial, digest }, client);
  return Number(size);
}

/** Reads a file back and compares. @throws {CopyError} broken: it is not what was sent. */
async function compare(
  wanted: string,
  size: number,
  { dial, digest }: Pick<RunParts, "dial" | "digest">,
  client: ClientOptions,
): Promise<void> {
  const sum = digest();
  const back = await pull(await dial(), () =>
    Promise.resolve({
      write: (bytes: Uint8Array) => Promise.resolve(sum.add(bytes)),
      commit: () => Promise.resolve(),
      discard: () => Promise.resolve(),
    }), { ...client, onBytes: undefined, extended: false });
  if (back.size === BigInt(size) && sum.hex() === wanted) return;
  throw new CopyError("what it gives back is not what was copied", "broken");
}

const hashed = (file: SourceFile, sum: Digest): SourceFile => ({
  size: file.size,
  mode: file.mode,
  close: () => file.close(),
  async read(into) {
    const count = await file.read(into);
    if (count !== null) sum.add(into.subarray(0, count));
    return count;
  },
});

const counted = (target: TargetFile, sum: Digest): TargetFile => ({
  ...target,
  write(bytes) {
    sum.add(bytes);
    return target.write(bytes);
  },
});
