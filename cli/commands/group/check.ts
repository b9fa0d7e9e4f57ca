/**
 * `dmsg group check`: what each member provably has, and what is missing here.
 *
 * @see lib/group/README.md "Threads"
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags/flags.ts";
import { groupNamed, inGroup } from "../../names/groups.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { PeerNames } from "../../names/peers.ts";
import { alsoSnake } from "../../output/snake.ts";
import { groupArgument } from "./arguments.ts";

/** `dmsg group check`. */
export const check: Command<Context> = command({
  brief: "Show what each member has of ours, and what is missing here",
  ofPeers: "dmsg check",
  details:
    "For each member: our last entry that it provably has (it names it, signed), its last one that is here, what of\n" +
    "it is missing, the run of its program, and when it was last heard. What is missing is asked for while a daemon,\n" +
    "listen, chat or sync runs. Status 0: nothing is missing, and nobody is proven to have said two things in one\n" +
    "place; otherwise 9. Members with a Go program show nothing of this.",
  examples: [
    ["dmsg group check ops", "One group"],
    ["dmsg group check --json", "All of them, a line each"],
  ],
  parameters: {
    flags: keptFlags,
    aliases: identityAliases,
    positional: { kind: "tuple", parameters: [{ ...groupArgument, optional: true }] },
  },
  async run(context: Context, flags: KeptFlags, named?: string) {
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "group", async ({ groups }) => {
      const chosen = named === undefined ? await groups.list() : [await groupNamed(groups, named)];
      if (chosen.length === 0) context.print.none("noGroups", undefined);
      let whole = true;
      for (const { id } of chosen) {
        const found = await groups.check({ group: id });
        whole &&= found.whole;
        const aliases = Object.fromEntries(
          found.members.flatMap(({ pk }) => names.of(pk) === undefined ? [] : [[pk, names.of(pk)!]]),
        );
        context.print.out("groupCheck", { ...alsoSnake(found), ...inGroup(id), aliases });
      }
      return whole ? Status.done : Status.broken;
    });
  },
});
