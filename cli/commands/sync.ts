/**
 * `dmsg sync`: there for a bounded time, for machines on which no program stays.
 *
 * @see cli/README.md "sync"
 * @module
 */
import type { Command } from "@stricli/core";
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import { isBlocked } from "../../lib/app/peers/block_file.ts";
import type { ExecLimits } from "../../lib/app/policies.ts";
import { readHolder } from "../../lib/identity/lock.ts";
import { ownerPaths } from "../../lib/owner/path.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { formatGoTime } from "../../lib/wire/go_time.ts";
import { type CommandApp, openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Gate } from "../exec/gate.ts";
import { holdExec, limitsWith } from "../exec/exec.ts";
import { holdMark } from "../exec/mark_lock.ts";
import { discoveryProblem } from "../discovery_problem.ts";
import { Status, worst } from "../exit.ts";
import { checkExec, type ExecFlags, execFlags } from "../flags/exec.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../flags/flags.ts";
import { waitingFor } from "../flags/time_limit.ts";
import { conversationNamed } from "../names/conversations.ts";
import { PeerNames } from "../names/peers.ts";
import { meet, type Meeting } from "../resident/meeting.ts";
import { News } from "../resident/news.ts";
import { readingOn, type ReadsOn } from "../resident/reading_on.ts";
import { holdMarks, type SyncMark, type SyncMarks } from "../resident/sync_marks.ts";
import { Tasks } from "../resident/tasks.ts";
import type { UnreadParts } from "../resident/unread.ts";
import { SCHEMA } from "../words/message_lines.ts";

type SyncFlags = CommonFlags & ExecFlags & { readonly wait?: number };

/** How long it is there when nothing else is said: two whose clocks differ by some seconds meet. */
const WAIT_MS = 30_000;
/** Its name, by which one that runs is told from a program that stays. */
const NAME = "sync";

/** `dmsg sync`. */
const sync: Command<Context> = command({
  brief: "Exchange what is new with whoever is online, and end: for cron",
  details:
    "For machines on which no daemon runs. While it runs, others find it, also those that only sync: let their times\n" +
    "overlap. It reads all groups and pairs, takes messages, and delivers what waits here and at the others. As\n" +
    "`dmsg listen` does, it shows what it has not shown before (the first time: what comes from then on), and who\n" +
    "asks to be paired or let in. It ends as soon as all were met: members, pairs, and accepted peers with whom\n" +
    "something was said within 30 days; else after --wait. When it is killed, some lines may be shown twice, and\n" +
    "none is left out. Where a daemon runs it only shows what is new. Whom it has met it says on a terminal, with\n" +
    "--verbose, and when it was nobody or not all in time. Status 0: done, also when some are away; 1: not in time;\n" +
    "3: nobody is there; 4: we are no longer in a group; 5: a command of --exec failed; 6: no discovery or server;\n" +
    "7: another sync runs for the same conversations.\n" +
    "\n" +
    "With conversations it meets only these people and groups, waits for each of them, and shows what is new\n" +
    "there. What others send meanwhile is kept for the next `dmsg sync` that includes them. What was shown is\n" +
    "remembered for each conversation that is named: all runs that name it show a message once, and runs without\n" +
    "names show it once more. The first run that names one goes on where those without names are. Runs for different\n" +
    "conversations may run at the same time.\n" +
    "\n" +
    "With --exec each message goes to a command instead, as with `dmsg listen --exec`: at least once, never twice at\n" +
    "the same time, those of one peer in order; what one of the two has done, the other does not do again. A command\n" +
    "that failed is run again in the next run, before later messages of its peer. What is done is remembered apart\n" +
    "from what is shown. It waits for commands that still run at the end of --wait.",
  examples: [
    ["dmsg sync", "Each ten minutes, from cron"],
    ["dmsg sync --wait 50s", "Meets those whose clocks are off by more"],
    ["dmsg sync alice ops", "One person and one group, each minute"],
    ["dmsg sync --exec 'jq -r .body >> inbox.txt'", "Run a command for each message"],
    ["dmsg sync --json", '{"type":"msg",…} for each message, and {"type":"met",…} at the end'],
  ],
  parameters: {
    flags: {
      wait: {
        kind: "parsed",
        parse: parseDurationMs,
        optional: true,
        placeholder: "time",
        brief: "How long to be there at most (default 30s)",
      },
      ...execFlags,
      ...commonFlags,
    },
    aliases: { ...commonAliases, w: "wait" },
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "conversation", brief: "People and groups; all without" },
    },
  },
  async run(context: Context, { wait, ...flags }: SyncFlags, ...named: string[]) {
    check(flags, named);
    const names = new PeerNames(context);
    const finds = await Promise.all(named.map((text) => conversationNamed(context, text)));
    await names.load();
    const { limit, leftMs } = waitingFor(context.clock, wait, WAIT_MS);
    const opened = await openCommandApp(context, flags, { command: NAME, resident: true, limit });
    const { app, directory, settings } = opened;
    try {
      names.withGroups(() => app.groups.list());
      await names.load();
      const found = await Promise.all(finds.map((find) => find(app.groups)));
      const only = found.length === 0 ? undefined : [...new Set(found)];
      if (only !== undefined) await checkHeard(app, only);
      using held = await holdMarks(context, { directory, ...marksOf(flags, names), only });
      const readers = await readersOf({ context, app, names }, held.marks, flags, settings.exec);
      const heardMs = (): number => Math.max(...readers.map(({ unread }) => unread.heardMs));
      const stays = await isMet(context, opened);
      // Asked beside it: with less time than a discovery has for an answer nothing else tells that there is none.
      const problem = stays ? undefined : discoveryProblem(context, flags, app.pk, leftMs());
      const meeting = (): Promise<Meeting> => meet(context, app, { waitMs: leftMs(), heardMs, only, stays });
      const met = await readingOn(context, readers, meeting);
      if (met.status === Status.notAcked && met.unread.length === 0) {
        const error = await problem;
        context.signal.throwIfAborted();
        if (error !== undefined) throw error;
      }
      tell(context, met, names, stays);
      const isOut = met.out !== undefined || readers.some(({ unread }) => unread.isOut);
      return worst([
        met.status,
        isOut ? Status.refused : Status.done,
        readers.some(({ hasFailed }) => hasFailed) ? Status.local : Status.done,
      ]);
    } finally {
      await app.close();
    }
  },
});

export default sync;

/** @throws {UserError} usage. */
function check(flags: SyncFlags, named: readonly string[]): void {
  checkExec(flags, "sync");
  const { exec, json, cursorFile } = flags;
  if (exec !== undefined && json) {
    throw usage("--exec shows nothing itself: --json has no use", "Leave it out.");
  }
  if (cursorFile !== undefined && named.length > 1) {
    throw usage("--cursor-file is for one conversation, or for all", "Leave it out: each has its own.");
  }
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });

/** Where it is remembered what was shown, or done. */
function marksOf(
  { exec, cursorFile }: SyncFlags,
  names: PeerNames,
): Pick<SyncMarks, "name" | "file" | "hold"> {
  if (exec !== undefined) {
    const isNamed = cursorFile !== undefined;
    return { name: "exec", file: cursorFile, hold: ({ path }) => holdExec(path, "sync --exec", isNamed) };
  }
  return {
    name: NAME,
    hold: ({ path, only }) =>
      holdMark({
        path,
        command: NAME,
        what: `A \`dmsg sync\` ${only === undefined ? "of this identity" : `for ${names.shown(only)}`}`,
        hint: "Let it end; two would show the same.",
      }),
  };
}

/** Shows what is new, or gives it to a command. */
async function readersOf(
  parts: UnreadParts,
  marks: readonly SyncMark[],
  { exec, jobs, cursorFile }: SyncFlags,
  set: ExecLimits,
): Promise<ReadsOn[]> {
  const limits = limitsWith(set, jobs);
  const gate = new Gate(limits);
  const readers: ReadsOn[] = [];
  for (const { only, path, start } of marks) {
    const one = { ...parts, only };
    if (exec === undefined) readers.push(await News.open(one, path, start));
    else {
      const request = { command: exec, limits, gate, path, isOwn: cursorFile === undefined, start };
      readers.push(await Tasks.open(one, request));
    }
  }
  return readers;
}

/** @throws {UserError} refused: one of them is blocked. */
async function checkHeard(app: CommandApp["app"], only: readonly ConversationId[]): Promise<void> {
  const blocked = (await app.peers.list()).find(({ peer, blocked }) => blocked && only.includes(peer));
  if (blocked !== undefined) throw isBlocked(blocked.peer);
}

/** Whether a program of ours meets who comes: another `sync` does so for its own time alone. */
async function isMet({ os }: Context, { app, directory }: CommandApp): Promise<boolean> {
  if (app.role !== "client") return false;
  return (await readHolder(ownerPaths(directory, os).lock))?.command !== NAME;
}

/** Whom it has met: for programs always, for people where they look, or where it is not as usual. */
function tell(context: Context, meeting: Meeting, names: PeerNames, stays: boolean): void {
  const { print, clock } = context;
  const { status: _status, ...of } = meeting;
  const line = { type: "met", ts: formatGoTime(clock.wallNs()), schema: SCHEMA, ...of } as const;
  if (print.mode.json) return print.out("met", line);
  // That somebody is away is no news to who runs this every ten minutes.
  const isUsual = of.unread.length === 0 && of.out === undefined && (stays || of.met.length > 0);
  const isNothing = stays && of.met.length + of.unread.length + of.away.length + (of.out?.length ?? 0) === 0;
  if (isNothing || (isUsual && !print.isWatched)) return;
  const shown = (of: "met" | "unread" | "away" | "out" | "asking"): string[] =>
    (meeting[of] ?? []).map((pk) => names.shown(pk));
  print.note("met", {
    ...line,
    met: shown("met"),
    unread: shown("unread"),
    away: shown("away"),
    ...(of.out === undefined ? {} : { out: shown("out") }),
    ...(of.asking === undefined ? {} : { asking: shown("asking") }),
  });
}
