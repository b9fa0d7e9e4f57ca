/**
 * `dmsg group`: groups.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { RouteMap } from "@stricli/core";
import type { GroupAction } from "../../lib/app/groups/groups.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { openCommandApp } from "../app.ts";
import { command, commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, identityAliases, parseDurationMs } from "../flags.ts";
import { follow } from "../follow.ts";
import { groupLineOf, groupNamed, isGroup, withGroups } from "../groups.ts";
import { type KeptFlags, keptFlags, parseLimit, withKept } from "../kept.ts";
import { peerNamed, PeerNames } from "../peers.ts";

const groupArgument = {
  parse: String,
  placeholder: "group",
  brief: "Its id, the beginning of it, or its name",
} as const;
const peerArgument = { parse: String, placeholder: "pk", brief: "A key or an alias" } as const;
const onGroup = { kind: "tuple", parameters: [groupArgument] } as const;
const onPeer = { kind: "tuple", parameters: [groupArgument, peerArgument] } as const;

const waitFlag = {
  kind: "parsed",
  parse: parseDurationMs,
  default: "10s",
  placeholder: "time",
  brief: "How long to wait until another member has it; 0 does not wait",
} as const;

type CreateFlags = CommonFlags & {
  readonly mode: "public" | "private";
  readonly kind?: "public" | "private" | "channel";
  readonly join: "approval" | "link";
};

const create = command({
  brief: "Found a group",
  details:
    "--mode private seals what is said under a key of the group; public groups and channels are in clear.\n" +
    "--join approval: who has the invite asks, and an admin says yes. --join link: the invite is enough.",
  examples: [
    ["dmsg group create ops --mode private", "Sealed; an admin approves who comes"],
    ["dmsg group create news --kind channel", "Anybody reads, admins write"],
  ],
  parameters: {
    flags: {
      mode: { kind: "enum", values: ["public", "private"], default: "private", brief: "Sealed or in clear" },
      kind: {
        kind: "enum",
        values: ["public", "private", "channel"],
        optional: true,
        brief: "Who may write and join; as --mode when left out",
      },
      join: { kind: "enum", values: ["approval", "link"], default: "approval", brief: "How others come in" },
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "groupname", brief: "At most 64 bytes" }],
    },
  },
  async run(context: Context, flags: CreateFlags, name: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const kind = flags.kind ?? flags.mode;
      const { group, invite } = await groups.create({ name, kind, join: flags.join });
      const info = await groups.info({ group });
      context.print.out("groupCreated", { info, invite, join: kind === "private" ? flags.join : "link" });
      return Status.done;
    }, "default");
  },
});

const ls = command({
  brief: "Show all groups",
  examples: [["dmsg group ls", "Id, name, kind, role, status, members, newest message"]],
  parameters: { flags: keptFlags, aliases: identityAliases },
  async run(context: Context, flags: KeptFlags) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      for (const view of await groups.list()) context.print.out("groupLine", view);
      return Status.done;
    }, "show-nothing");
  },
});

const info = command({
  brief: "Show what is known of a group",
  examples: [["dmsg group info ops --json", "The record, without its keys"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: onGroup },
  async run(context: Context, flags: KeptFlags, named: string) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      context.print.out("groupInfo", await groups.info({ group: id }));
      return Status.done;
    });
  },
});

const members = command({
  brief: "Show who is in a group",
  details:
    "Presence is known beside a running daemon, listen or chat: `connected` means that its feed is read now.",
  examples: [["dmsg group members ops", "Key, role, presence, name"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: onGroup },
  async run(context: Context, flags: KeptFlags, named: string) {
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      for (const member of await groups.members({ group: id })) {
        context.print.out("groupMember", { ...member, alias: names.of(member.pk) });
      }
      return Status.done;
    });
  },
});

const requests = command({
  brief: "Show who asks to be let in",
  examples: [["dmsg group requests ops", "Key, time, note"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: onGroup },
  async run(context: Context, flags: KeptFlags, named: string) {
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      for (const request of await groups.requests({ group: id })) {
        context.print.out("groupRequest", { ...request, alias: names.of(request.pk) });
      }
      return Status.done;
    });
  },
});

const invite = command({
  brief: "Print a link by which others join",
  details:
    "Whoever has the link may ask to come in. --legacy puts the group key into it, for members whose programs ask\n" +
    "nobody: whoever sees that link reads the group.",
  examples: [["dmsg group invite ops", "skychat:invite:…"]],
  parameters: {
    flags: {
      legacy: { kind: "boolean", default: false, withNegated: false, brief: "With the group key inside" },
      ...keptFlags,
    },
    aliases: identityAliases,
    positional: onGroup,
  },
  async run(context: Context, flags: KeptFlags & { readonly legacy: boolean }, named: string) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id, mode } = await groupNamed(groups, named);
      const withKey = flags.legacy && mode === "private";
      if (withKey) context.print.note("groupKeyInLink", undefined);
      context.print.out("groupInvite", { ...await groups.invite({ group: id, withKey }), with_key: withKey });
      return Status.done;
    });
  },
});

const address = command({
  brief: "Print a group's address",
  examples: [["dmsg group address ops", "skychat://PK/ID"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: onGroup },
  async run(context: Context, flags: KeptFlags, named: string) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      const { address } = await groups.invite({ group: id, withKey: false });
      context.print.out("groupAddress", { group: id, address });
      return Status.done;
    });
  },
});

type JoinFlags = CommonFlags & { readonly note: string; readonly wait: number };

const join = command({
  brief: "Join a group by its link or address",
  details: "Status 0: we are in; 10: asked, and nobody has decided; 4: told no.",
  examples: [["dmsg group join skychat:invite:…", "Ask the group's admins"]],
  parameters: {
    flags: {
      note: {
        kind: "parsed",
        parse: String,
        default: "",
        placeholder: "text",
        brief: "For the admin to read",
      },
      wait: { ...waitFlag, brief: "How long to wait until we are in" },
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "link", brief: "skychat:invite:… or skychat://…" }],
    },
  },
  async run(context: Context, flags: JoinFlags, link: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const { group } = await groups.join({ link, note: flags.note });
      const endMs = context.clock.nowMs() + flags.wait;
      for (;;) {
        const { name, owner_pk, mode, status } = await groups.info({ group });
        const isOver = context.clock.nowMs() >= endMs || context.signal.aborted;
        if (status === "active" || status === "awaiting_approval" || isOver) {
          context.print.out("groupJoined", { group, name, owner_pk, mode, status } as never);
          context.signal.throwIfAborted();
          return status === "active" ? Status.done : Status.queued;
        }
        await new Promise<void>((resolve) => context.clock.after(100, resolve));
      }
    }, "default");
  },
});

const leave = command({
  brief: "Hear and say no more in a group",
  details: "What was said stays. Needs nobody, and no network.",
  examples: [["dmsg group leave ops", "From now on"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: onGroup },
  async run(context: Context, flags: KeptFlags, named: string) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      await groups.leave({ group: id });
      context.print.out("groupDone", { group: id, did: "left" });
      return Status.done;
    });
  },
});

const remove = command({
  brief: "Drop a group here, with all that was said",
  details: "The others keep what they have. Asks first, at a terminal.",
  examples: [["dmsg group delete ops --yes", "For scripts"]],
  parameters: {
    flags: {
      yes: { kind: "boolean", default: false, withNegated: false, brief: "Do not ask" },
      ...keptFlags,
    },
    aliases: { ...identityAliases, y: "yes" },
    positional: onGroup,
  },
  async run(context: Context, flags: KeptFlags & { readonly yes: boolean }, named: string) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id, name } = await groupNamed(groups, named);
      if (!flags.yes) askFor(context, name);
      await groups.drop({ group: id });
      context.print.out("groupDone", { group: id, did: "deleted" });
      return Status.done;
    });
  },
});

function askFor(context: Context, name: string): void {
  if (!context.input.isTerminal) {
    throw new UserError("Nobody is at a terminal to be asked", { kind: "usage", hint: "Say --yes." });
  }
  if (
    prompt(`All that was said in ${JSON.stringify(name)} goes. Type the group's name to drop it:`) !== name
  ) {
    throw new UserError("Nothing was dropped", {
      kind: "refused",
      hint: "Type the name exactly, or say --yes.",
    });
  }
}

type SendFlags = CommonFlags & { readonly wait: number; readonly all: boolean };

const send = command({
  brief: "Say something in a group",
  details:
    "Kept and sealed first; then status 0 means that another member has it (with --all: every member that is\n" +
    "connected), 10 that it waits here for the next program of ours that stays.",
  examples: [['dmsg group send ops "backup done"', "Wait until another member has it"]],
  parameters: {
    flags: {
      wait: waitFlag,
      all: {
        kind: "boolean",
        default: false,
        withNegated: false,
        brief: "Wait for every member that is connected",
      },
      ...commonFlags,
    },
    aliases: { ...commonAliases, w: "wait" },
    positional: {
      kind: "tuple",
      parameters: [groupArgument, { parse: String, placeholder: "text", brief: "What to say" }],
    },
  },
  async run(context: Context, flags: SendFlags, named: string, text: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      const report = await groups.send(
        { group: id, text, waitMs: flags.wait, all: flags.all },
        context.signal,
      );
      const sent = report.state === "kept-by-others";
      context.print.out("groupSent", { ...report, group: id, sent });
      return sent ? Status.done : Status.queued;
    });
  },
});

const unsend = command({
  brief: "Take back what we said",
  examples: [[
    "dmsg group unsend ops 1778580000123456789",
    "The time in nanoseconds, as `group history --json` shows it",
  ]],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [groupArgument, { parse: parseNano, placeholder: "ts-nano", brief: "When it was said" }],
    },
  },
  async run(context: Context, flags: CommonFlags, named: string, tsNano: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      await groups.unsend({ group: id, tsNano });
      context.print.out("groupDone", { group: id, did: "unsend" });
      return Status.done;
    });
  },
});

function parseNano(text: string): string {
  if (!/^-?\d{1,19}$/.test(text)) throw new SyntaxError("a time is a number of nanoseconds since 1970");
  return text;
}

const listen = command({
  brief: "Show what is said in groups as it comes",
  examples: [["dmsg group listen --json", '{"ts":"…","group_id":"…","sender_pk":"…","body":"…"}']],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: { kind: "tuple", parameters: [{ ...groupArgument, optional: true }] },
  },
  async run(context: Context, flags: CommonFlags, named?: string) {
    const names = new PeerNames(context);
    const opened = await openCommandApp(context, flags, {
      command: "group",
      makes: "default",
      resident: true,
    });
    try {
      const only = named === undefined ? undefined : (await groupNamed(opened.app.groups, named)).id;
      return await follow(context, opened, {
        async onEvent(event) {
          if (event.kind !== "message" || !isGroup(event.message.peer)) return;
          if (only !== undefined && event.message.peer !== only) return;
          await names.load();
          context.print.out("groupMessage", groupLineOf(event.message, names));
        },
      });
    } finally {
      await opened.app.close();
    }
  },
});

type HistoryFlags = KeptFlags & { readonly limit: number };

const history = command({
  brief: "Show what was said in a group",
  examples: [["dmsg group history ops -n 20", "The newest 20"]],
  parameters: {
    flags: {
      limit: {
        kind: "parsed",
        parse: parseLimit,
        default: "100",
        placeholder: "n",
        brief: "Most messages; the newest win",
      },
      ...keptFlags,
    },
    aliases: { ...identityAliases, n: "limit" },
    positional: onGroup,
  },
  async run(context: Context, flags: HistoryFlags, named: string) {
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "group", async (app) => {
      const { id } = await groupNamed(app.groups, named);
      for (const message of await app.history({ peer: id, limit: flags.limit })) {
        context.print.out("groupMessage", groupLineOf(message, names));
      }
      return Status.done;
    });
  },
});

/** A command that decides something. */
function decides(action: GroupAction, brief: string, about: "peer" | "group") {
  const decide = async (
    context: Context,
    flags: CommonFlags,
    named: string,
    peer?: PublicKeyHex,
  ): Promise<Status> =>
    await withGroups(context, flags, async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      await groups.decide({ group: id, action, ...(peer === undefined ? {} : { peer }) });
      const { members, admins } = await groups.info({ group: id }) as { members: string[]; admins: string[] };
      context.print.out("groupDone", {
        group: id,
        did: action,
        peer,
        members: members.length,
        admins: admins.length,
      });
      return Status.done;
    });
  const texts = {
    brief,
    examples: [[`dmsg group ${action} ops${about === "peer" ? " alice" : ""}`, brief]] as [string, string][],
  };
  return about === "peer"
    ? command({
      ...texts,
      parameters: { flags: commonFlags, aliases: commonAliases, positional: onPeer },
      run: async (context: Context, flags: CommonFlags, named: string, peer: string) =>
        await decide(context, flags, named, await peerNamed(context, peer)),
    })
    : command({
      ...texts,
      parameters: { flags: commonFlags, aliases: commonAliases, positional: onGroup },
      run: async (context: Context, flags: CommonFlags, named: string) => await decide(context, flags, named),
    });
}

const rotate = command({
  brief: "Give a private group a new key",
  details: "Removing or banning somebody does that too, and so does every week.",
  examples: [["dmsg group rotate-key ops", "For those who are in"]],
  parameters: { flags: commonFlags, aliases: commonAliases, positional: onGroup },
  async run(context: Context, flags: CommonFlags, named: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      await groups.rotateKey({ group: id });
      context.print.out("groupDone", { group: id, did: "rotate-key" });
      return Status.done;
    });
  },
});

const rename = command({
  brief: "Give a group another name",
  details: "Only the founder can. The others learn of it when they join or ask.",
  examples: [["dmsg group rename ops operations", "The new name last"]],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [groupArgument, { parse: String, placeholder: "groupname", brief: "At most 64 bytes" }],
    },
  },
  async run(context: Context, flags: CommonFlags, named: string, name: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      await groups.rename({ group: id, name });
      context.print.out("groupDone", { group: id, did: "rename" });
      return Status.done;
    });
  },
});

/** `dmsg group` alone lists. */
export const bare = "ls";

/** `dmsg group`. */
const group: RouteMap<Context> = commandGroup({
  brief: "Groups: found, join, talk, decide",
  examples: [
    ["dmsg group create ops", "Found a private group; prints its invite"],
    ["dmsg group join skychat:invite:…", "Join one"],
    ["dmsg group send ops hello", "Say something"],
  ],
}, {
  create,
  ls,
  info,
  members,
  requests,
  invite,
  address,
  join,
  leave,
  delete: remove,
  send,
  unsend,
  listen,
  history,
  add: decides("add", "Let somebody in", "peer"),
  remove: decides("remove", "Put somebody out; a private group gets a new key", "peer"),
  promote: decides("promote", "Make a member an admin", "peer"),
  demote: decides("demote", "Make an admin a member", "peer"),
  approve: decides("approve", "Let in who asked", "peer"),
  deny: decides("deny", "Tell who asked no", "peer"),
  ban: decides("ban", "Put somebody out for good", "peer"),
  unban: decides("unban", "Take a ban back", "peer"),
  mute: decides("mute", "Take nothing more that somebody says", "peer"),
  unmute: decides("unmute", "Hear somebody again", "peer"),
  "read-only": decides("read-only", "Let only admins speak", "group"),
  "read-write": decides("read-write", "Let all members speak", "group"),
  "rotate-key": rotate,
  rename,
});

export default group;
