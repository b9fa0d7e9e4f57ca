/**
 * `dmsg group poll`: what members have, for programs that do not stay.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { type GroupView, isGroupId } from "../../../lib/app/groups/groups.ts";
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import type { KeptApp } from "../../../lib/owner/handover/takeover.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { discoveryProblem } from "../../discovery_problem.ts";
import { Status, worst } from "../../exit.ts";
import { eventsUpTo } from "../../resident/follow.ts";
import { Repeats } from "../../resident/repeats.ts";
import { isPolled, readGroups, type Reading } from "../../resident/group_readings.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../../flags/flags.ts";
import { sinceFlag } from "../../flags/since.ts";
import { waitingFor } from "../../flags/time_limit.ts";
import { groupLineOf, groupNamed, inGroup, withGroups } from "../../names/groups.ts";
import { PeerNames } from "../../names/peers.ts";
import { groupArgument, WAIT_MS } from "./arguments.ts";
import { keptSince } from "./read.ts";

type PollFlags = CommonFlags & { readonly since?: (nowNs: bigint) => string; readonly wait?: number };

/** `dmsg group poll`. */
export const poll: Command<Context> = command({
  brief: "Read what members have, and deliver what waits here",
  ofPeers: "dmsg pair poll",
  details:
    "For machines on which no daemon runs: reads the feed of each member that can be reached, shows what is new,\n" +
    "waits until somebody has what waits here, and ends. New is what came while it ran: what another command of\n" +
    "ours has taken in before, such as `group send`, it does not show (--since does, and `dmsg sync` shows each\n" +
    "message once, whatever took it in). Members who only poll don't find each other; those who `dmsg sync` do.\n" +
    "Otherwise somebody has to run a daemon, or a node to hold the group (`dmsg group hold`). Whom it has read it\n" +
    "says on a terminal, with --verbose, and when it was nobody or not all. Status 0: everybody who can be reached\n" +
    "was read; 1: not in time; 3: nobody can be reached; 4: we are no longer in the group, or not yet, where one is\n" +
    "named; 6: no discovery answers. Each poll asks again to be let in.",
  examples: [
    ["dmsg group poll", "All groups, from cron"],
    ["dmsg group poll ops --since 1h", "Also what came before, since an hour ago"],
    [
      "dmsg group poll --json",
      "A line for each message, and one for each group: read, unread, away, waiting",
    ],
  ],
  parameters: {
    flags: {
      since: sinceFlag("Also what is kept and not older than this: 30m, 2h, 3d, or a date or time"),
      wait: {
        kind: "parsed",
        parse: parseDurationMs,
        optional: true,
        placeholder: "time",
        brief: "How long to wait for members (default 10s)",
      },
      ...commonFlags,
    },
    aliases: { ...commonAliases, w: "wait" },
    positional: { kind: "tuple", parameters: [{ ...groupArgument, optional: true }] },
  },
  async run(context: Context, { since, wait, ...flags }: PollFlags, named?: string) {
    const names = new PeerNames(context);
    await names.load();
    const waiting = waitingFor(context.clock, wait, WAIT_MS);
    return await withGroups(context, flags, async (app) => {
      const cursor = await app.events.cursor() ?? 0;
      const all = named === undefined ? await app.groups.list() : [await groupNamed(app.groups, named)];
      if (all.length === 0) context.print.none("noGroups", undefined);
      const chosen = named === undefined ? all.filter(isPolled) : all;
      const limitMs = waiting.leftMs();
      const asks = chosen.some(({ status }) => status !== "active");
      const other = await someoneElse(app, chosen) ?? (asks ? app.pk : undefined);
      const problem = other && discoveryProblem(context, flags, other, limitMs);
      const how = { waitMs: limitMs };
      const readings = await readGroups(app, chosen, how, named !== undefined, context.signal)
        .catch(async (error) => {
          throw asks && !context.signal.aborted ? await problem ?? error : error; // nobody could be asked to let us in
        });
      await showNew(context, app, chosen, names, { cursor, since: since?.(context.clock.wallNs()) });
      for (const { group, reading } of readings) tell(context, group, reading, names);
      const statuses = readings.map(({ group, reading }) => statusOf(group, reading));
      const isUnheard = readings.some(({ reading }) => reading.asking) &&
        readings.every(({ reading }) => reading.read.length === 0);
      if (statuses.includes(Status.unreachable) || isUnheard) {
        const error = await problem;
        context.signal.throwIfAborted();
        if (error !== undefined) throw error; // nobody could be asked where they are
      }
      return worst(statuses);
    }, waiting);
  },
});

/** Any other member of any of them. */
async function someoneElse(app: KeptApp, groups: readonly GroupView[]): Promise<PublicKeyHex | undefined> {
  const group = groups.find(({ members }) => members > 1)?.id;
  const members = group === undefined ? [] : await app.groups.members({ group });
  return members.find(({ pk }) => pk !== app.pk)?.pk;
}

function statusOf({ members }: GroupView, { read, unread, away, asking, out }: Reading): Status {
  if (out !== undefined) return Status.refused;
  if (asking || members === 1) return Status.done;
  if (unread.length > 0) return Status.notAcked;
  return read.length === 0 && away.length > 0 ? Status.unreachable : Status.done;
}

/** Messages behind a cursor; with a time, those that are kept since then. */
async function showNew(
  context: Context,
  app: KeptApp,
  groups: readonly GroupView[],
  names: PeerNames,
  { cursor, since }: { readonly cursor: number; readonly since: string | undefined },
): Promise<void> {
  const { print } = context;
  const ids = groups.map(({ id }) => id);
  if (since !== undefined) {
    for (const message of await keptSince(app, ids, since)) {
      print.out("groupMessage", groupLineOf(message, names));
    }
    return;
  }
  const last = await app.events.cursor() ?? 0;
  if (last <= cursor) return;
  const repeats = new Repeats();
  for await (const event of eventsUpTo(app, context, cursor, last)) {
    if (event.kind === "message" && isGroupId(event.message.peer) && ids.includes(event.message.peer)) {
      if (!repeats.has(event.message) && !event.message.silent) {
        print.out("groupMessage", groupLineOf(event.message, names));
      }
    }
  }
}

/** How far it came: for programs always, for people where they look, or where it is not all. */
function tell(context: Context, { id, name, members }: GroupView, reading: Reading, names: PeerNames): void {
  const { print } = context;
  const line = { ...inGroup(id), group_name: name, members: members - 1, ...reading };
  if (print.mode.json) return print.out("groupRead", line);
  // That somebody is away is no news to who runs this every hour.
  const isRead = reading.unread.length + reading.waiting === 0 && reading.read.length > 0;
  const isUsual = isRead && reading.out === undefined;
  if (isUsual && !print.isWatched) return;
  const shown = (of: "read" | "unread" | "away"): string[] => reading[of].map((pk) => names.shown(pk));
  print.note("groupRead", { ...line, read: shown("read"), unread: shown("unread"), away: shown("away") });
}
