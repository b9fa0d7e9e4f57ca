/**
 * The directories of a copy: those that no file leads to are made, and with `-p` all get their bits and times, last of
 * all.
 *
 * @module
 */
import { NoExtension } from "../../../lib/scp/errors.ts";
import { pushMany } from "../../../lib/scp/many_push.ts";
import { systemTree } from "../../../lib/sys/tree/system.ts";
import type { Tree } from "../../../lib/sys/tree/tree.ts";
import { Lanes } from "../../../lib/wire/lanes.ts";
import type { RunOptions, RunParts } from "../plan/job.ts";
import type { CopyJob, PlannedDirectory } from "../plan/plan.ts";
import { copyFailure, explained, type FileOutcome } from "../told/outcome.ts";
import { noDirectoryHere } from "./files.ts";
import { Patience, type Seen, tryAll } from "./patience.ts";

/** Directories that are made side by side. */
const AT_ONCE = 64;

/**
 * Makes those that are pulled, before the files in them.
 * @param jobs  Those files.
 * @returns Which can't be made, and why; what lies in them fails by itself.
 * @throws {UserError} local: one can't be made in which everything lies.
 */
export async function makeDirectories(
  { directories = [] }: RunOptions,
  jobs: readonly Pick<CopyJob, "remote">[] = [],
): Promise<Map<PlannedDirectory, unknown>> {
  const failed = new Map<PlannedDirectory, unknown>();
  const trees = new Map<string, Tree>();
  const make = async (one: PlannedDirectory): Promise<void> => {
    const { local, remote, below } = one;
    if (!below) return;
    const tree = trees.get(below.root) ?? systemTree(below.root);
    trees.set(below.root, tree);
    try {
      await tree.makeDirectory!(below.name);
    } catch (error) {
      const isIn = (other: { readonly remote: string }): boolean =>
        remote === "" || `${other.remote}/`.startsWith(`${remote}/`);
      if (jobs.every(isIn) && directories.every(isIn)) throw noDirectoryHere(local, error);
      await tree.makeDirectory!(".").catch((error) => {
        throw noDirectoryHere(below.root, error);
      });
      failed.set(one, noDirectoryHere(local, error));
    }
  };
  // Those that are made side by side share the syncs of the directories above them.
  const making = new Lanes(AT_ONCE);
  const outcomes = await Promise.allSettled(directories.map((one) => making.run(() => make(one))));
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  return failed;
}

/** With whom. */
export type DirectoryParts =
  & Pick<RunParts, "dial" | "peer" | "pk" | "digest" | "onNotice">
  & {
    /** Time, and the end of the command. */
    readonly context: Pick<RunParts["context"], "clock" | "signal">;
    /** Told what failed. */
    readonly onOutcome: (outcome: FileOutcome, directory: PlannedDirectory) => void;
  };

/**
 * Gives them their facts.
 * @param hasCopied  Whether a file has gone over: only that shows what kind of host it is, no look at what is there.
 * @param notMade  What {@link makeDirectories} has returned.
 * @returns An outcome for each that failed.
 */
export async function finishDirectories(
  options: Pick<RunOptions, "directories" | "direction" | "preserve" | "extended" | "retries">,
  parts: DirectoryParts,
  seen: Seen,
  hasCopied: boolean,
  notMade: ReadonlyMap<PlannedDirectory, unknown> = new Map(),
): Promise<FileOutcome[]> {
  const { directories = [], direction, preserve, extended } = options;
  // The deepest come first: what is made in a directory changes its time.
  const wanted = directories.filter((one) => {
    if (direction === "upload" || notMade.has(one)) return preserve || one.isEmpty;
    return preserve && !one.isListed;
  }).toReversed();
  if (wanted.length === 0) return [];
  const failed: FileOutcome[] = [];
  const fail = (one: PlannedDirectory, error: unknown): void => {
    const { local, remote } = one;
    const there = `${parts.peer}:${remote}`;
    const [source, target] = direction === "upload" ? [local, there] : [there, local];
    const failure = seen.lost ??
      copyFailure(explained(error, parts.peer, parts.pk), parts.context.signal.reason);
    failed.push({ state: "failed", directory: true, source, target, bytes: 0, ms: 0, attempts: 1, failure });
    parts.onOutcome(failed.at(-1)!, one);
  };
  if (direction === "download") {
    for (const one of wanted) {
      if (notMade.has(one)) fail(one, notMade.get(one));
      else {
        await systemTree(one.below!.root).makeDirectory!(one.below!.name, one).catch((error) =>
          fail(one, noDirectoryHere(one.local, error))
        );
      }
    }
    return failed;
  }
  if (seen.lost) {
    for (const one of wanted) fail(one, undefined);
    return failed;
  }
  const isClassic = !extended || (hasCopied && !seen.isExtended);
  if (!isClassic) await pushDirectories(wanted, options, parts, seen, fail);
  const empty = wanted.filter(({ isEmpty }) => isEmpty).length;
  if ((isClassic || !seen.isExtended) && empty > 0 && failed.length === 0) {
    parts.onNotice(
      `${empty} empty ${
        empty === 1 ? "directory is" : "directories are"
      } left out: hosts of visors take files only`,
    );
  }
  return failed;
}

async function pushDirectories(
  wanted: readonly PlannedDirectory[],
  { preserve, retries }: Pick<RunOptions, "preserve" | "retries">,
  { dial, digest, context, peer, pk, onNotice }: DirectoryParts,
  seen: Seen,
  fail: (directory: PlannedDirectory, error: unknown) => void,
): Promise<void> {
  const { clock, signal } = context;
  const patience = new Patience(retries, clock, seen);
  const left = new Set(wanted.keys());
  const decided = (at: number, error?: unknown): void => {
    left.delete(at);
    patience.moved(wanted.length - left.size);
    if (error !== undefined) fail(wanted[at], error);
  };
  await tryAll({
    context,
    patience,
    left,
    explain: (error) => explained(error, peer, pk),
    onAgain: (error, pauseMs) => onNotice(`${error.message}; trying again in ${pauseMs / 1000} s`),
    fail: decided,
  }, async () => {
    const some = [...left];
    const sources = some.map((at) => {
      const { remote, mode, mtimeMs } = wanted[at];
      return { path: remote, ...(preserve && { keep: { mode, mtimeMs } }) };
    });
    try {
      await pushMany(await dial(), sources, { clock, signal, digest }, (i, error) => decided(some[i], error));
      seen.isExtended = true;
    } catch (error) {
      if (!(error instanceof NoExtension)) throw error;
      left.clear(); // that is said of all of them
    }
  });
}
