/**
 * The plan of a push: what of the local files goes where.
 *
 * @see cli/README.md "Copying files"
 * @module
 */
import { belowRoot, type CopyOrder } from "../../../lib/scp/arguments.ts";
import { partsOf } from "../../../lib/scp/path.ts";
import { join, systemOs } from "../../../lib/sys/paths.ts";
import { isOwnPartName } from "../../../lib/sys/copies/part_file.ts";
import { keptOf } from "../../../lib/sys/tree/list.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { PIPE } from "../../flags/paths.ts";
import { cannotRead, type CopyJob, type CopyPlan, joined, localProblem, type PlanOptions } from "./plan.ts";
import { directoryOf, type ListedFile } from "./lists.ts";
import { checked, checkRemote } from "./remote_names.ts";
import { ofOwnPlace } from "./targets.ts";

/**
 * The jobs of an upload. A source that can't be read is a job with a problem, unless it is the only one.
 * @throws {UserError} usage: no peer takes the target; local: the only source is not there, or is a directory without `-r`.
 */
export async function planUpload(order: CopyOrder, options: PlanOptions): Promise<CopyPlan> {
  const plan: CopyPlan = { jobs: [], directories: [], leftOut: [] };
  const target = belowRoot(order.path).path;
  if (target !== "") checkRemote(target, "written");
  const many = order.local.length + options.listed.length > 1;
  // However many lines a list has: a script's list of one must not become a file in the place of its directory.
  const into = many || options.listed.length > 0 || target === "" || target.endsWith("/");
  const below = (name: string): string => into ? joined(target, name) : target;
  for (const local of order.local) {
    if (local === PIPE) {
      if (into) throw usage("standard input has no name", "Name the remote file: - PK:NAME.");
      plan.jobs.push({ local, remote: target });
    } else await addSource(plan, local, below(nameOf(local)), options.recursive);
  }
  for (const line of options.listed) {
    const directory = directoryOf(line);
    if (directory) {
      await addDirectory(plan, directory);
      continue;
    }
    const { local, remote } = line;
    // A list names files: standard input is none.
    const path = local === PIPE ? `./${PIPE}` : local;
    await addSource(plan, path, remote ?? below(nameOf(path)), options.recursive);
  }
  if (plan.jobs.length === 1 && !many && plan.jobs[0].problem) {
    await options.onNone?.(plan);
    throw plan.jobs[0].problem;
  }
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
    // `PK:.` is the root itself, which a directory may become; a file comes to lie in it.
    const place = partsOf(remote).length === 0 ? nameOf(local) : remote;
    return void plan.jobs.push(checked({ local, remote: place, ...factsOf(info) }));
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

/** One that is to be made, without what is in it. */
async function addDirectory(plan: CopyPlan, { local, remote }: Required<ListedFile>): Promise<void> {
  const info = await Deno.stat(local).catch((error: Error) => error);
  if (!(info instanceof Error) && info.isDirectory) {
    const { problem } = checked({ local, remote });
    if (problem) plan.jobs.push({ local, remote, problem });
    else plan.directories.push({ local, remote, ...keptOf(info), isEmpty: true });
    return;
  }
  const problem = info instanceof Error
    ? cannotRead(local, info)
    : localProblem(`${local} is not a directory`, "Its line of the list says so.");
  plan.jobs.push({ local, remote, problem });
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
  const { problem } = checked({ local, remote });
  const at = plan.directories.length;
  const jobs = plan.jobs.length;
  if (!problem) {
    plan.directories.push({
      local,
      remote,
      mode: info?.mode === null || info === undefined ? 0o755 : info.mode & 0o777,
      mtimeMs: Math.trunc(info?.mtime?.getTime() ?? 0),
      isEmpty: false,
    });
  }
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const [here, there] = [join(local, entry.name), joined(remote, entry.name)];
    if (entry.isDirectory) await addTree(plan, here, there);
    else if (!entry.isFile) plan.leftOut.push(here);
    else if (!isOwnPartName(entry.name)) { // one that is being received is a file once it is whole
      const info = statOf(here);
      plan.jobs.push(
        info instanceof Error
          ? { local: here, remote: there, problem: cannotRead(here, info) }
          : checked({ local: here, remote: there, ...factsOf(info) }),
      );
    }
  }
  // Links alone lead no file to it.
  const isEmpty = plan.jobs.length === jobs && plan.directories.length === at + (problem ? 0 : 1);
  if (!isEmpty) return; // what lies in it says so itself
  if (problem) plan.jobs.push({ local, remote, problem });
  else plan.directories[at] = { ...plan.directories[at], isEmpty };
}

/** Waits for the system: for thousands of files that takes a third of the time. */
function statOf(path: string): Deno.FileInfo | Error {
  try {
    return Deno.statSync(path);
  } catch (error) {
    return error as Error;
  }
}

const factsOf = ({ size, mtime, mode }: Deno.FileInfo): Pick<CopyJob, "size" | "mtimeMs" | "mode"> => ({
  size,
  ...(mtime !== null && { mtimeMs: mtime.getTime() }),
  ...(mode !== null && { mode: mode & 0o777 }),
});

/** The last part of a local path; `.` and `..` are what they stand for. */
function nameOf(local: string): string {
  const cut = systemOs === "windows" ? /[/\\]/ : "/"; // elsewhere `\` is a letter like others
  const parts = local.split(cut).filter((part) => part !== "" && part !== ".");
  const last = parts.at(-1);
  if (last !== undefined && last !== "..") return last;
  return Deno.realPathSync(local).split(cut).at(-1) || "root";
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
