/**
 * The directories of a copy: those that no file leads to are made, and with `-p` all get their bits and times, last of
 * all.
 *
 * @module
 */
import { NoExtension } from "../../../lib/scp/errors.ts";
import { pushMany } from "../../../lib/scp/many_push.ts";
import { systemTree } from "../../../lib/sys/tree/system.ts";
import type { RunOptions, RunParts } from "../plan/job.ts";
import type { PlannedDirectory } from "../plan/plan.ts";
import { copyFailure, explained, type FileOutcome } from "../told/outcome.ts";
import { notHere } from "./files.ts";
import type { Seen } from "./patience.ts";

/** Makes those that are pulled, before the files in them. @throws {UserError} local: one can't be made. */
export async function makeDirectories({ directories = [] }: RunOptions): Promise<void> {
  for (const { local, below } of directories) {
    if (!below) continue;
    await systemTree(below.root).makeDirectory!(below.name).catch((error) => {
      throw notHere(local, error);
    });
  }
}

/** With whom. */
export type DirectoryParts =
  & Pick<RunParts, "dial" | "peer" | "pk" | "digest" | "onNotice">
  & {
    /** Time, and the end of the command. */
    readonly context: Pick<RunParts["context"], "clock" | "signal">;
    /** Told what failed. */
    readonly onOutcome: (outcome: FileOutcome) => void;
  };

/**
 * Gives them their facts.
 * @param hasCopied  Whether a file has gone over: only that shows what kind of host it is, no look at what is there.
 * @returns An outcome for each that failed.
 */
export async function finishDirectories(
  options: Pick<RunOptions, "directories" | "direction" | "preserve" | "extended">,
  parts: DirectoryParts,
  seen: Seen,
  hasCopied: boolean,
): Promise<FileOutcome[]> {
  const { directories = [], direction, preserve, extended } = options;
  // The deepest come first: what is made in a directory changes its time.
  const wanted = directories.filter(({ isEmpty }) => preserve || (isEmpty && direction === "upload"))
    .toReversed();
  if (wanted.length === 0) return [];
  const failed: FileOutcome[] = [];
  const fail = ({ local, remote }: PlannedDirectory, error: unknown): void => {
    const there = `${parts.peer}:${remote}`;
    const [source, target] = direction === "upload" ? [local, there] : [there, local];
    const failure = seen.lost ??
      copyFailure(explained(error, parts.peer, parts.pk), parts.context.signal.reason);
    failed.push({ state: "failed", source, target, bytes: 0, ms: 0, attempts: 1, failure });
    parts.onOutcome(failed.at(-1)!);
  };
  if (direction === "download") {
    for (const one of wanted) {
      await systemTree(one.below!.root).makeDirectory!(one.below!.name, one).catch((error) =>
        fail(one, notHere(one.local, error))
      );
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
  { preserve }: Pick<RunOptions, "preserve">,
  { dial, digest, context: { clock, signal } }: DirectoryParts,
  seen: Seen,
  fail: (directory: PlannedDirectory, error: unknown) => void,
): Promise<void> {
  const open = new Set(wanted);
  try {
    const sources = wanted.map(({ remote, mode, mtimeMs }) => ({
      path: remote,
      ...(preserve && { keep: { mode, mtimeMs } }),
    }));
    await pushMany(await dial(), sources, { clock, signal, digest }, (index, error) => {
      open.delete(wanted[index]);
      if (error !== undefined) fail(wanted[index], error);
    });
    seen.isExtended = true;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NoExtension)) { for (const one of open) fail(one, error); }
  }
}
