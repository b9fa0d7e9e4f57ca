/**
 * Commands that decide about one peer.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "./command.ts";
import type { HelpTexts } from "./command_help.ts";
import type { Context } from "./context.ts";
import { Status } from "./exit.ts";
import { identityAliases } from "./flags.ts";
import { type KeptFlags, keptFlags, withKept } from "./kept.ts";
import { peerNamed, PeerNames } from "./peers.ts";

/**
 * Makes such a command.
 * @param name  The command's.
 * @param facts  What is decided.
 */
export const decision = (
  name: "block" | "unblock" | "accept",
  facts: { readonly blocked?: boolean; readonly accepted?: boolean },
  texts: HelpTexts,
): Command<Context> =>
  command({
    ...texts,
    parameters: {
      flags: keptFlags,
      aliases: identityAliases,
      positional: {
        kind: "tuple",
        parameters: [{ parse: String, placeholder: "pk", brief: "The peer, a key or an alias" }],
      },
    },
    async run(context: Context, flags: KeptFlags, named: string) {
      const peer = await peerNamed(context, named);
      const names = new PeerNames(context);
      await names.load();
      return await withKept(context, flags, name, async (app) => {
        await app.decide({ peer, ...facts });
        context.print.out("decided", { peer, peer_alias: names.of(peer), decision: name });
        return Status.done;
      });
    },
  });
