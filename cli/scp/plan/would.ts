/**
 * `--dry-run`: what a copy would do, as far as this machine knows it, in the words of the copy itself.
 *
 * @module
 */
import type { CopyOrder } from "../../../lib/scp/arguments.ts";
import type { Context } from "../../context.ts";
import { PIPE } from "../../flags/paths.ts";
import type { PeopleWords } from "../../names/peers.ts";
import type { Recipient } from "../many/parts.ts";
import { TreeError, treeError } from "../../../lib/sys/tree/error.ts";
import { checkPlace, isThere, noDirectoryHere, openLocal, type Overwrite } from "../run/files.ts";
import { copyFailure, type FileOutcome } from "../told/outcome.ts";
import { tell } from "../told/telling.ts";
import { overwriteOf, type ScpFlags } from "./flags.ts";
import type { CopyJob, CopyPlan, PlannedDirectory } from "./plan.ts";

/** What is shown, and to whom. */
export interface Showing {
  /** Which way, and with whom. */
  readonly order: CopyOrder;
  /** The files. */
  readonly plan: Pick<CopyPlan, "jobs" | "directories">;
  /** As a person calls it. */
  readonly peer: string;
  /** What would become of a local file that is there. */
  readonly overwrite: Overwrite;
  /** The jobs whose files are the same at both sides. */
  readonly equal?: ReadonlySet<number>;
  /** Names instead of keys. */
  readonly words: PeopleWords;
}

/**
 * Shows it: files, then directories that no file leads to. A source is opened, and a local target looked at; the peer is
 * not asked what it has, or takes.
 * @returns How each file would end, if nothing else failed, and which directories could not be made.
 */
export async function showWould(
  context: Context,
  flags: ScpFlags,
  { order, plan, peer, overwrite, equal, words }: Showing,
): Promise<FileOutcome[]> {
  const single = plan.jobs.length === 1 && plan.directories.length === 0;
  const outcomes: FileOutcome[] = [];
  for (const [at, job] of plan.jobs.entries()) {
    const there = `${peer}:${job.remote}`;
    const [source, target] = order.direction === "upload" ? [job.local, there] : [there, job.local];
    const base = { source, target, bytes: 0, ms: 0, attempts: 0 };
    const problem = equal?.has(at) ? undefined : await problemOf(job, order, overwrite);
    const state = problem
      ? "failed"
      : equal?.has(at) || await isKept(job, order, overwrite)
      ? "skipped"
      : "copied";
    const failure = problem === undefined ? undefined : copyFailure(problem, undefined);
    const outcome: FileOutcome = { state, ...base, ...(failure && { failure }) };
    outcomes.push(outcome);
    if (state === "copied") context.print.out("scpWould", { type: "would", source, target, bytes: job.size });
    else tell(context, flags, order, outcome, { single, said: new Set(), words });
    if (single && failure) context.print.failure(words.failure(failure));
  }
  for (const one of plan.directories.filter(({ isEmpty }) => isEmpty)) {
    const there = `${peer}:${one.remote}`;
    const [source, target] = order.direction === "upload" ? [one.local, there] : [there, one.local];
    const fate = order.direction === "upload" ? "new" : await fateOf(one.local);
    if (fate === "there") continue;
    if (fate === "new") {
      context.print.out("scpWould", { type: "would", source, target, directory: true });
      continue;
    }
    const failure = copyFailure(fate, undefined);
    const base = { source, target, bytes: 0, ms: 0, attempts: 0 };
    outcomes.push({ state: "failed", directory: true, ...base, failure });
    tell(context, flags, order, outcomes.at(-1)!, { single: false, said: new Set(), words });
  }
  return outcomes;
}

/** What would become of a directory here: `new`, `there`, or why it can't be made. */
async function fateOf(local: string): Promise<unknown> {
  try {
    if ((await Deno.stat(local)).isDirectory) return "there";
    throw new TreeError("mkdir", "not a directory");
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return error instanceof Deno.errors.NotFound ? "new" : noDirectoryHere(local, treeError("mkdir", error));
  }
}

/** The same for `--to`: what each would get. */
export async function showWouldTo(
  context: Context,
  flags: ScpFlags,
  { jobs, directories }: {
    readonly jobs: readonly CopyJob[];
    readonly directories: readonly PlannedDirectory[];
  },
  recipients: readonly Recipient[],
  words: PeopleWords,
): Promise<FileOutcome[]> {
  const all: FileOutcome[] = [];
  for (const { pk, name: peer, wants } of recipients) {
    const order = { pk, direction: "upload" as const, path: "", local: [] };
    const plan = { jobs: jobs.filter(wants), directories: directories.filter(wants) };
    all.push(...await showWould(context, flags, { order, plan, peer, overwrite: overwriteOf(flags), words }));
  }
  return all;
}

/** Why a file would fail; undefined when nothing here says so. */
async function problemOf(
  { problem, local }: CopyJob,
  { direction }: CopyOrder,
  overwrite: Overwrite,
): Promise<unknown> {
  if (problem || local === PIPE) return problem;
  try {
    if (direction === "upload") (await openLocal(local)).close();
    else if (overwrite !== "keep") await checkPlace(local, overwrite);
    return undefined;
  } catch (error) {
    return error;
  }
}

const isKept = async ({ local }: CopyJob, { direction }: CopyOrder, overwrite: Overwrite): Promise<boolean> =>
  direction === "download" && overwrite === "keep" && await isThere(local);
