/**
 * `dmsg pair hold`.
 *
 * @see lib/app/README.md "Holding"
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags.ts";
import { withApp } from "../../groups.ts";
import { peerNamed } from "../../peers.ts";

type HoldFlags = CommonFlags & { readonly none: boolean };

/** `dmsg pair hold`. */
export const hold: Command<Context> = command({
  brief: "Name a node that holds the feeds of a pair",
  details:
    "Both sides name it, and it says `dmsg hold add ALICE BOB`. It keeps what is sealed and can't read it; it learns that\n" +
    "these two are a pair, when and how much they write. Off until named.",
  examples: [
    ["dmsg pair hold alice 02ab…", "alice says the same with our key"],
    ["dmsg pair hold alice --none", "Nobody any more"],
  ],
  parameters: {
    flags: {
      none: { kind: "boolean", default: false, withNegated: false, brief: "Nobody holds it any more" },
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, placeholder: "peer", brief: "The other side, a key or an alias" },
        {
          parse: String,
          placeholder: "holder",
          brief: "The node that holds, a key or an alias",
          optional: true,
        },
      ],
    },
  },
  run: async (context: Context, flags: HoldFlags, named: string, by?: string) => {
    if ((by === undefined) !== flags.none) {
      throw new UserError(by === undefined ? "Who holds it?" : "--none and a holder", {
        kind: "usage",
        hint: "Name a node, or say --none.",
      });
    }
    const peer = await peerNamed(context, named);
    const holder = by === undefined ? undefined : await peerNamed(context, by);
    return await withApp(context, flags, "pair", async ({ pk, pairs }) => {
      await pairs.nameHolder({ peer, ...(holder === undefined ? {} : { holder }) });
      context.print.out("pairHeld", { peer, pk, holder });
      return Status.done;
    });
  },
});
