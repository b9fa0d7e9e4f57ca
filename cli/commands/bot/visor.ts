/**
 * `dmsg bot visor`: how this machine stands, as widgets.
 *
 * @see lib/bot/visor.ts
 * @module
 */
import type { Command } from "@stricli/core";
import type { ConversationId } from "../../../lib/app/messages/messages.ts";
import type { PublishReport } from "../../../lib/app/overlays/overlays.ts";
import { machineWidgets, readMachine, VISOR_SCRIPT } from "../../../lib/bot/visor.ts";
import type { ShippedWidget } from "../../../lib/bot/widget.ts";
import { sleep } from "../../../lib/sys/clock.ts";
import { systemOs } from "../../../lib/sys/paths.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { type CommandApp, openCommandApp } from "../../app.ts";
import { conversationsOf, needIn, publishAll } from "../../bot/publish.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { parsePlace } from "../../flags/paths.ts";
import { EventLog } from "../../resident/event_log.ts";
import { failureOf, Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../../flags/flags.ts";
import { statusOfSaid } from "../../names/overlays.ts";
import { PeerNames } from "../../names/peers.ts";
import { stay } from "../../resident/stay.ts";
import { publishInFlag } from "./flags.ts";

/** Shortest time between two looks: a conversation keeps one value of a widget in 10 s. */
const MIN_EVERY_MS = 10_000;
/** A value is stale when so many looks have passed, and said again when half of them have. */
const STALE_LOOKS = 6;
/** Longest wait until one has arrived; it is queued then. */
const WAIT_MS = 5000;
/** Longest a look may take, as where a disk is gone. */
const LOOK_MS = 10_000;

type Flags = CommonFlags & {
  readonly in?: readonly string[];
  readonly every: number;
  readonly disk: string;
  readonly once: boolean;
};

/** `dmsg bot visor`. */
export const visor: Command<Context> = command({
  brief: "Publish how this machine is doing: load, temperature, disk, …",
  details:
    "Uptime, load, temperature, disk, memory and battery as widgets, read from what the system shows to everybody;\n" +
    "what a machine lacks is left out. `dmsg dash` draws them, for many machines when all publish into one group. A\n" +
    "value that has not changed is sent again before it becomes stale. With --once the status is 10 while nobody has\n" +
    "all of them.",
  examples: [
    ["dmsg bot visor --in ops", "Every minute, until it is ended"],
    ["dmsg bot visor --in ops --once", "Once, for a crontab"],
    ["dmsg bot visor --in ops --once --json", "A line for each value, as of `dmsg widget`"],
  ],
  parameters: {
    flags: {
      in: publishInFlag,
      every: {
        kind: "parsed",
        parse: parseEvery,
        default: "60s",
        placeholder: "time",
        brief: "How often to look, 10 s or more",
      },
      disk: {
        kind: "parsed",
        parse: parsePlace,
        default: "/",
        placeholder: "path",
        brief: "Somewhere on the disk that is meant",
      },
      once: { kind: "boolean", default: false, withNegated: false, brief: "Publish once, and end" },
      ...commonFlags,
    },
    aliases: commonAliases,
  },
  async run(context: Context, flags: Flags) {
    const names = needIn(flags.in);
    await checkDisk(context, flags.disk);
    const request = { command: "bot visor", makes: "none", resident: !flags.once } as const;
    const opened = await openCommandApp(context, flags, request);
    try {
      const conversations = await conversationsOf(context, opened, names);
      const said = new Map<string, { readonly text: string; readonly atMs: number }>();
      const publish = (news: readonly ShippedWidget[], waitMs: number): Promise<PublishReport[]> =>
        publishAll(context, opened, { conversations, widgets: news, waitMs, stays: !flags.once });
      /** What is new since the last look, or would be stale. */
      const look = async (): Promise<ShippedWidget[]> => {
        const nowMs = context.clock.nowMs();
        const all = await lookAt(context, flags);
        if (all.length === 0) throw nothingToSay();
        const news = all.filter((widget) => {
          const last = said.get(widget.id);
          const isOld = last !== undefined && nowMs - last.atMs >= flags.every * STALE_LOOKS / 2;
          return last?.text !== JSON.stringify(widget) || isOld;
        });
        for (const widget of news) said.set(widget.id, { text: JSON.stringify(widget), atMs: nowMs });
        return news;
      };
      if (!flags.once) {
        return await goOn(context, opened, flags, async (onFailure) => {
          const news = await look();
          // A conversation may take values more seldom than we look: the next look's go in the place of those that wait.
          publish(news, 0).catch((error) => {
            for (const { id } of news) said.delete(id);
            onFailure(error);
          });
        });
      }
      const widgets = await look();
      const reports = await publish(widgets, WAIT_MS);
      if (context.print.mode.json) {
        await tell(context, opened, conversations, reports);
        return statusOfSaid(reports);
      }
      const queued = reports.filter(({ state }) => state === "queued").length;
      if (queued > 0) context.print.note("valuesQueued", { queued, total: reports.length });
      return statusOfSaid(reports);
    } finally {
      await opened.app.close();
    }
  },
});

/** A line for each value, as `dmsg widget` has it. @param reports  Of each conversation all its values, in turn. */
async function tell(
  context: Context,
  { app }: CommandApp,
  conversations: readonly ConversationId[],
  reports: readonly PublishReport[],
): Promise<void> {
  const names = new PeerNames(context).withGroups(() => app.groups.list());
  await names.load();
  const each = reports.length / conversations.length;
  for (const [i, report] of reports.entries()) {
    const conversation = conversations[Math.floor(i / each)];
    const conversation_alias = names.of(conversation);
    context.print.out("overlayDone", { conversation, conversation_alias, did: "publish", ...report });
  }
}

/** What a machine lacks is left out, what the user has named is not. @throws {UserError} local: it is not there. */
async function checkDisk({ files }: Context, path: string): Promise<void> {
  if (await files.info(path) !== undefined) return;
  throw new UserError(`There is no ${path}`, { kind: "local", hint: "Check the path after --disk." });
}

/** Looks again and again. A look that fails is told; the next one may not. */
async function goOn(
  context: Context,
  opened: CommandApp,
  flags: Flags,
  look: (onFailure: (error: unknown) => void) => Promise<void>,
): Promise<Status> {
  const { clock, signal } = context;
  const log = new EventLog(context);
  const failed = (error: unknown): void => {
    if (!signal.aborted) log.say({ event: "failed", reason: failureOf(error).message });
  };
  log.say({ event: "publishing", pk: opened.app.pk, every_s: flags.every / 1000 });
  void (async () => {
    while (!signal.aborted) {
      await look(failed).catch(failed);
      await sleep(clock, flags.every, signal);
    }
  })().catch(() => {}); // the signal, which the command hears of itself
  return await stay(context, opened);
}

async function lookAt({ clock, signal }: Context, { every, disk }: Flags): Promise<ShippedWidget[]> {
  if (systemOs === "windows") throw nothingToSay();
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", VISOR_SCRIPT, "dmsg", disk],
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
    signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]),
  }).spawn();
  const { stdout } = await child.output();
  const nowMs = Number(clock.wallNs() / 1_000_000n);
  const widgets = machineWidgets(readMachine(new TextDecoder().decode(stdout)), nowMs);
  return widgets.map((widget) => ({ ...widget, ageMs: every * STALE_LOOKS }));
}

const nothingToSay = (): UserError =>
  new UserError("This system says nothing of itself that is understood here", {
    kind: "local",
    hint: "It is made for Linux; `dmsg widget` publishes anything.",
  });

/** Parser for `--every`. */
function parseEvery(input: string): number {
  const ms = parseDurationMs(input);
  if (ms < MIN_EVERY_MS) throw new SyntaxError("it is 10 s or more");
  return ms;
}
