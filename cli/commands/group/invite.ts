/**
 * `dmsg group invite`, `address`: how others find a group.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags.ts";
import { groupNamed } from "../../groups.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { onGroup } from "./arguments.ts";

type InviteFlags = KeptFlags & { readonly legacy: boolean; readonly keyless: boolean };

/** `dmsg group invite`. */
export const invite: Command<Context> = command({
  brief: "Print a link by which others join",
  details:
    "Whoever has the link may ask to come in. Of a private group that was made with --join link it holds the group\n" +
    "key: whoever sees it can read the group. --keyless leaves the key out, --legacy puts it in for members whose\n" +
    "programs ask nobody.",
  examples: [["dmsg group invite ops", "skychat:invite:…"]],
  parameters: {
    flags: {
      legacy: { kind: "boolean", default: false, withNegated: false, brief: "With the group key inside" },
      keyless: { kind: "boolean", default: false, withNegated: false, brief: "Without the group key" },
      ...keptFlags,
    },
    aliases: identityAliases,
    positional: onGroup,
  },
  async run(context: Context, flags: InviteFlags, named: string) {
    if (flags.legacy && flags.keyless) {
      throw new UserError("The key is to be inside and left out", {
        kind: "usage",
        hint: "Leave --legacy or --keyless out.",
      });
    }
    const withKey = flags.legacy ? true : flags.keyless ? false : undefined;
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      const { link, address, withKey: hasKey } = await groups.invite({ group: id, withKey });
      if (hasKey) context.print.note("groupKeyInLink", undefined);
      context.print.out("groupInvite", { link, address, with_key: hasKey });
      return Status.done;
    });
  },
});

/** `dmsg group address`. */
export const address: Command<Context> = command({
  brief: "Print a group's address",
  examples: [["dmsg group address ops", "skychat://PK/ID"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: onGroup },
  async run(context: Context, flags: KeptFlags, named: string) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      const { address } = await groups.invite({ group: id });
      context.print.out("groupAddress", { group: id, address });
      return Status.done;
    });
  },
});
