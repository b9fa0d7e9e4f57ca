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
import { list } from "../../lib/scp/many.ts";
import type { KeptFacts } from "../../lib/sys/tree/tree.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { type CommandApp, openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { parsePathOrPipe, PIPE } from "../flags/paths.ts";
import { peopleWords } from "../names/peers.ts";
import { overwriteOf, scpAliases, type ScpFlags, scpFlags } from "../scp/plan/flags.ts";
import { Left } from "../scp/plan/left.ts";
import { readList, removeLeft, writeLeft } from "../scp/plan/lists.ts";
import { orderOf } from "../scp/plan/order.ts";
import { type CopyPlan, planDownload, planTree, tellLeftOut } from "../scp/plan/plan.ts";
import { planUpload } from "../scp/plan/upload.ts";
import { showWould } from "../scp/plan/would.ts";
import { type PlannedCopy, runCopy } from "../scp/run/copy.ts";
import { equalJobs } from "../scp/run/equal.ts";
import { explained, statusOf } from "../scp/told/outcome.ts";

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
      parameter: {
        parse: parsePathOrPipe,
        placeholder: "path",
        brief: "Sources and target; one side is PEER:PATH",
      },
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
    ? await planUpload(order, {
      recursive: flags.recursive,
      listed: listed ?? [],
      onNone: (plan) => writeLeft(context, flags, new Left(plan, false)),
    })
    : await planDownload(order, listed);
  tellLeftOut(context, flags, plan);
  if (flags.dryRun) {
    return statusOf(await showWould(context, flags, { ...work, plan, words: await peopleWords(context) }));
  }
  return await opened(context, flags, order, (app) => runCopy(context, flags, { ...work, plan }, app));
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
function pullTree(context: Context, flags: ScpFlags, work: Omit<PlannedCopy, "plan">): Promise<Status> {
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
      if (!isFile) {
        // What is in the directory is not known: a list of an earlier copy would pass for it.
        await removeLeft(context, flags);
        throw noTree(explained(error, peer, app.app.pk));
      }
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
    return await runCopy(context, flags, { ...work, plan }, app);
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

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
