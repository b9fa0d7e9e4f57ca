/**
 * `dmsg group leave`, `delete`: the end of a group here. Needs nobody.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import type { Groups, GroupView } from "../../../lib/app/groups/groups.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags/flags.ts";
import { groupNamed, inGroup } from "../../names/groups.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { onGroup } from "./arguments.ts";

/** `dmsg group leave`. */
export const leave: Command<Context> = command({
  brief: "Stop taking part in a group",
  details:
    "What was said stays; `dmsg group join ops` asks to come back. It works alone, and without a network. When\n" +
    "nobody else decides in the group, nobody can be let in or removed any more: it says that first, and asks at a\n" +
    "terminal.",
  examples: [["dmsg group leave ops", "From now on"]],
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
      const group = await groupNamed(groups, named);
      const { id, name } = group;
      if (!flags.yes && await endsForOthers(groups, group)) {
        await askFor(context, name, {
          asks: `Nobody else decides in ${
            JSON.stringify(name)
          }: it ends for the others. Type its name to leave it:`,
          refused: "Nothing was left",
        });
      }
      await groups.leave({ group: id });
      context.print.out("groupDone", { ...inGroup(id), did: "left" });
      return Status.done;
    });
  },
});

/** `dmsg group delete`. */
export const remove: Command<Context> = command({
  brief: "Drop a group here, with all that was said",
  ofPeers: "dmsg forget",
  details:
    "The others keep what they have. Asks first, at a terminal; when nobody else decides in the group, it also says\n" +
    "that the group ends for the others.",
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
      const group = await groupNamed(groups, named);
      const { id, name } = group;
      if (!flags.yes) {
        const ends = await endsForOthers(groups, group)
          ? `Nobody else decides in ${JSON.stringify(name)}: it ends for the others. `
          : "";
        await askFor(context, name, {
          asks: `${ends}All that was said in ${JSON.stringify(name)} goes. Type the group's name to drop it:`,
          refused: "Nothing was dropped",
        });
      }
      await groups.drop({ group: id });
      context.print.out("groupDone", { ...inGroup(id), did: "deleted" });
      return Status.done;
    });
  },
});

/** Whether nobody could be let in or put out any more without us. */
async function endsForOthers(groups: Groups, { id, admin, members, status }: GroupView): Promise<boolean> {
  if (!admin || members <= 1 || status !== "active") return false;
  const { admins = [] } = await groups.info({ group: id }) as { admins?: string[] };
  return admins.length <= 1;
}

/** @throws {UserError} usage: nobody is there to be asked. refused: the word is another one. */
async function askFor(
  context: Context,
  name: string,
  { asks, refused }: { readonly asks: string; readonly refused: string },
): Promise<void> {
  if (!context.input.isTerminal) {
    throw new UserError("Nobody is at a terminal to be asked", { kind: "usage", hint: "Say --yes." });
  }
  if (await context.input.readLine(`${asks} `) === name) return;
  throw new UserError(refused, { kind: "refused", hint: "Type the name exactly, or say --yes." });
}
