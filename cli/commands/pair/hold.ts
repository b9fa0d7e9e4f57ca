/**
 * `dmsg pair hold`.
 *
 * @see lib/app/README.md "Holding"
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, commonFlags } from "../../flags/flags.ts";
import { withApp } from "../../names/groups.ts";
import { holderArgument, type HolderFlags, holderNamed, noHolderFlag } from "../../names/named_holder.ts";
import { namesIn, peerNamed } from "../../names/peers.ts";

/** `dmsg pair hold`. */
export const hold: Command<Context> = command({
  brief: "Name a node that holds the feeds of a pair",
  ofGroups: "dmsg group hold",
  details:
    "Both sides name the node, and its owner says `dmsg hold add ALICE BOB`. It keeps what is sealed and can't read\n" +
    "it; it learns that these two are a pair, and when and how much they write. Off until named.",
  examples: [
    ["dmsg pair hold alice 02ab…", "alice says the same with our key"],
    ["dmsg pair hold alice --none", "Nobody any more"],
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
        { parse: String, placeholder: "peer", brief: "The other side, a key or an alias" },
        holderArgument,
      ],
    },
  },
  run: async (context: Context, flags: HolderFlags, named: string, by?: string) => {
    const holder = await holderNamed(context, flags, by);
    const peer = await peerNamed(context, named);
    return await withApp(context, flags, "pair", async ({ pk, pairs }) => {
      await pairs.nameHolder({ peer, ...(holder === undefined ? {} : { holder }) });
      const names = await namesIn(context);
      context.print.out("pairHeld", {
        peer,
        peer_alias: names.of(peer),
        pk,
        holder,
        holder_alias: holder && names.of(holder),
      });
      return Status.done;
    });
  },
});
