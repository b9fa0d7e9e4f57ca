/**
 * `scp --to` and `--retry-failed` as a command: who, what, the table at the end, and what is remembered of it.
 *
 * @see cli/scp/many/many.ts
 * @module
 */
import type { Groups } from "../../../lib/app/groups/groups.ts";
import { loadSha256 } from "../../../lib/crypto/digest.ts";
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import type { KeptApp } from "../../../lib/owner/handover/takeover.ts";
import { SCP_PORT } from "../../../lib/scp/client.ts";
import { systemPacking } from "../../../lib/sys/copies/packing.ts";
import { join } from "../../../lib/sys/paths.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { type CommandApp, openCommandApp } from "../../app.ts";
import type { Context } from "../../context.ts";
import type { Status } from "../../exit.ts";
import { PIPE } from "../../flags/paths.ts";
import { groupNamed } from "../../names/groups.ts";
import { peerNamed, PeerNames, type PeopleWords, peopleWords } from "../../names/peers.ts";
import { overwriteOf, type ScpFlags } from "../plan/flags.ts";
import { type CopyJob, type PlannedDirectory, tellLeftOut } from "../plan/plan.ts";
import { planUpload } from "../plan/upload.ts";
import { showWouldTo } from "../plan/would.ts";
import { openLocalAt } from "../run/files.ts";
import { minuteOfDay, Pace } from "../run/pace.ts";
import { statusOf, summaryOf } from "../told/outcome.ts";
import { progressOf, tellOnce } from "../told/telling.ts";
import { type RecipientOutcome, sendToMany } from "./many.ts";
import type { Recipient } from "./parts.ts";
import { isGone, remembered, RETRY_FILE, Undelivered } from "./undelivered.ts";

/** Copies one set of files to many peers. */
export async function copyToMany(
  context: Context,
  flags: ScpFlags,
  paths: readonly string[],
): Promise<Status> {
  check(flags, paths);
  const { print } = context;
  const settings = await context.settings(flags);
  const path = join(settings.identityDir, RETRY_FILE);
  const port = flags.port ?? SCP_PORT;
  // Who is in a group is in the store.
  const asked = flags.to?.some((name) => name.startsWith("@"))
    ? await openCommandApp(context, flags, { command: "scp", resident: false })
    : undefined;
  const { jobs, directories, recipients } =
    await (flags.retryFailed ? remembered(context, path, flags) : planned(context, flags, paths, asked?.app))
      .catch(
        async (error) => {
          await asked?.app.close();
          throw error;
        },
      );
  if (flags.dryRun) {
    await asked?.app.close();
    const words = await peopleWords(context);
    return statusOf(await showWouldTo(context, flags, { jobs, directories }, recipients, words));
  }
  // What files lead to is made anyway.
  const made = directories.filter(({ isEmpty }) => isEmpty || flags.preserve);
  const left = new Undelivered(jobs, recipients, made);
  // A program that is killed, or loses power, keeps nothing at its end. Whether it can be kept at all is said there.
  await left.keep(context, path, Deno.cwd()).catch(() => {});
  try {
    const opened = asked ?? await openCommandApp(context, flags, {
      command: "scp",
      resident: false,
      storeless: true,
      peers: recipients.map(({ pk }) => ({ pk, port })),
    });
    try {
      return await send(context, flags, { jobs, directories: made, recipients, port, left }, opened.app);
    } finally {
      await opened.app.close();
    }
  } finally {
    // Also when it is ended: what was not begun is not there either.
    if (await left.keep(context, path, Deno.cwd()) && !flags.quiet) {
      print.note("scpNotice", { text: "`dmsg scp --retry-failed` tries again what has failed" });
    }
  }
}

/** What is copied to whom. */
export interface ToWork {
  /** Files. */
  readonly jobs: readonly CopyJob[];
  /** Directories in which they lie, and empty ones. */
  readonly directories: readonly PlannedDirectory[];
  /** Who gets them. */
  readonly recipients: readonly Recipient[];
  /** Of theirs. */
  readonly port: number;
  /** Gets less. */
  readonly left: Undelivered;
}

async function send(
  context: Context,
  flags: ScpFlags,
  { jobs, directories, recipients, port, left }: ToWork,
  app: CommandApp["app"],
): Promise<Status> {
  const { print, clock, signal } = context;
  const progress = progressOf(context, flags);
  const wanted = recipients.map(({ wants }) => jobs.filter(wants));
  progress.expect(
    wanted.reduce((sum, own) => sum + own.length, 0),
    wanted.flat().reduce((sum, { size = 0 }) => sum + size, 0),
  );
  const beganMs = clock.nowMs();
  const digest = await loadSha256();
  const words = await peopleWords(context);
  const said = new Set<string>();
  const lost = new Set<string>();
  const isSingle = jobs.length + directories.length === 1; // the table has all of it
  const { results } = await sendToMany(jobs, recipients, {
    context,
    pk: app.pk,
    dial: (pk) => app.node.dial({ pk, port }, signal),
    retries: flags.retries,
    pace: flags.limit && new Pace(flags.limit, clock, signal, minuteOfDay),
    progress,
    open: (path) => openLocalAt(path, digest),
    digest,
    extended: !flags.classic,
    preserve: flags.preserve,
    directories,
    keeps: overwriteOf(flags) === "keep",
    verify: flags.verify,
    packing: flags.noCompress ? undefined : systemPacking(),
    onNotice: (text) => {
      progress.clear();
      if (!flags.quiet) print.note("scpNotice", { text: words.text(text) });
    },
    onOutcome: (recipient, outcome, job) => {
      progress.clear();
      const { failure, ...rest } = outcome;
      const isLost = flags.retryFailed && isGone(outcome, job);
      if (isLost) lost.add(outcome.source);
      if (job && (!failure || isLost)) left.over(recipient, job);
      const { why, status, message, hint } = failure ?? {};
      const told = failure ? { cause: why, status, message, hint } : {};
      if (flags.json) print.out("scpFile", { type: "file", ...rest, ...told });
      else if (failure && !isSingle) tellOnce(context, outcome, { said, words });
      else if (!failure && flags.verbose) print.note("scpDone", { direction: "upload", ...rest });
    },
  }).finally(() => progress.clear());
  for (const { recipient, directories: failed } of results) {
    const names = new Set(failed.map(({ source }) => source));
    for (const one of directories) if (!names.has(one.local)) left.over(recipient, one);
  }
  table(context, flags, results, words);
  if (lost.size > 0 && !flags.quiet) {
    print.note("scpNotice", { text: `what is not there any more is not tried again (${lost.size})` });
  }
  const all = results.flatMap(({ outcomes }) => outcomes);
  if (flags.json) print.out("scpSummary", summaryOf(all, clock.nowMs() - beganMs));
  return statusOf(all);
}

function table(
  { print }: Context,
  flags: ScpFlags,
  results: readonly RecipientOutcome[],
  words: PeopleWords,
): void {
  for (const { recipient, outcomes } of results) {
    const { copied, skipped, failed, bytes } = summaryOf(outcomes, 0);
    const message = outcomes.find(({ failure }) => failure)?.failure?.message;
    const reason = message === undefined ? undefined : words.text(message);
    const line = {
      type: "peer" as const,
      peer: recipient.name,
      pk: recipient.pk,
      copied,
      skipped,
      failed,
      bytes,
      status: statusOf(outcomes),
      reason,
    };
    if (flags.json) print.out("scpPeer", line);
    else if (!flags.quiet || failed > 0) print.note("scpPeer", line);
  }
}

async function planned(
  context: Context,
  flags: ScpFlags,
  paths: readonly string[],
  app: Pick<KeptApp, "groups" | "pk"> | undefined,
) {
  const last = paths.at(-1)!;
  const [local, path] = last.startsWith(":") ? [paths.slice(0, -1), last.slice(1)] : [paths, ""];
  if (local.length === 0) throw usage("There is nothing to copy", "Give the files before the :PATH.");
  if (local.includes(PIPE)) {
    throw usage("--to takes files, not standard input", "Keep it in a file first.");
  }
  const known = new PeerNames(context);
  if (app) await known.load();
  const recipients = await recipientsOf(flags.to!, {
    app,
    keyOf: (name) => peerNamed(context, name),
    shown: (pk) => known.shown(pk),
  });
  const plan = await planUpload({ pk: "", direction: "upload", path, local }, {
    recursive: flags.recursive,
    listed: [],
  });
  tellLeftOut(context, flags, plan);
  return { jobs: plan.jobs, directories: plan.directories, recipients };
}

/**
 * Who gets the files, each once.
 * @param names  Peers, and groups with `@` before their names: their members, except for us.
 * @throws {UserError} usage: no such peer or group, or a group that has nobody else.
 */
export async function recipientsOf(
  names: readonly string[],
  { app, keyOf, shown }: {
    readonly app:
      | { readonly pk: PublicKeyHex; readonly groups: Pick<Groups, "list" | "members"> }
      | undefined;
    readonly keyOf: (name: string) => Promise<PublicKeyHex>;
    readonly shown: (pk: PublicKeyHex) => string;
  },
): Promise<Recipient[]> {
  const recipients = new Map<PublicKeyHex, Recipient>();
  const add = (pk: PublicKeyHex, name: string): void => {
    if (!recipients.has(pk)) recipients.set(pk, { pk, name, wants: () => true });
  };
  for (const name of new Set(names)) {
    if (!name.startsWith("@")) {
      add(await keyOf(name), name);
      continue;
    }
    const { id, name: called } = await groupNamed(app!.groups, name.slice(1));
    const others = (await app!.groups.members({ group: id })).filter(({ pk }) => pk !== app!.pk);
    if (others.length === 0) throw usage(`Nobody else is in ${called}`, "`dmsg group members` shows who is.");
    for (const { pk } of others) add(pk, shown(pk));
  }
  return [...recipients.values()];
}

function check(flags: ScpFlags, paths: readonly string[]): void {
  if (flags.retryFailed && (flags.to !== undefined || paths.length > 0)) {
    throw usage("--retry-failed knows by itself what to copy, and to whom", "Give it alone.");
  }
  if (!flags.retryFailed && paths.length === 0) {
    throw usage("There is nothing to copy: give the files", "See `dmsg scp --help`.");
  }
  overwriteOf(flags);
  if (flags.backup) {
    throw usage(
      "--backup is for local files, and --to replaces none",
      "--no-clobber leaves what a peer has.",
    );
  }
  if (flags.jobs !== undefined || flags.streams !== undefined) {
    throw usage(
      "--jobs and --streams are for a copy with one peer",
      "--to sends to all at the same time, to each one file after the other over one stream.",
    );
  }
  if (flags.filesFrom !== undefined || flags.failedTo !== undefined) {
    throw usage(
      "--files-from and --failed-to do not go with --to",
      "--retry-failed tries again what has failed.",
    );
  }
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
