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
import { onGroup } from "./arguments.ts";

/** `dmsg group invite`. */
export const invite: Command<Context> = command({
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

/** `dmsg group address`. */
export const address: Command<Context> = command({
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
