/**
 * What the last `scp --to` has not delivered, for `--retry-failed`.
 *
 * @module
 */
import { readOwnJson } from "../../../lib/sys/files/kept_json.ts";
import { isAbsolute, join, leafAt, parent, systemOs } from "../../../lib/sys/paths.ts";
import { keptOf } from "../../../lib/sys/tree/list.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import type { Context } from "../../context.ts";
import { PeerNames } from "../../names/peers.ts";
import type { ScpFlags } from "../plan/flags.ts";
import type { CopyJob, CopyPlan, PlannedDirectory } from "../plan/plan.ts";
import { planUpload } from "../plan/upload.ts";
import type { FileOutcome } from "../told/outcome.ts";
import type { Recipient } from "./parts.ts";

/** Beside the key. */
export const RETRY_FILE = "scp-failed.json";
const MAX_RETRY_BYTES = 64 * 2 ** 20;

/** What is remembered of a file that did not arrive. */
export interface UndeliveredFile {
  /** Whom it was for. */
  readonly pk: string;
  /** Where it lies here, an absolute path. */
  readonly local: string;
  /** Where it was to lie there. */
  readonly remote: string;
  /** It is a directory, which is to be made. */
  readonly directory?: boolean;
}

/** All that is to be delivered, less and less of it. */
export class Undelivered {
  readonly #left: Map<Recipient, Set<CopyJob | PlannedDirectory>>;

  /** Nothing is there yet. @param directories  Those that are to be made. */
  constructor(
    jobs: readonly CopyJob[],
    recipients: readonly Recipient[],
    directories: readonly PlannedDirectory[] = [],
  ) {
    const all = [...jobs.filter(({ isSecond }) => !isSecond), ...directories];
    this.#left = new Map(recipients.map((one) => [one, new Set(all.filter(one.wants))]));
  }

  /** Somebody has a file or a directory, or will never get it. */
  over(recipient: Recipient, one: CopyJob | PlannedDirectory): void {
    this.#left.get(recipient)?.delete(one);
  }

  /** What is left. @param directory  What local paths are below that are not absolute. */
  files(directory: string): UndeliveredFile[] {
    return [...this.#left].flatMap(([{ pk }, jobs]) =>
      [...jobs].map((one) => ({
        pk,
        local: isAbsolute(one.local, systemOs) ? one.local : join(directory, one.local),
        remote: one.remote,
        ...("isEmpty" in one && { directory: true }),
      }))
    );
  }

  /**
   * Keeps what is left in the place of what was kept before.
   * @returns Whether there is any.
   * @throws {UserError} local: it can't be kept.
   */
  async keep({ files }: Pick<Context, "files">, path: string, directory: string): Promise<boolean> {
    const left = this.files(directory);
    if (left.length === 0) await files.remove(path);
    else await files.replacePrivate(path, utf8(JSON.stringify(left)));
    return left.length > 0;
  }
}

/** Whether a file is not there any more; one whose name is no text is never found. */
export const isGone = (
  { failure }: Pick<FileOutcome, "failure">,
  job: Pick<CopyJob, "problem"> | undefined,
): boolean => failure?.why === "vanished" || job?.problem?.cause instanceof Deno.errors.NotFound;

/** What tells one from another. */
const keyOf = ({ local, remote }: Pick<CopyJob, "local" | "remote">): string => `${local}\0${remote}`;

/**
 * What one peer still wants: what it did not get, and what is found now in a directory that could not be read.
 * @param undelivered  That peer's.
 */
function wantsOf(undelivered: readonly UndeliveredFile[]): Recipient["wants"] {
  const own = new Set(undelivered.map(keyOf));
  const trees = new Set(
    undelivered.filter(({ directory }) => !directory)
      .map(({ local, remote }) => keyOf({ local: local.replace(/(?<=.)\/+$/, ""), remote })),
  );
  const isBelow = ({ local, remote }: Pick<CopyJob, "local" | "remote">): boolean => {
    if (trees.has(keyOf({ local, remote }))) return true;
    const [here, there] = [leafAt(local), remote.lastIndexOf("/")];
    // Below a directory both have the same names.
    if (there < 0 || local.slice(here) !== remote.slice(there + 1)) return false;
    return isBelow({ local: parent(local), remote: remote.slice(0, there) });
  };
  return (job) => own.has(keyOf(job)) || isBelow(job);
}

/** What of it is to be done now. */
export interface Remembered {
  /** Files, as they are now. */
  readonly jobs: readonly CopyJob[];
  /** Directories, likewise. */
  readonly directories: readonly PlannedDirectory[];
  /** Who is to get what of it. */
  readonly recipients: readonly Recipient[];
}

/**
 * What the last `--to` has not delivered, and to whom.
 * @param recursive  `-r`: a directory that could not be read then goes with all that is in it now.
 * @throws {UserError} As `readUndelivered`.
 */
export async function remembered(
  context: Pick<Context, "files" | "env" | "os" | "clock">,
  path: string,
  { recursive }: Pick<ScpFlags, "recursive">,
): Promise<Remembered> {
  const undelivered = await readUndelivered(context, path);
  const names = new PeerNames(context);
  await names.load();
  const listed = [...new Map(undelivered.map((one) => [keyOf(one), one])).values()];
  let only: CopyPlan | undefined;
  const { jobs, directories } = await planUpload({ pk: "", direction: "upload", path: "", local: [] }, {
    recursive,
    listed: listed.filter(({ directory }) => !directory),
    onNone: (plan) => Promise.resolve(void (only = plan)),
  }).catch((error) => {
    if (only) return only; // also the only one is told of, and counted, as one of several
    throw error;
  });
  const recipients = [...new Set(undelivered.map(({ pk }) => pk))].map((pk) => {
    return { pk, name: names.shown(pk), wants: wantsOf(undelivered.filter((one) => one.pk === pk)) };
  });
  return { jobs, directories: [...directories, ...await directoriesAgain(listed)], recipients };
}

/** Directories as they are now. Those that are not there any more are left out. */
export const directoriesAgain = async (kept: readonly UndeliveredFile[]): Promise<PlannedDirectory[]> =>
  (await Promise.all(kept.map(async ({ local, remote, directory }) => {
    const info = directory ? await Deno.stat(local).catch(() => undefined) : undefined;
    return info?.isDirectory ? [{ local, remote, ...keptOf(info), isEmpty: true }] : [];
  }))).flat();

/**
 * Reads what the last `--to` has not delivered; of a damaged file what is whole.
 * @throws {UserError} usage: there is no such file · local: nothing in it is whole, or it can't be read.
 */
export async function readUndelivered(
  { files }: Pick<Context, "files">,
  path: string,
): Promise<readonly UndeliveredFile[]> {
  if (await files.info(path) === undefined) {
    throw new UserError(
      "Nothing is left to try again: there was no --to yet, or the last one has delivered everything",
      {
        kind: "usage",
        hint: "Give the files and --to.",
      },
    );
  }
  const kept = await readOwnJson(files, path, MAX_RETRY_BYTES);
  if (Array.isArray(kept)) return kept;
  throw new UserError(`${path} does not say any more what the last --to has not delivered`, {
    kind: "local",
    hint: "Give the files and --to again.",
  });
}
