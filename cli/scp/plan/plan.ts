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
import type { KeptFacts, TreeEntry } from "../../../lib/sys/tree/tree.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import type { Context } from "../../context.ts";
import { PIPE } from "../../flags/paths.ts";
import { checked, checkRemote } from "./remote_names.ts";
import { ofOwnPlace } from "./targets.ts";

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
}

/**
 * The jobs of an upload. A source that can't be read is a job with a problem, unless it is the only one.
 * @throws {UserError} usage: no peer takes the target; local: the only source is not there, or is a directory without `-r`.
 */
export async function planUpload(order: CopyOrder, options: PlanOptions): Promise<CopyPlan> {
  const plan: CopyPlan = { jobs: [], directories: [], leftOut: [] };
  const target = belowRoot(order.path).path;
  if (target !== "") checkRemote(target, "written");
  const many = order.local.length + options.listed.length > 1;
  const into = many || target === "" || target.endsWith("/");
  const below = (name: string): string => into ? joined(target, name) : target;
  for (const local of order.local) {
    if (local === PIPE) {
      if (into) throw usage("standard input has no name", "Name the remote file: - PK:NAME.");
      plan.jobs.push({ local, remote: target });
    } else await addSource(plan, local, below(nameOf(local)), options.recursive);
  }
  for (const { local, remote } of options.listed) {
    // A list names files: standard input is none.
    const path = local === PIPE ? `./${PIPE}` : local;
    await addSource(plan, path, remote ?? below(nameOf(path)), options.recursive);
  }
  if (plan.jobs.length === 1 && !many && plan.jobs[0].problem) throw plan.jobs[0].problem;
  return many ? { ...plan, jobs: ofOwnPlace(plan.jobs, "remote") } : plan;
}

async function addSource(plan: CopyPlan, local: string, remote: string, recursive: boolean): Promise<void> {
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(local);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    plan.jobs.push({ local, remote, problem: cannotRead(local, error) });
    return;
  }
  if (info.isFile) {
    return void plan.jobs.push(checked({ local, remote, size: info.size, mtimeMs: timeOf(info) }));
  }
  if (!info.isDirectory) {
    plan.jobs.push({
      local,
      remote,
      problem: localProblem(`${local} is not a file`, "Only files are copied."),
    });
  } else if (!recursive) {
    plan.jobs.push({ local, remote, problem: localProblem(`${local} is a directory`, "Copy it with -r.") });
  } else await addTree(plan, local, remote);
}

async function addTree(plan: CopyPlan, local: string, remote: string): Promise<void> {
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(local)) entries.push(entry);
  } catch (error) {
    plan.jobs.push({ local, remote, problem: cannotRead(local, error) });
    return;
  }
  const info = await Deno.stat(local).catch(() => undefined);
  plan.directories.push({
    local,
    remote,
    mode: info?.mode === null || info === undefined ? 0o755 : info.mode & 0o777,
    mtimeMs: Math.trunc(info?.mtime?.getTime() ?? 0),
    isEmpty: entries.length === 0,
  });
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const [here, there] = [join(local, entry.name), joined(remote, entry.name)];
    if (entry.isDirectory) await addTree(plan, here, there);
    else if (!entry.isFile) plan.leftOut.push(here);
    else {
      const info = statOf(here);
      plan.jobs.push(
        info instanceof Error
          ? { local: here, remote: there, problem: cannotRead(here, info) }
          : checked({ local: here, remote: there, size: info.size, mtimeMs: timeOf(info) }),
      );
    }
  }
}

/** Waits for the system: for thousands of files that takes a third of the time. */
function statOf(path: string): Deno.FileInfo | Error {
  try {
    return Deno.statSync(path);
  } catch (error) {
    return error as Error;
  }
}

const timeOf = ({ mtime }: Deno.FileInfo): number | undefined => mtime === null ? undefined : mtime.getTime();

/**
 * The job of a download: a directory, or a path that ends with a slash, gets the remote name.
 * @param listed  Lines of `--files-from`: then the path is what they are below, and the target a directory.
 * @throws {UserError} usage: the remote path names no file.
 */
export async function planDownload(
  order: CopyOrder,
  listed: PlanOptions["listed"] = [],
): Promise<CopyPlan> {
  const remote = belowRoot(order.path).path;
  if (listed.length > 0) {
    const jobs = listed.map(listedJob(remote, order.local[0]));
    const folds = systemOs === "windows" || Deno.build.os === "darwin";
    return { jobs: ofOwnPlace(jobs, "local", folds), directories: [], leftOut: [] };
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
 * @param os  Where names that differ in case only are one name, the second one has a problem.
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
    const job = { local: join(root, name), remote, size, mtimeMs, below: { root, name } };
    const folded = folds ? name.normalize().toLowerCase() : "";
    if (kind === "other" && problem !== undefined) {
      const why = new CopyError(`remote: ${remote} can't be had: ${problem}`, "remote");
      plan.jobs.push({ local: job.local, remote, problem: why });
    } else if (kind === "other") plan.leftOut.push(remote);
    else if (kind === "directory") {
      plan.directories.push({ ...job, mode, mtimeMs, isEmpty: !parents.has(name) });
    } else if (folds && seen.has(folded)) {
      plan.jobs.push({
        ...job,
        problem: localProblem(`${name} differs from another name in case only`, "Rename it there."),
      });
    } else plan.jobs.push(checked(job, `${remote} can't be asked for`));
    if (folds) seen.add(folded);
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

/** The last part of a local path; `.` and `..` are what they stand for. */
function nameOf(local: string): string {
  const cut = systemOs === "windows" ? /[/\\]/ : "/"; // elsewhere `\` is a letter like others
  const parts = local.split(cut).filter((part) => part !== "" && part !== ".");
  const last = parts.at(-1);
  if (last !== undefined && last !== "..") return last;
  return Deno.realPathSync(local).split(cut).at(-1) || "root";
}

const joined = (directory: string, name: string): string =>
  directory === "" ? name : `${directory.replace(/\/+$/, "")}/${name}`;

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
const localProblem = (message: string, hint: string): UserError =>
  new UserError(message, { kind: "local", hint });
