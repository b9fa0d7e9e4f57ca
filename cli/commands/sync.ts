/**
 * `dmsg sync`: there for a bounded time, for machines on which no program stays.
 *
 * @see cli/README.md "sync"
 * @module
 */
import type { Command } from "@stricli/core";
import { sleep } from "../../lib/sys/clock.ts";
import { join } from "../../lib/sys/paths.ts";
import { formatGoTime } from "../../lib/wire/go_time.ts";
import { unlessAborted } from "../abort.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { holdMark } from "../exec/mark_lock.ts";
import { Status, worst } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../flags/flags.ts";
import { waitingFor } from "../flags/time_limit.ts";
import { PeerNames } from "../names/peers.ts";
import { meet, type Meeting } from "../resident/meeting.ts";
import { News } from "../resident/news.ts";
import { SCHEMA } from "../words/message_lines.ts";

type SyncFlags = CommonFlags & { readonly wait?: number };

/** How long it is there when nothing else is said: two whose clocks differ by some seconds meet. */
const WAIT_MS = 30_000;
/** So often what was shown is remembered: a program that is killed shows no more than that once more. */
const KEEP_MS = 250;

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
    "more; 6: no discovery or server; 7: another sync runs.",
  examples: [
    ["dmsg sync", "Each ten minutes, from cron"],
    ["dmsg sync --wait 50s", "Meets those whose clocks are off by more"],
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
  },
  async run(context: Context, { wait, ...flags }: SyncFlags) {
    const names = new PeerNames(context);
    await names.load();
    const { limit, leftMs } = waitingFor(context.clock, wait, WAIT_MS);
    const opened = await openCommandApp(context, flags, { command: "sync", resident: true, limit });
    const { app, directory } = opened;
    try {
      names.withGroups(() => app.groups.list());
      const path = join(directory, "sync.cursor");
      using _ = await holdMark({
        path,
        command: "sync",
        what: "A `dmsg sync` of this identity",
        hint: "Let it end; two would show the same.",
      });
      const news = await News.open({ context, app, names }, path);
      const met = await show(context, news, () => meet(context, opened, leftMs(), () => news.heardMs));
      tell(context, met, names);
      return news.isOut ? worst([Status.refused, met.status]) : met.status;
    } finally {
      await app.close();
    }
  },
});

export default sync;

/** Shows what comes while something lasts, and what has come by its end; what was shown is remembered in any case. */
async function show(context: Context, news: News, during: () => Promise<Meeting>): Promise<Meeting> {
  const { clock, signal } = context;
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const showing = news.follow(until).catch((error) => {
    if (!until.aborted) throw error;
  });
  const keeping = (async () => {
    while (!until.aborted) {
      await sleep(clock, KEEP_MS, until).catch(() => {});
      await news.keep();
    }
  })();
  // That nobody reads what we print, or that it can't be remembered, ends it.
  const failing = Promise.all([showing, keeping]).then(() => new Promise<never>(() => {}));
  failing.catch(() => {});
  try {
    const met = await unlessAborted(signal, Promise.race([during(), failing]));
    over.abort();
    await Promise.all([showing, keeping]);
    await news.rest();
    return met;
  } finally {
    over.abort();
    await Promise.allSettled([showing, keeping]);
    await news.keep();
  }
}

/** Whom it has met: for programs always, for people where they look, or where it is not as usual. */
function tell(context: Context, meeting: Meeting, names: PeerNames): void {
  const { print, clock } = context;
  const { status: _status, ...of } = meeting;
  const line = { type: "met", ts: formatGoTime(clock.wallNs()), schema: SCHEMA, ...of } as const;
  if (print.mode.json) return print.out("met", line);
  // That somebody is away is no news to who runs this every ten minutes.
  const isUsual = of.unread.length === 0 && of.met.length > 0;
  if (isUsual && !print.isWatched) return;
  const shown = (of: "met" | "unread" | "away"): string[] => meeting[of].map((pk) => names.shown(pk));
  print.note("met", { ...line, met: shown("met"), unread: shown("unread"), away: shown("away") });
}
