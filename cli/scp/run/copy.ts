/**
 * Runs the copy with one peer that was planned, and tells of it while it runs and at its end.
 *
 * @module
 */
import { loadSha256 } from "../../../lib/crypto/digest.ts";
import type { CopyOrder } from "../../../lib/scp/arguments.ts";
import { SCP_PORT } from "../../../lib/scp/client.ts";
import { MORE_STREAMS } from "../../../lib/scp/extended/stripes.ts";
import { systemPacking } from "../../../lib/sys/copies/packing.ts";
import type { CommandApp } from "../../app.ts";
import type { Context } from "../../context.ts";
import type { Status } from "../../exit.ts";
import { peopleWords } from "../../names/peers.ts";
import type { ScpFlags } from "../plan/flags.ts";
import type { RunOptions } from "../plan/job.ts";
import { Left } from "../plan/left.ts";
import { writeLeft } from "../plan/lists.ts";
import type { CopyPlan } from "../plan/plan.ts";
import { type FileOutcome, ofOnlyFile, statusOf, summaryOf } from "../told/outcome.ts";
import { progressOf, tell, type Telling } from "../told/telling.ts";
import type { Overwrite } from "./files.ts";
import { minuteOfDay, Pace } from "./pace.ts";
import { runJobs } from "./run.ts";
import { standardOf } from "./standard.ts";

/** Files at once, when nothing is said. */
const JOBS = 4;
/** On fewer cores than these several streams of a file that goes this fast, bytes a second, take from each other. */
const CORES = 4;
const FAST = 16_000_000;

/** A copy that was planned. */
export interface PlannedCopy {
  /** What was asked for. */
  readonly order: CopyOrder;
  /** The files of it. */
  readonly plan: CopyPlan;
  /** The peer as a person calls it. */
  readonly peer: string;
  /** What becomes of a local file that is there. */
  readonly overwrite: Overwrite;
}

/**
 * Copies.
 * @throws The signal's reason; what was not copied by then is in the list of `--failed-to`.
 */
export async function runCopy(
  context: Context,
  flags: ScpFlags,
  copy: PlannedCopy,
  { app, settings }: CommandApp,
): Promise<Status> {
  const { print, clock, signal } = context;
  const { order, plan, peer, overwrite } = copy;
  const address = { pk: order.pk, port: flags.port ?? SCP_PORT };
  const progress = progressOf(context, flags);
  const digest = await loadSha256();
  const beganMs = clock.nowMs();
  const telling: Telling = {
    single: plan.jobs.length === 1 && plan.directories.length === 0,
    said: new Set(),
    words: await peopleWords(context),
  };
  const left = new Left(plan, flags.preserve && order.direction === "upload");
  const keepLeft = (): Promise<void> => writeLeft(context, flags, left);
  // One that is killed keeps nothing at its end. Whether it can be kept at all is said there.
  await keepLeft().catch(() => {});
  let isKept = false;
  let hasCopied = false;
  const outcomes = await runJobs(plan.jobs, optionsOf(context, flags, copy), {
    context,
    dial: (apart) => app.node.dial(address, signal, apart),
    peer,
    pk: app.pk,
    standard: standardOf(settings.dataDir, signal),
    packing: flags.noCompress ? undefined : systemPacking(),
    progress,
    digest,
    onNotice: (text) => {
      progress.clear();
      if (!flags.quiet) print.note("scpNotice", { text: telling.words.text(text) });
    },
    onKept: () => isKept = true,
    onOutcome: (outcome, one) => {
      progress.clear();
      hasCopied ||= outcome.state === "copied";
      left.told(one, outcome.state);
      tell(context, flags, order, outcome, telling);
    },
  }).catch(async (error) => {
    await keepLeft(); // what was not begun is not there either
    throw error;
  }).finally(() => {
    progress.clear();
    // What was pulled before it is there now, and would be refused, or kept as an old version.
    const isRefused = order.direction === "download" && hasCopied && !["replace", "keep"].includes(overwrite);
    if (isKept && !isRefused && !flags.quiet) print.note("scpGoesOn", undefined);
  });
  tellEnd(context, flags, copy, outcomes, clock.nowMs() - beganMs, telling);
  left.ended();
  await keepLeft();
  return statusOf(outcomes);
}

const optionsOf = (
  { clock, signal }: Context,
  flags: ScpFlags,
  { order, plan, overwrite }: PlannedCopy,
): RunOptions => ({
  direction: order.direction,
  jobs: flags.jobs ?? JOBS,
  streams: flags.streams ?? 1 + MORE_STREAMS,
  fastBytesPerS: flags.streams === undefined && navigator.hardwareConcurrency < CORES ? FAST : undefined,
  retries: flags.retries,
  overwrite,
  verify: flags.verify,
  reuse: flags.reuse,
  extended: !flags.classic,
  preserve: flags.preserve,
  isExtended: order.direction === "download" && plan.directories.length > 0,
  directories: plan.directories,
  pace: flags.limit && new Pace(flags.limit, clock, signal, minuteOfDay),
});

/** The failure of the only file is that of the command; of several files there is a sum. */
function tellEnd(
  { print }: Context,
  flags: ScpFlags,
  { peer, order }: PlannedCopy,
  outcomes: readonly FileOutcome[],
  ms: number,
  { single, words }: Telling,
): void {
  const failure = single ? ofOnlyFile(outcomes[0], peer, order.direction) : undefined;
  if (failure && !flags.json) print.failure(words.failure(failure));
  if (!single || flags.json) {
    const summary = summaryOf(outcomes, ms);
    if (flags.json) print.out("scpSummary", summary);
    else if (!flags.quiet || summary.failed > 0) print.note("scpSummary", summary);
  }
  if (failure && flags.json) print.failure(failure);
}
