/**
 * `dmsg bot cron`: runs a job, publishes how it ended, and ends as it did.
 *
 * @see lib/bot/job.ts
 * @module
 */
import type { Command } from "@stricli/core";
import { jobWidgets } from "../../../lib/bot/job.ts";
import type { ShippedWidget } from "../../../lib/bot/widget.ts";
import { sleep } from "../../../lib/sys/clock.ts";
import { checkAckWaits } from "../../flags/ack_wait.ts";
import { openCommandApp } from "../../app.ts";
import { type EndedJob, runJob } from "../../bot/job.ts";
import { conversationsOf, needIn, publishAll } from "../../bot/publish.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { failureOf, type Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../../flags/flags.ts";
import { jobTurn, LONG_TURN_MS, waitsLong } from "../../bot/job_turn.ts";
import { TimeLimit } from "../../flags/time_limit.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { botNameFlag, commandArguments, publishInFlag, waitFlag } from "./flags.ts";

type Flags = CommonFlags & {
  readonly in?: readonly string[];
  readonly name: string;
  readonly age?: number;
  readonly wait: number;
};

/** `dmsg bot cron`. */
export const cron: Command<Context> = command({
  brief: "Run a job and publish how it ended",
  details:
    "For a crontab: status, duration, end and the last lines of a job as widgets. The job's output is passed on, and\n" +
    "its status is ours, so cron and scripts go on working as before; 127 and 126 when it can't be started. A\n" +
    "failure to publish is reported on standard error and changes no status. A job that ends again sooner than `dmsg\n" +
    "bot pace` allows waits for its turn, up to 10 min, so that its last outcome is what is shown.",
  examples: [
    ["dmsg bot cron --in ops --name backup --age 25h -- ./backup.sh", "Stale when it has not run for a day"],
  ],
  parameters: {
    flags: {
      in: publishInFlag,
      name: { ...botNameFlag, default: "job", brief: "What the job is called" },
      age: {
        kind: "parsed",
        parse: parseDurationMs,
        optional: true,
        placeholder: "time",
        brief: "It is stale when it has not run for so long",
      },
      wait: waitFlag,
      ...commonFlags,
    },
    aliases: { ...commonAliases, w: "wait" },
    positional: commandArguments,
  },
  async run(context: Context, flags: Flags, ...words: string[]) {
    const names = needIn(flags.in);
    const [program, ...args] = words;
    if (program === undefined || program === "") {
      throw new UserError("There is no job to run", { kind: "usage", hint: "Give it behind --." });
    }
    await checkAckWaits(context, names, flags.wait);
    const job = await runJob(context, program, args);
    if (!context.signal.aborted) await publish(context, flags, names, job);
    return job.status as Status;
  },
});

async function publish(
  context: Context,
  flags: Flags,
  names: readonly string[],
  job: EndedJob,
): Promise<void> {
  const { clock, print, signal } = context;
  const untilMs = clock.nowMs() + LONG_TURN_MS;
  const widgets = jobWidgets({
    ...job,
    name: flags.name,
    ...(flags.age === undefined ? {} : { ageMs: flags.age }),
  });
  try {
    let later = await publishDue(context, flags, names, widgets, untilMs);
    if (later !== undefined) print.note("jobWaits", { interval_ms: later.intervalMs, left_ms: later.leftMs });
    while (later !== undefined) {
      await sleep(clock, later.leftMs, signal);
      later = await publishDue(context, flags, later.names, widgets, untilMs);
    }
  } catch (error) {
    notPublished(context, error);
  }
}

/** What must wait, and the first of its turns. */
interface Later {
  readonly names: readonly string[];
  readonly intervalMs: number;
  readonly leftMs: number;
}

/** Publishes where it is its turn, or will not be in time, which is said. @returns The rest, if there is any. */
async function publishDue(
  context: Context,
  flags: Flags,
  names: readonly string[],
  widgets: readonly ShippedWidget[],
  untilMs: number,
): Promise<Later | undefined> {
  const { clock } = context;
  const limit = flags.wait > 0 ? new TimeLimit(clock, flags.wait, clock.nowMs()) : undefined; // the job took its own time
  const request = { command: "bot cron", makes: "none", resident: false, pauses: true, limit } as const;
  const opened = await openCommandApp(context, flags, request);
  try {
    const nowMs = Number(clock.wallNs() / 1_000_000n);
    const restMs = untilMs - clock.nowMs();
    const turns = await Promise.all((await conversationsOf(context, opened, names)).map(
      async (conversation, at) => ({
        name: names[at],
        conversation,
        ...await jobTurn(opened.app, conversation, widgets, nowMs),
      }),
    ));
    const open = turns.filter(({ isOver }) => !isOver);
    const long = open.filter((turn) => waitsLong(turn, flags.wait, restMs));
    const conversations = open.filter((turn) => !long.includes(turn)).map(({ conversation }) => conversation);
    const waitMs = limit ? Math.ceil(limit.leftMs()) : 0;
    await publishAll(context, opened, { conversations, widgets, waitMs })
      .catch((error) => notPublished(context, error));
    const [first] = long.toSorted((a, b) => a.leftMs - b.leftMs);
    return first && { ...first, names: long.map(({ name }) => name) };
  } finally {
    await opened.app.close();
  }
}

const notPublished = ({ print, signal }: Context, error: unknown): void =>
  print.note("notPublished", { error: failureOf(error, signal.reason).message });
