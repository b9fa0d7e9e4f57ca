/**
 * `dmsg sync`: there for a bounded time, for machines on which no program stays.
 *
 * @see cli/README.md "sync"
 * @module
 */
import type { Command } from "@stricli/core";
import type { ConversationId } from "../../lib/app/messages/messages.ts";
import { isBlocked } from "../../lib/app/peers/block_file.ts";
import { readHolder } from "../../lib/identity/lock.ts";
import { ownerPaths } from "../../lib/owner/path.ts";
import { sleep } from "../../lib/sys/clock.ts";
import { formatGoTime } from "../../lib/wire/go_time.ts";
import { unlessAborted } from "../abort.ts";
import { type CommandApp, openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status, worst } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../flags/flags.ts";
import { waitingFor } from "../flags/time_limit.ts";
import { conversationNamed } from "../names/conversations.ts";
import { PeerNames } from "../names/peers.ts";
import { meet, type Meeting } from "../resident/meeting.ts";
import { News } from "../resident/news.ts";
import { holdMarks } from "../resident/sync_marks.ts";
import { SCHEMA } from "../words/message_lines.ts";

type SyncFlags = CommonFlags & { readonly wait?: number };

/** How long it is there when nothing else is said: two whose clocks differ by some seconds meet. */
const WAIT_MS = 30_000;
/** So often what was shown is remembered: a program that is killed shows no more than that once more. */
const KEEP_MS = 250;
/** Its name, by which one that runs is told from a program that stays. */
const NAME = "sync";

/** `dmsg sync`. */
const sync: Command<Context> = command({
  brief: "Meet who is there, show what is new, and end: for cron",
  details:
    "For machines on which no daemon runs. It can be found while it runs, by others that only sync, too: let their\n" +
    "times overlap. It reads all groups and pairs, takes messages, hands on what waits, both ways, and shows what was\n" +
    "not shown by it before, as `dmsg listen` does, and who asks to be paired or let in; the first time what comes\n" +
    "from then on. It ends as soon as all were met: members, pairs, and accepted peers with whom something was said\n" +
    "in 30 days; at --wait otherwise. A kill may have lines shown twice and leaves none out. Where a daemon runs it\n" +
    "only shows what is new. Whom it has met is told on a terminal, with --verbose, and where it was nobody or not\n" +
    "all in time. Status 0: done, also when some are away; 1: not in time; 3: nobody is there; 4: we are in a group no\n" +
    "more; 6: no discovery or server; 7: another sync runs.\n" +
    "\n" +
    "With conversations it meets these people and groups alone, waits for each of them, and shows what is new there.\n" +
    "What others send meanwhile is kept, for the next `dmsg sync` that is for them. Each conversation is remembered\n" +
    "by itself: all runs that name it show a message once, and those that name none, once more. The first run that\n" +
    "names it goes on where those without names are. Runs for different conversations may run at the same time.",
  examples: [
    ["dmsg sync", "Each ten minutes, from cron"],
    ["dmsg sync --wait 50s", "Meets those whose clocks are off by more"],
    ["dmsg sync alice ops", "One person and one group, each minute"],
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
      ...commonFlags,
    },
    aliases: { ...commonAliases, w: "wait" },
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "conversation", brief: "People and groups; all without" },
    },
  },
  async run(context: Context, { wait, ...flags }: SyncFlags, ...named: string[]) {
    const names = new PeerNames(context);
    const finds = await Promise.all(named.map((text) => conversationNamed(context, text)));
    await names.load();
    const { limit, leftMs } = waitingFor(context.clock, wait, WAIT_MS);
    const opened = await openCommandApp(context, flags, { command: NAME, resident: true, limit });
    const { app, directory } = opened;
    try {
      names.withGroups(() => app.groups.list());
      await names.load();
      const found = await Promise.all(finds.map((find) => find(app.groups)));
      const only = found.length === 0 ? undefined : [...new Set(found)];
      if (only !== undefined) await checkHeard(app, only);
      using held = await holdMarks(context, names, { directory, name: NAME, only });
      const news: News[] = [];
      for (const { path, start, only } of held.marks) {
        news.push(await News.open({ context, app, names, only }, path, start));
      }
      const heardMs = (): number => Math.max(...news.map(({ unread }) => unread.heardMs));
      const stays = await isMet(context, opened);
      const met = await show(
        context,
        news,
        () => meet(context, app, { waitMs: leftMs(), heardMs, only, stays }),
      );
      tell(context, met, names, stays);
      const isOut = met.out !== undefined || news.some(({ unread }) => unread.isOut);
      return isOut ? worst([Status.refused, met.status]) : met.status;
    } finally {
      await app.close();
    }
  },
});

export default sync;

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

/** Shows what comes while something lasts, and what has come by its end; what was shown is remembered in any case. */
async function show(
  context: Context,
  news: readonly News[],
  during: () => Promise<Meeting>,
): Promise<Meeting> {
  const { clock, signal } = context;
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const showing = follow(news, until).catch((error) => {
    if (!until.aborted) throw error;
  });
  const keep = async (): Promise<void> => {
    for (const one of news) await one.keep();
  };
  const keeping = (async () => {
    while (!until.aborted) {
      await sleep(clock, KEEP_MS, until).catch(() => {});
      await keep();
    }
  })();
  // That nobody reads what we print, or that it can't be remembered, ends it.
  const failing = Promise.all([showing, keeping]).then(() => new Promise<never>(() => {}));
  failing.catch(() => {});
  try {
    const met = await unlessAborted(signal, Promise.race([during(), failing]));
    over.abort();
    await Promise.all([showing, keeping]);
    for (const { unread } of news) await unread.rest();
    return met;
  } finally {
    over.abort();
    await Promise.allSettled([showing, keeping]);
    await keep();
  }
}

/** What was there before we came, one conversation after the other; then what comes. */
async function follow(news: readonly News[], until: AbortSignal): Promise<void> {
  for (const { unread } of news) await unread.rest(until);
  await Promise.all(news.map(({ unread }) => unread.follow(until)));
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
  const shown = (of: "met" | "unread" | "away" | "out"): string[] =>
    (meeting[of] ?? []).map((pk) => names.shown(pk));
  print.note("met", {
    ...line,
    met: shown("met"),
    unread: shown("unread"),
    away: shown("away"),
    ...(of.out === undefined ? {} : { out: shown("out") }),
  });
}
