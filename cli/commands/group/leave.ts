/**
 * `dmsg group leave`, `delete`: the end of a group here. Needs nobody.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags.ts";
import { groupNamed } from "../../groups.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { onGroup } from "./arguments.ts";

/** `dmsg group leave`. */
export const leave: Command<Context> = command({
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

/** `dmsg group delete`. */
export const remove: Command<Context> = command({
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
