/**
 * `dmsg group listen`, `history`: what is said.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import type { App } from "../../../lib/app/app.ts";
import { type GroupId, isGroupId } from "../../../lib/app/groups/groups.ts";
import type { MessageView } from "../../../lib/app/messages/messages.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { openCommandApp } from "../../app.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import {
  commonAliases,
  type CommonFlags,
  commonFlags,
  identityAliases,
  parseDurationMs,
} from "../../flags/flags.ts";
import { follow, tellLost } from "../../resident/follow.ts";
import { type MembershipChange, Memberships } from "../../resident/memberships.ts";
import { Repeats } from "../../resident/repeats.ts";
import { groupLineOf, groupNamed } from "../../names/groups.ts";
import type { GroupLine } from "../../words/group_messages.ts";
import { type KeptFlags, keptFlags, limitFlag, withKept } from "../../kept.ts";
import { PeerNames } from "../../names/peers.ts";
import { checkNoTerminal, checkOneForm, rawFlag } from "../../output/raw.ts";
import { sinceFlag } from "../../flags/since.ts";
import { groupArgument } from "./arguments.ts";

/** Shows a message; raw as its writer has written it, in the form of the Go program. */
function show({ print }: Context, line: GroupLine, raw: boolean): void {
  if (!raw) return print.out("groupMessage", line);
  print.text(`[${line.ts}] [${line.group_id}] ${line.sender_pk}: ${line.body}\n`);
}

type ListenFlags = CommonFlags & {
  readonly since?: (nowNs: bigint) => string;
  readonly interval?: number;
  readonly raw: boolean;
};

/** `dmsg group listen`. */
export const listen: Command<Context> = command({
  brief: "Show what is said in groups as it comes",
  ofPeers: "dmsg listen --from",
  examples: [
    ["dmsg group listen --json", '{"ts":"…","group_id":"…","sender_pk":"…","body":"…"}'],
    ["dmsg group listen ops --since 1h", "What was said in the last hour first"],
  ],
  parameters: {
    flags: {
      since: sinceFlag("First what is kept and not older than this: 30m, 2h, 3d, or a date or time"),
      interval: {
        kind: "parsed",
        parse: parseDurationMs,
        optional: true,
        placeholder: "time",
        brief: "For scripts of the Go program, which asks so often; here each message comes at once",
      },
      raw: rawFlag,
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: { kind: "tuple", parameters: [{ ...groupArgument, optional: true }] },
  },
  async run(context: Context, flags: ListenFlags, named?: string) {
    checkRaw(flags);
    const names = new PeerNames(context);
    const opened = await openCommandApp(context, flags, {
      command: "group",
      makes: "default",
      resident: true,
    });
    try {
      const only = named === undefined ? undefined : await groupNamed(opened.app.groups, named);
      const cursor = await opened.app.events.cursor() ?? 0;
      const past = flags.since &&
        await keptSince(opened.app, await idsOf(opened.app, only?.id), flags.since(context.clock.wallNs()));
      const memberships = new Memberships(opened.app.groups, only === undefined ? [] : [only.id]);
      const tell = (change: MembershipChange): void => context.print.note("membership", change);
      (await memberships.begin()).forEach(tell);
      const told = new Map<string, number>();
      const repeats = new Repeats();
      if (past !== undefined) await names.load();
      for (const message of past ?? []) {
        told.set(message.peer, Math.max(told.get(message.peer) ?? 0, message.position));
        show(context, groupLineOf(message, names), flags.raw);
      }
      return await follow(context, opened, {
        since: past === undefined ? undefined : cursor,
        // A line of JSON has the members of the Go program's, and says what was said: this is none.
        onReady: () => context.print.note("listeningInGroups", { group: only?.name }),
        onNetwork: async (event) => (await memberships.changed(event)).forEach(tell),
        async onEvent(event) {
          if (event.kind === "lost") return tellLost(context, event);
          if (event.kind !== "message" || !isGroupId(event.message.peer) || event.message.silent) return;
          if (repeats.has(event.message)) return;
          if (only !== undefined && event.message.peer !== only.id) return;
          if (event.message.position <= (told.get(event.message.peer) ?? 0)) return;
          await names.load();
          show(context, groupLineOf(event.message, names), flags.raw);
        },
      });
    } finally {
      await opened.app.close();
    }
  },
});

/** Most messages of a group that `--since` shows. */
const MAX_PAST = 1000;

const idsOf = async (app: App, only: GroupId | undefined): Promise<GroupId[]> =>
  only === undefined ? (await app.groups.list()).map(({ id }) => id) : [only];

/** What is kept of groups from a time on, RFC 3339, the newest thousand of each: a group's in the order of its coming. */
export async function keptSince(
  app: App,
  groups: readonly GroupId[],
  since: string,
): Promise<MessageView[]> {
  const all = await Promise.all(
    groups.map((peer) => app.messages.history({ peer, since, limit: MAX_PAST, lines: true })),
  );
  return all.flat();
}

/** @throws {UserError} usage. */
function checkRaw(flags: { readonly raw: boolean; readonly json: boolean }): void {
  checkOneForm(flags);
  checkNoTerminal(flags);
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });

type HistoryFlags = KeptFlags & {
  readonly limit: number;
  readonly listGroups: boolean;
  readonly raw: boolean;
};

/** `dmsg group history`. */
export const history: Command<Context> = command({
  brief: "Show what was said in a group",
  ofPeers: "dmsg history",
  details:
    "In the order in which it was said, the same at all members, whatever came here first, 1000 at most;\n" +
    "`dmsg history` and `--since` of `dmsg listen` go by what came.",
  examples: [
    ["dmsg group history ops -n 20", "The newest 20"],
    ["dmsg history ops --limit 0", "All that is kept, as it came"],
  ],
  parameters: {
    flags: {
      limit: limitFlag(100, "Most messages; the newest win"),
      listGroups: {
        kind: "boolean",
        default: false,
        withNegated: false,
        brief: "Show instead the ids of the groups that something is kept of",
      },
      raw: rawFlag,
      ...keptFlags,
    },
    aliases: { ...identityAliases, n: "limit" },
    positional: { kind: "tuple", parameters: [{ ...groupArgument, optional: true }] },
  },
  async run(context: Context, flags: HistoryFlags, named?: string) {
    checkRaw(flags);
    if (flags.listGroups !== (named === undefined)) {
      throw usage(
        named === undefined ? "No group is named" : "--list-groups shows all of them",
        "`dmsg group history ops`, or `dmsg group history --list-groups`.",
      );
    }
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "group", async (app) => {
      if (named === undefined) return await listKept(context, app);
      const { id, keys } = await groupNamed(app.groups, named);
      const messages = await app.messages.history({
        peer: id,
        limit: flags.limit,
        lines: true,
        asSaid: true,
      });
      if (messages.length === 0) context.print.none("noMessages", undefined);
      const ids = messages.flatMap(({ id }) => id ?? []);
      const known = keys === "d2" ? await app.groups.audiences({ group: id, ids }) : [];
      const audiences = new Map(known.map(({ id, audience }) => [id, audience]));
      const you = context.print.mode.json ? undefined : app.pk;
      for (const message of messages) {
        show(context, groupLineOf(message, names, audiences.get(message.id ?? ""), you), flags.raw);
      }
      return Status.done;
    });
  },
});

/** The groups that something is kept of, the latest first. */
async function listKept(
  { print }: Context,
  { groups, messages }: Pick<App, "groups" | "messages">,
): Promise<Status> {
  const known = new Map((await groups.list()).map(({ id, name }) => [id, name]));
  const kept = (await messages.conversations()).filter(({ peer }) => known.has(peer));
  for (const { peer, lastTs } of kept) {
    print.out("groupKept", { group_id: peer, name: known.get(peer)!, last_message_at: lastTs });
  }
  if (kept.length === 0) print.none("noMessages", undefined);
  return Status.done;
}
