/**
 * `dmsg group catalog`: the groups that a peer shows to strangers.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags/flags.ts";
import { withGroups } from "../../names/groups.ts";
import { peerNamed, PeerNames } from "../../names/peers.ts";
import { peerArgument } from "./arguments.ts";

/** `dmsg group catalog`. */
export const catalog: Command<Context> = command({
  brief: "Show the groups that a peer lists",
  details: "Those that were made with `create --listed`. `dmsg group join` takes their addresses.",
  examples: [["dmsg group catalog alice", "Address, kind, how one comes in, name"]],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: { kind: "tuple", parameters: [peerArgument] },
  },
  async run(context: Context, flags: CommonFlags, named: string) {
    const peer = await peerNamed(context, named);
    return await withGroups(context, flags, async ({ groups }) => {
      const { groups: listed, truncated } = await groups.catalog({ peer });
      for (const one of listed) context.print.out("groupListed", { ...one, host_pk: peer });
      if (listed.length === 0) {
        const names = new PeerNames(context);
        await names.load();
        context.print.note("groupsNotListed", { peer: names.shown(peer) });
      }
      if (truncated) context.print.note("groupCatalogCut", undefined);
      return Status.done;
    }, { makes: "default" });
  },
});
