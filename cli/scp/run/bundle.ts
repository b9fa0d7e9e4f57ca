/**
 * Small files of a copy go over one stream together, where the other side is one of ours.
 *
 * @see lib/scp/README.md "Many"
 * @module
 */
import { CopyError } from "../../../lib/scp/errors.ts";
import { SMALL_BYTES } from "../../../lib/scp/many.ts";
import { pullMany, type SmallFile } from "../../../lib/scp/many_pull.ts";
import { pushMany, type SmallSource } from "../../../lib/scp/many_push.ts";
import { Room } from "../../../lib/sys/copies/room.ts";
import { KnownNames } from "../../../lib/sys/tree/names.ts";
import { nextTurn } from "../../../lib/sys/turn.ts";
import { systemTree } from "../../../lib/sys/tree/system.ts";
import type { Tree, TreeBatch } from "../../../lib/sys/tree/tree.ts";
import { PIPE } from "../../flags/paths.ts";
import type { RunOptions, RunParts } from "../plan/job.ts";
import { type CopyJob } from "../plan/plan.ts";
import { copyFailure, explained, type FileOutcome } from "../told/outcome.ts";
import { sumOf, TURN_FILES } from "./equal.ts";
import { checkFree, diskFor, mayBeThere, notHere, readSmall } from "./files.ts";
import { Patience, type Seen, tryAll } from "./patience.ts";
import { differs, mayCopyAgain, sumsThere } from "./verify.ts";

/** One stream has so many files at most, so that other workers have some, too. A dial takes as long as 100 files. */
const BUNDLE_FILES = 2048;
const BUNDLE_BYTES: number = 32 * 2 ** 20;
/** Files that are put in their places together, as a host does. */
const BATCH_FILES = 256;
const BATCH_BYTES: number = 2 * 2 ** 20;

/** The jobs that may go with others, by number; the smallest comes first. */
export function bundled(jobs: readonly CopyJob[], options: RunOptions): number[] {
  const { extended, overwrite, direction } = options;
  if (!extended || overwrite === "keep" || overwrite === "backup") return [];
  const small = jobs.flatMap(({ local, size, problem, below }, at) =>
    local !== PIPE && !problem && size !== undefined && size <= SMALL_BYTES &&
      (direction === "upload" || below)
      ? [at]
      : []
  );
  return small.sort((a, b) => jobs[a].size! - jobs[b].size! || a - b);
}

/** What is done by one worker at a time: a large file, or many small ones. @param small  Those that may go together. */
export function unitsOf(jobs: readonly CopyJob[], small: readonly number[]): number[][] {
  const together = new Set(small);
  const units: number[][] = [];
  let open: number[] = [];
  let bytes = 0;
  for (const [at, { size = 0 }] of jobs.entries()) {
    if (!together.has(at)) {
      units.push([at]);
      continue;
    }
    if (open.length === 0) units.push(open);
    open.push(at);
    bytes += size;
    if (open.length < BUNDLE_FILES && bytes < BUNDLE_BYTES) continue;
    open = [];
    bytes = 0;
  }
  return units;
}

/** The run of which some files are copied together. */
export interface BundledRun {
  /** All its files; numbers of files count in it. */
  readonly jobs: readonly CopyJob[];
  /** How it is to be done. */
  readonly options: RunOptions;
  /** With whom. */
  readonly parts: RunParts;
  /** What is known of the peer. */
  readonly seen: Seen;
  /** A file is over. */
  readonly tell: (at: number, outcome: FileOutcome) => void;
  /** A file has become too large for this or is being written, or the host has something else than was copied. */
  readonly alone: (at: number) => Promise<void>;
}

/**
 * Copies small files together; what was not decided when the stream broke is tried again.
 * @param unit  Numbers of the files.
 */
export async function runBundle(unit: readonly number[], run: BundledRun): Promise<void> {
  const { jobs, options, parts, seen, tell, alone } = run;
  const { context: { clock }, progress } = parts;
  const beganMs = clock.nowMs();
  const patience = new Patience(options.retries, clock, seen, options.pace);
  const others: number[] = [];
  const left = new Set(unit);
  /** What is there, and has to be compared yet. */
  const copied = new Set<number>();
  let attempts = 0;
  let decided = 0;
  const end = (at: number, error?: unknown): void => {
    left.delete(at);
    if (error instanceof Another) return void others.push(at);
    const { local, remote, size = 0 } = jobs[at];
    const there = `${parts.peer}:${remote}`;
    const [source, target] = options.direction === "upload" ? [local, there] : [there, local];
    const failure = error === undefined
      ? undefined
      : copyFailure(explained(error, parts.peer, parts.pk), undefined);
    if (!failure) progress.moved(size);
    if (!failure) patience.carried(size);
    patience.moved(++decided);
    tell(at, {
      state: failure ? "failed" : "copied",
      source,
      target,
      bytes: failure ? 0 : size,
      ms: Math.round(clock.nowMs() - beganMs),
      attempts,
      ...(failure && { failure }),
    });
  };
  const arrived = (at: number, error?: unknown): void => {
    if (error === undefined && options.verify) copied.add(at);
    else end(at, error);
  };
  progress.begin(jobs[unit[0]].local);
  await tryAll({
    context: parts.context,
    patience,
    left,
    explain: (error) => explained(error, parts.peer, parts.pk),
    onAgain: (error, pauseMs) => parts.onNotice(`${error.message}; trying again in ${pauseMs / 1000} s`),
    fail: end,
  }, async (attempt) => {
    attempts = attempt;
    const missing = [...left].filter((at) => !copied.has(at));
    const some = options.direction === "upload" ? pushSome : pullSome;
    if (missing.length > 0) await some(await parts.dial(), missing, run, arrived);
    if (copied.size > 0) await compareSome(await parts.dial(), [...copied], run, end);
  });
  for (const at of others) await alone(at);
}

/** A file is not small any more, is being written, or is another one than was copied. */
export class Another extends Error {}

type Some = (
  stream: Awaited<ReturnType<RunParts["dial"]>>,
  some: readonly number[],
  run: BundledRun,
  end: (at: number, error?: unknown) => void,
) => Promise<void>;

const pushSome: Some = async (stream, some, { jobs, options, parts }, end) => {
  const room = new Room();
  const sources = some.map((at): SmallSource => {
    const { local, remote } = jobs[at];
    return {
      path: remote,
      read() {
        room.free(); // the one before was used
        const file = readSmall(local, SMALL_BYTES, room);
        if (!file) throw new Another();
        return file;
      },
      keepTime: options.preserve,
    };
  });
  await pushMany(stream, sources, wireOf(options, parts), (index, error) => end(some[index], error));
};

const pullSome: Some = async (stream, some, { jobs, options, parts }, end) => {
  const wanted: number[] = [];
  const names = new KnownNames();
  for (const at of some) {
    try {
      if (mayBeThere(names, jobs[at].local)) await checkFree(jobs[at].local, options.overwrite);
      wanted.push(at);
    } catch (error) {
      end(at, error);
    }
  }
  let tree: Tree | undefined; // one plan pulls below one directory
  let batch: TreeBatch | undefined;
  let held: number[] = [];
  let bytes = 0;
  let flushing: Promise<void> = Promise.resolve();
  // One batch is synced while the next one comes.
  const flush = async (): Promise<void> => {
    const [ended, all] = [batch, held];
    batch = undefined;
    held = [];
    bytes = 0;
    const before = flushing;
    flushing = (async () => {
      const outcomes = await ended?.commit() ?? [];
      for (const [i, at] of all.entries()) {
        end(at, outcomes[i] && notHere(jobs[at].local, outcomes[i]));
      }
    })();
    flushing.catch(() => {}); // awaited by the next one
    await before;
  };
  try {
    const paths = wanted.map((at) => jobs[at].remote);
    await pullMany(stream, paths, wireOf(options, parts), (index, file: SmallFile | Error) => {
      const at = wanted[index];
      if (file instanceof Error) return end(at, isOther(file) ? new Another() : file);
      const { root, name } = jobs[at].below!;
      tree ??= systemTree(root, undefined, undefined, diskFor(options.overwrite));
      batch ??= tree.batch!();
      const { mode, mtimeMs } = file;
      batch.add(name, file.bytes, options.preserve ? { mode, mtimeMs } : { mode });
      held.push(at);
      bytes += file.bytes.length;
      return held.length >= BATCH_FILES || bytes >= BATCH_BYTES ? flush() : undefined;
    });
  } finally {
    await flush().finally(() => flushing); // what has come whole is kept
  }
};

/** What is on both disks is compared by its digests, which the host tells over one stream. */
const compareSome: Some = async (stream, some, { jobs, options, parts }, end) => {
  const told = await sumsThere(stream, some.map((at) => jobs[at].remote), wireOf(options, parts));
  for (const [i, at] of some.entries()) {
    if (i % TURN_FILES === 0) await nextTurn();
    const here = await sumOf(jobs[at].local, parts.digest).catch((error: Error) => error);
    if (here instanceof Error) end(at, here);
    else if (here === told[i]) end(at);
    else end(at, mayCopyAgain(options) ? new Another() : differs());
  }
};

/** By itself it is taken in any length, and asked for again when it changes. */
const isOther = (error: Error): boolean =>
  error instanceof CopyError && (error.fault === "broken" || /the file is not small$/.test(error.message));

const wireOf = (options: RunOptions, { context: { clock, signal }, digest, onNotice }: RunParts) => ({
  clock,
  signal,
  digest,
  onWarning: (text: string) => onNotice(`remote: ${text}`),
  ...(options.pace ? { allow: (wanted: number) => options.pace!.allow(wanted) } : {}),
});
