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
import { commonAliases, type CommonFlags, commonFlags } from "../../flags.ts";
import { groupNamed, withGroups } from "../../groups.ts";
import { peerNamed } from "../../peers.ts";
import { groupArgument, onGroup, onPeer } from "./arguments.ts";

/** A command that decides something. */
export function decides(action: GroupAction, brief: string, about: "peer" | "group"): Command<Context> {
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
      context.print.out("groupDone", { group: id, did: "rotate-key" });
      return Status.done;
    });
  },
});

/** `dmsg group rename`. */
export const rename: Command<Context> = command({
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
