/**
 * What admins decide: `dmsg group add`, `remove`, `promote` …, `rotate-key` and `rename`.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import type { GroupAction } from "../../../lib/app/groups/groups.ts";
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags/flags.ts";
import { groupNamed, inGroup, withGroups } from "../../names/groups.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { peerNamed } from "../../names/peers.ts";
import { groupArgument, onGroup, onPeer } from "./arguments.ts";

/** Decides, and says what came of it. */
async function decided(
  context: Context,
  flags: CommonFlags,
  named: string,
  action: GroupAction,
  peer?: PublicKeyHex,
): Promise<Status> {
  return await withGroups(context, flags, async ({ groups }) => {
    const { id } = await groupNamed(groups, named);
    await groups.decide({ group: id, action, ...(peer === undefined ? {} : { peer }) });
    const { members, admins } = await groups.info({ group: id }) as { members: string[]; admins: string[] };
    context.print.out("groupDone", {
      ...inGroup(id),
      did: action,
      peer,
      members: members.length,
      admins: admins.length,
    });
    return Status.done;
  });
}

/** What who is promoted has to know. */
export const OF_PROMOTED: string =
  "In a private group each admin lets in by itself: that it was made with --join link is known to its founder alone.\n" +
  "Who comes by a link while the founder is away waits for the new admin's `dmsg group approve`; by its signed invite\n" +
  "(`dmsg group invite ops --uses 3 --expires 2d`) they come in at once.";

/** What becomes of who is removed. */
export const OF_REMOVED: string =
  "What it has said stays. It may ask to be let in again, and comes in at once by a link of a group that was made\n" +
  "with --join link: `dmsg group ban` is for whoever is to stay out.";

/** What becomes of who is banned. */
export const OF_BANNED: string =
  "A private group gets a new key. All that it has said is hidden from all members, and shown again after\n" +
  "`dmsg group unban`; until then nobody can let it in. `dmsg group remove` leaves what was said.";

/** What becomes of who was banned. */
export const OF_UNBANNED: string =
  "What it had said is shown again. It is not in by that: it asks again (`dmsg group join`), or an admin adds it.";

/** What becomes of who is muted. */
export const OF_MUTED: string =
  "What it has said stays. What it says while it is muted nobody gets, also not after `dmsg group unmute`.";

/** A command that decides something. @param details  For its help. */
export function decides(
  action: GroupAction,
  brief: string,
  about: "peer" | "group",
  details?: string,
): Command<Context> {
  const texts = {
    brief,
    ...(details === undefined ? {} : { details }),
    examples: [[`dmsg group ${action} ops${about === "peer" ? " alice" : ""}`, brief]] as [string, string][],
  };
  return about === "peer"
    ? command({
      ...texts,
      parameters: { flags: commonFlags, aliases: commonAliases, positional: onPeer },
      run: async (context: Context, flags: CommonFlags, named: string, peer: string) =>
        await decided(context, flags, named, action, await peerNamed(context, peer)),
    })
    : command({
      ...texts,
      parameters: { flags: commonFlags, aliases: commonAliases, positional: onGroup },
      run: async (context: Context, flags: CommonFlags, named: string) =>
        await decided(context, flags, named, action),
    });
}

/** `dmsg group peer-backfill`. */
export const peerBackfill: Command<Context> = command({
  brief: "Whether members copy each other's messages",
  details:
    "On (as it is at first) each member keeps what two others say, and admins keep all: messages reach who was away,\n" +
    "also when their writer is away then. Off, only admins do.",
  examples: [["dmsg group peer-backfill ops off", "Admins alone copy"]],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [groupArgument, {
        parse: String,
        placeholder: "on|off",
        brief: "Copy or not",
        proposeCompletions: () => ["on", "off"],
      }],
    },
  },
  async run(context: Context, flags: CommonFlags, first: string, second: string) {
    const isWord = (text: string): text is "on" | "off" => text === "on" || text === "off";
    // The word may come first, as it is in the Go program's help.
    const [named, word] = isWord(second) ? [first, second] : [second, first];
    if (!isWord(word)) {
      throw new UserError("Members copy each other's messages, or they don't", {
        kind: "usage",
        hint: "Say on or off.",
      });
    }
    return await decided(context, flags, named, `backfill-${word}`);
  },
});

/** `dmsg group rotate-key`. */
export const rotate: Command<Context> = command({
  brief: "Give a private group a new key",
  details: "Removing or banning somebody does that too, and so does every week.",
  examples: [["dmsg group rotate-key ops", "For those who are in"]],
  parameters: { flags: commonFlags, aliases: commonAliases, positional: onGroup },
  async run(context: Context, flags: CommonFlags, named: string) {
    return await withGroups(context, flags, async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      await groups.rotateKey({ group: id });
      context.print.out("groupDone", { ...inGroup(id), did: "rotate-key" });
      return Status.done;
    });
  },
});

/** `dmsg group rename`. */
export const rename: Command<Context> = command({
  brief: "Give a group another name",
  details:
    "Only the founder can. The new name is signed, and members pass it on: whoever was away or joins later gets it\n" +
    "even when the founder is gone. Members with a Go program get it when they join or ask.",
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
      context.print.out("groupDone", { ...inGroup(id), did: "rename" });
      return Status.done;
    });
  },
});
