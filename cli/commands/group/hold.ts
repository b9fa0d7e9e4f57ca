/**
 * `dmsg group hold`.
 *
 * @see lib/app/README.md "Holding"
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, commonFlags } from "../../flags/flags.ts";
import { groupNamed, inGroup, withGroups } from "../../names/groups.ts";
import { holderArgument, type HolderFlags, holderNamed, noHolderFlag } from "../../names/named_holder.ts";
import { groupArgument } from "./arguments.ts";

/** `dmsg group hold`. */
export const hold: Command<Context> = command({
  brief: "Name a node that holds the feeds of a group",
  ofPeers: "dmsg pair hold",
  details:
    "For members who are never online together. An admin names the node, the other members learn of it, and its\n" +
    "owner runs the command that this one prints. The node is no member: it can't read what a private group says; it\n" +
    "learns who is in, and when and how much they write. Off until named. Members with a Go program do without it.",
  examples: [
    ["dmsg group hold ops 02ab…", "An always-on node of yours"],
    ["dmsg group hold ops --none", "Nobody any more"],
  ],
  parameters: {
    flags: {
      none: noHolderFlag,
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [
        groupArgument,
        holderArgument,
      ],
    },
  },
  run: async (context: Context, flags: HolderFlags, named: string, by?: string) => {
    const holder = await holderNamed(context, flags, by);
    return await withGroups(context, flags, async ({ pk, groups }) => {
      const { id, mode } = await groupNamed(groups, named);
      await groups.nameHolder({ group: id, ...(holder === undefined ? {} : { holder }) });
      const { port } = await groups.info({ group: id }) as { port: number };
      context.print.out("groupHeld", { ...inGroup(id), port, pk, private: mode === "private", holder });
      return Status.done;
    });
  },
});
