/**
 * What a copy consists of: one job for each file, with the place where it comes from and the place where it goes.
 *
 * @see cli/README.md "Copying files"
 * @module
 */
import { belowRoot, type CopyOrder } from "../../../lib/scp/arguments.ts";
import { CopyError } from "../../../lib/scp/errors.ts";
import { baseName } from "../../../lib/scp/path.ts";
import { systemReason } from "../../../lib/sys/files/files.ts";
import { join, leafAt, parent, systemOs } from "../../../lib/sys/paths.ts";
import { isOddOnWindows } from "../../../lib/sys/tree/root.ts";
import type { KeptFacts, TreeEntry } from "../../../lib/sys/tree/tree.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import type { Context } from "../../context.ts";
import { PIPE } from "../../flags/paths.ts";
import { directoryOf } from "./lists.ts";
import { checked, checkRemote } from "./remote_names.ts";
import { ofOwnPlace } from "./targets.ts";
import { folded } from "../../../lib/wire/folded.ts";

/** One file to copy. */
export interface CopyJob {
  /** A path here, or `-`. */
  readonly local: string;
  /** A path below the peer's root. */
  readonly remote: string;
  /** Bytes, when they are known beforehand. */
  readonly size?: number;
  /** When it was last written, likewise. */
  readonly mtimeMs?: number;
  /** Permission bits, likewise. */
  readonly mode?: number;
  /** Of a file below a directory that is pulled: the directory here, and the file's name in it. */
  readonly below?: { readonly root: string; readonly name: string };
  /** Why it can't be copied; it counts as failed then. */
  readonly problem?: UserError | CopyError;
  /** As `Placed.isSecond`: it is in no list of what is to be tried again. */
  readonly isSecond?: boolean;
}

/** A directory of a copied tree. */
export interface PlannedDirectory extends KeptFacts {
  /** A path here. */
  readonly local: string;
  /** A path below the peer's root. */
  readonly remote: string;
  /** Nothing is in it. */
  readonly isEmpty: boolean;
  /** It comes from a list, which does not say what is to be kept of one that is pulled. */
  readonly isListed?: boolean;
  /** When it is pulled: the directory here that it is made in, and its name there. */
  readonly below?: { readonly root: string; readonly name: string };
}

/** All of it. */
export interface CopyPlan {
  /** In the order of the command line. */
  readonly jobs: CopyJob[];
  /** Outer ones first. */
  readonly directories: PlannedDirectory[];
  /** What is left out, for a notice: links and other things that are no files. */
  readonly leftOut: string[];
}

/** Says what a plan leaves out. */
export function tellLeftOut(
  { print }: Pick<Context, "print">,
  { quiet }: { readonly quiet: boolean },
  { leftOut }: Pick<CopyPlan, "leftOut">,
): void {
  if (leftOut.length > 0 && !quiet) print.note("scpLeftOut", { paths: leftOut });
}

/** What changes a plan. */
export interface PlanOptions {
  /** `-r`. */
  readonly recursive: boolean;
  /** Lines of `--files-from`: a local path, and behind a tab the remote one when it is given. */
  readonly listed: readonly { readonly local: string; readonly remote?: string }[];
  /** Told of the only source of a push, which can't be copied, before that ends the command. */
  readonly onNone?: (plan: CopyPlan) => Promise<void>;
}

/**
 * The job of a download: a directory, or a path that ends with a slash, gets the remote name.
 * @param listed  Lines of `--files-from`, none as well: then the path is what they are below, and the target a directory.
 * @throws {UserError} usage: the remote path names no file.
 */
export async function planDownload(
  order: CopyOrder,
  listed?: PlanOptions["listed"],
): Promise<CopyPlan> {
  const remote = belowRoot(order.path).path;
  if (listed !== undefined) {
    const files = listed.filter((one) => directoryOf(one) === undefined);
    const jobs = files.map(listedJob(remote, order.local[0]));
    const folds = systemOs === "windows" || Deno.build.os === "darwin";
    const made = await Promise.all(listed.map(listedDirectory));
    return { jobs: ofOwnPlace(jobs, "local", folds), directories: made.flat(), leftOut: [] };
  }
  checkRemote(remote, "asked for");
  const [local] = order.local;
  if (local === PIPE) return { jobs: [{ local, remote }], directories: [], leftOut: [] };
  const isDirectory = local.endsWith("/") || (await Deno.stat(local).catch(() => undefined))?.isDirectory;
  return {
    jobs: [{ local: isDirectory ? join(local, baseName(remote)) : local, remote }],
    directories: [],
    leftOut: [],
  };
}

async function listedDirectory(line: PlanOptions["listed"][number]): Promise<PlannedDirectory[]> {
  const named = directoryOf(line);
  if (!named) return [];
  const real = await Deno.realPath(named.local).catch(() => named.local); // it may be a link of ours to another place
  const below = { root: parent(real), name: real.slice(leafAt(real)) };
  return [{ ...named, mode: 0o700, mtimeMs: 0, isEmpty: true, isListed: true, below }];
}

/** A line is a path at the peer; or, as `--failed-to` writes it, a path here and the one at the peer. */
const listedJob =
  (base: string, target: string) => ({ local, remote }: PlanOptions["listed"][number]): CopyJob => {
    const path = belowRoot(remote ?? local).path;
    const job = remote === undefined
      ? { local: join(target, baseName(path)), remote: joined(base, path) }
      : { local, remote: path };
    return checked(job, `${job.remote} can't be asked for`);
  };

/**
 * The plan of a directory that is pulled: what is listed, and nothing else.
 * @param entries  Checked names below the remote directory.
 * @param top  What is to be kept of the directory itself; of the peer's root nothing is.
 * @param os  Where names that differ in case only are one name, the second one has a problem; and on Windows each that
 * means something else there.
 */
export async function planTree(
  order: CopyOrder,
  entries: readonly TreeEntry[],
  os: string,
  top?: KeptFacts,
): Promise<CopyPlan> {
  const base = belowRoot(order.path).path.replace(/\/+$/, "");
  const [target] = order.local;
  const isThere = target.endsWith("/") || (await Deno.stat(target).catch(() => undefined))?.isDirectory;
  const own = base === "" || base === "." ? "" : baseName(base);
  const root = isThere && own !== "" ? join(target, own) : target;
  const plan: CopyPlan = { jobs: [], directories: [], leftOut: [] };
  const folds = os === "darwin" || os === "windows";
  const seen = new Set<string>();
  const real = await Deno.realPath(root).catch(() => root); // it may be a link of ours to another place
  const leaf = real.slice(leafAt(real));
  if (top && own !== "" && !["", ".", ".."].includes(leaf)) {
    const below = { root: parent(real), name: leaf };
    plan.directories.push({ local: root, remote: base, ...top, isEmpty: entries.length === 0, below });
  }
  const parents = new Set(entries.map(({ name }) => name.slice(0, Math.max(0, name.lastIndexOf("/")))));
  for (const { name, kind, size, mode, mtimeMs, problem } of entries) {
    const remote = joined(base, name);
    const job = { local: join(root, name), remote, size, mtimeMs, mode, below: { root, name } };
    const alike = folds ? folded(name) : "";
    if (kind === "other" && problem !== undefined) {
      const why = new CopyError(`remote: ${remote} can't be had: ${problem}`, "remote");
      plan.jobs.push({ local: job.local, remote, problem: why });
    } else if (kind === "other") plan.leftOut.push(remote);
    else if (os === "windows" && name.split("/").some(isOddOnWindows)) {
      // What lies in a directory says so itself.
      if (kind === "directory" && parents.has(name)) continue;
      plan.jobs.push({ ...job, problem: localProblem(`${name} is no name here`, "Rename it there.") });
    } else if (kind === "directory") {
      plan.directories.push({ ...job, isEmpty: !parents.has(name) });
    } else if (folds && seen.has(alike)) {
      plan.jobs.push({
        ...job,
        problem: localProblem(`${name} differs from another name in case only`, "Rename it there."),
      });
    } else plan.jobs.push(checked(job, `${remote} can't be asked for`));
    if (folds) seen.add(alike);
  }
  if (plan.directories.length === 0) {
    plan.directories.push({
      local: root,
      remote: base,
      mode: 0o700,
      mtimeMs: 0,
      isEmpty: true,
      below: { root, name: "." },
    });
  }
  return plan;
}

/** The error for a file of ours that is not there or not readable. */
export const cannotRead = (path: string, error: unknown): UserError =>
  new UserError(`Cannot read ${path}: ${systemReason(error)}`, {
    kind: "local",
    hint: "Check the path and its permissions.",
    cause: error,
  });

/** A name in a directory at the peer; of the root nothing is said. */
export const joined = (directory: string, name: string): string =>
  directory === "" ? name : `${directory.replace(/\/+$/, "")}/${name}`;

/** Why a file here can't be copied. */
export const localProblem = (message: string, hint: string): UserError =>
  new UserError(message, { kind: "local", hint });
