/**
 * `dmsg scp`, and `dmsgscp`: copies files to and from a peer.
 *
 * @see lib/scp/README.md; cli/README.md "Copying files"
 * @module
 */
import type { Command } from "@stricli/core";
import { loadSha256 } from "../../lib/crypto/digest.ts";
import { belowRoot, type CopyOrder } from "../../lib/scp/arguments.ts";
import { SCP_PORT } from "../../lib/scp/client.ts";
import { CopyError, NoExtension } from "../../lib/scp/errors.ts";
import { MORE_STREAMS } from "../../lib/scp/extended/stripes.ts";
import { list } from "../../lib/scp/many.ts";
import { systemPacking } from "../../lib/sys/copies/packing.ts";
import type { KeptFacts } from "../../lib/sys/tree/tree.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { type CommandApp, openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { PIPE } from "../flags/paths.ts";
import { peopleWords } from "../names/peers.ts";
import { columns } from "../output/columns.ts";
import { overwriteOf, scpAliases, type ScpFlags, scpFlags } from "../scp/plan/flags.ts";
import { directoryLine, type ListedFile, readList, writeList } from "../scp/plan/lists.ts";
import { orderOf } from "../scp/plan/order.ts";
import {
  type CopyJob,
  type CopyPlan,
  planDownload,
  type PlannedDirectory,
  planTree,
  tellLeftOut,
} from "../scp/plan/plan.ts";
import { planUpload } from "../scp/plan/upload.ts";
import { showWould } from "../scp/plan/would.ts";
import { equalJobs } from "../scp/run/equal.ts";
import type { Overwrite } from "../scp/run/files.ts";
import { minuteOfDay, Pace } from "../scp/run/pace.ts";
import { runJobs } from "../scp/run/run.ts";
import { standardOf } from "../scp/run/standard.ts";
import { type CopyCause, explained, statusOf, summaryOf } from "../scp/told/outcome.ts";
import { Progress } from "../scp/told/progress.ts";
import { tell } from "../scp/told/telling.ts";

/** Files at once, when nothing is said. */
const JOBS = 4;
/** On fewer cores than these several streams of a file take from each other: it then goes over one. */
const CORES = 4;
/** Streams of a long file, likewise. */
const STREAMS = navigator.hardwareConcurrency < CORES ? 1 : 1 + MORE_STREAMS;

/** `dmsg scp`. */
const scp: Command<Context> = command({
  brief: "Copy files to and from a peer",
  ofGroups: "dmsg scp --to @GROUP",
  details:
    "One side is PEER:PATH, a path below the directory that the peer shares: `dmsg scp-host`, `dmsg daemon`, or a\n" +
    "visor. Several sources, or a target that ends with /, keep their names. - is standard input or output.\n" +
    "A file that is replaced at the peer is lost only when the new one is whole; a local one is replaced with\n" +
    "--force or --backup only. Directories that are missing are made, here and there, for their owner alone.\n" +
    "The peer must have our key on its list: `dmsg id` shows it.",
  examples: [
    ["dmsg scp report.pdf alice:", "Push a file under its name"],
    ["dmsg scp -r photos alice:backup/", "Push a directory into backup/"],
    ["dmsg scp alice:report.pdf .", "Pull a file"],
    ["dmsg scp -r alice:photos .", "Pull a directory from one of ours"],
    ["dmsg scp --to alice,bob report.pdf :in/", "Push to several, each at its own pace"],
    ["tar c dir | dmsg scp - alice:dir.tar", "Push what a program writes"],
    ["dmsg scp --failed-to rest -r dir PK: || dmsg scp --files-from rest PK:", "Try again what has failed"],
    ["dmsg scp --files-from rest PK: .", "The same for a pull"],
  ],
  parameters: {
    flags: scpFlags,
    aliases: scpAliases,
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "path", brief: "Sources and target; one side is PEER:PATH" },
    },
  },
  run: (context: Context, flags: ScpFlags, ...paths: string[]) => copy(context, flags, paths),
});

export default scp;

async function copy(context: Context, flags: ScpFlags, paths: readonly string[]): Promise<Status> {
  const { print } = context;
  if (flags.to !== undefined || flags.retryFailed) {
    return await (await import("../scp/many/to.ts")).copyToMany(context, flags, paths);
  }
  const overwrite = overwriteOf(flags);
  const listed = await readList(context, flags.filesFrom);
  const order = await orderOf(context, paths, listed);
  if (belowRoot(order.path).dropped && !flags.quiet) {
    print.note("scpBelowRoot", { path: belowRoot(order.path).path });
  }
  const peer = paths[order.direction === "upload" ? paths.length - 1 : 0].split(":")[0];
  const work = { order, peer, overwrite };
  if (order.direction === "download" && flags.recursive && listed !== undefined) {
    throw usage("--files-from names the files of a pull", "Leave -r out: PK:DIR is what they are below.");
  }
  if (order.direction === "download" && flags.recursive) return await pullTree(context, flags, work);
  const plan = order.direction === "upload"
    ? await planUpload(order, { recursive: flags.recursive, listed: listed ?? [] })
    : await planDownload(order, listed);
  tellLeftOut(context, flags, plan);
  if (flags.dryRun) {
    return statusOf(await showWould(context, flags, { ...work, plan, words: await peopleWords(context) }));
  }
  return await opened(context, flags, order, (app) => run(context, flags, { ...work, plan }, app));
}

/** Opens the App for a copy with one peer. */
async function opened(
  context: Context,
  flags: ScpFlags,
  order: CopyOrder,
  work: (app: CommandApp) => Promise<Status>,
): Promise<Status> {
  const peers = [{ pk: order.pk, port: flags.port ?? SCP_PORT }];
  const app = await openCommandApp(context, flags, {
    command: "scp",
    resident: false,
    storeless: true,
    peers,
  });
  try {
    return await work(app);
  } finally {
    await app.app.close();
  }
}

/** A directory is asked for, and then what is in it. */
function pullTree(context: Context, flags: ScpFlags, work: Omit<Work, "plan">): Promise<Status> {
  const { order, peer } = work;
  if (flags.classic) throw usage("--classic pulls no directories", "Name the files.");
  if (order.local[0] === PIPE) {
    throw usage("A directory does not go to standard output", "Name a directory.");
  }
  return opened(context, flags, order, async (app) => {
    const address = { pk: order.pk, port: flags.port ?? SCP_PORT };
    const { clock, signal, os } = context;
    let plan: CopyPlan;
    try {
      const path = belowRoot(order.path).path.replace(/\/+$/, "") || ".";
      let top: KeptFacts | undefined;
      const onTop = (facts: KeptFacts): void => void (top = facts);
      const entries = await list(await app.app.node.dial(address, signal), path, { clock, signal, onTop });
      plan = await planTree(order, entries, os, top);
    } catch (error) {
      signal.throwIfAborted();
      const isFile = error instanceof NoExtension ||
        (error instanceof CopyError && /not a directory$/.test(error.message));
      if (!isFile) throw noTree(explained(error, peer, app.app.pk));
      plan = await planDownload(order);
    }
    tellLeftOut(context, flags, plan);
    if (flags.dryRun) {
      const dial = () => app.app.node.dial(address, signal);
      const parts = { context, dial, digest: await loadSha256() };
      const compared = { direction: order.direction, preserve: flags.preserve };
      const equal = plan.directories.length === 0 || flags.verify
        ? undefined
        : await equalJobs(plan.jobs, [], compared, parts).catch((error) => {
          throw explained(error, peer, app.app.pk);
        });
      const words = await peopleWords(context);
      return statusOf(await showWould(context, flags, { ...work, plan, equal, words }));
    }
    return await run(context, flags, { ...work, plan }, app);
  });
}

/** A visor's host serves files only. */
const noTree = (error: unknown): unknown =>
  error instanceof CopyError && /directory transfers not supported$/.test(error.message)
    ? new UserError("The peer is a visor, and visors send files only", {
      kind: "usage",
      hint: "Name the files.",
      cause: error,
    })
    : error;

interface Work {
  readonly order: CopyOrder;
  readonly plan: CopyPlan;
  readonly peer: string;
  readonly overwrite: Overwrite;
}

async function run(
  context: Context,
  flags: ScpFlags,
  work: Work,
  { app, settings }: CommandApp,
): Promise<Status> {
  const { print, clock, signal } = context;
  const { order, plan, peer, overwrite } = work;
  const address = { pk: order.pk, port: flags.port ?? SCP_PORT };
  const digest = await loadSha256();
  const draws = !flags.quiet && !flags.json && Deno.stderr.isTerminal();
  const progress = new Progress(clock, {
    ...(draws ? { draw: (text: string) => print.noteText(text), columns } : {}),
    ...(flags.json && !flags.quiet
      ? { event: (event) => print.hasRoom && print.out("scpProgress", event) }
      : {}),
  });
  const beganMs = clock.nowMs();
  const words = await peopleWords(context);
  const note = (text: string): void => {
    progress.clear();
    if (!flags.quiet) print.note("scpNotice", { text: words.text(text) });
  };
  const single = plan.jobs.length === 1 && plan.directories.length === 0;
  const said = new Set<CopyCause>();
  let isKept = false;
  let hasCopied = false;
  // What files lead to is made anyway, and what is kept of a directory no list says.
  const wanted = plan.directories.filter(({ isEmpty }) =>
    isEmpty || (flags.preserve && order.direction === "upload")
  );
  const left = new Set<CopyJob | PlannedDirectory>([
    ...plan.jobs.filter(({ isSecond }) => !isSecond),
    ...wanted,
  ]);
  const writeLeft = async (): Promise<void> => {
    if (flags.failedTo !== undefined) await writeList(context, flags.failedTo, [...left].map(listedOf));
  };
  const failed = new Set<CopyJob | PlannedDirectory>();
  const outcomes = await runJobs(plan.jobs, {
    direction: order.direction,
    jobs: flags.jobs ?? JOBS,
    streams: flags.streams ?? STREAMS,
    retries: flags.retries,
    overwrite,
    verify: flags.verify,
    reuse: flags.reuse,
    extended: !flags.classic,
    preserve: flags.preserve,
    isExtended: order.direction === "download" && plan.directories.length > 0,
    directories: plan.directories,
    pace: flags.limit && new Pace(flags.limit, clock, signal, minuteOfDay),
  }, {
    context,
    dial: (apart) => app.node.dial(address, signal, apart),
    peer,
    pk: app.pk,
    standard: standardOf(settings.dataDir, signal),
    packing: flags.noCompress ? undefined : systemPacking(),
    progress,
    digest,
    onNotice: note,
    onKept: () => isKept = true,
    onOutcome: (outcome, one) => {
      progress.clear();
      hasCopied ||= outcome.state === "copied";
      if (outcome.state === "failed") failed.add(one);
      else left.delete(one);
      tell(context, flags, order, outcome, { single, said, words });
    },
  }).catch(async (error) => {
    await writeLeft(); // what was not begun is not there either
    throw error;
  }).finally(() => {
    progress.clear();
    // What was pulled before it is there now, and would be refused, or kept as an old version.
    const isRefused = order.direction === "download" && hasCopied && !["replace", "keep"].includes(overwrite);
    if (isKept && !isRefused && !flags.quiet) print.note("scpGoesOn", undefined);
  });
  if (single && outcomes[0].failure && !flags.json) {
    print.failure(words.failure(outcomes[0].failure));
  }
  if (!single || flags.json) {
    const summary = summaryOf(outcomes, clock.nowMs() - beganMs);
    if (flags.json) print.out("scpSummary", summary);
    else if (!flags.quiet || summary.failed > 0) print.note("scpSummary", summary);
  }
  if (single && outcomes[0].failure && flags.json) print.failure(outcomes[0].failure);
  for (const one of wanted) if (!failed.has(one)) left.delete(one);
  await writeLeft();
  return statusOf(outcomes);
}

/** A directory is a line with a slash behind both paths. */
const listedOf = (one: CopyJob | PlannedDirectory): ListedFile =>
  "isEmpty" in one ? directoryLine(one.local, one.remote) : one;

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
