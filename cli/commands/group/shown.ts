/**
 * `dmsg group ls`, `info`, `members`, `requests`: what is known here.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags/flags.ts";
import { GROUP_COLUMNS, groupCells } from "../../words/groups.ts";
import { holderMembers } from "../../words/holding.ts";
import { groupNamed } from "../../names/groups.ts";
import { type KeptFlags, keptFlags, withKept } from "../../kept.ts";
import { PeerNames } from "../../names/peers.ts";
import { alsoSnake } from "../../output/snake.ts";
import { tableText } from "../../output/table.ts";
import { onGroup } from "./arguments.ts";

/** `dmsg group ls`. */
export const ls: Command<Context> = command({
  brief: "Show all groups",
  examples: [["dmsg group ls", "A table"], ["dmsg group ls --json", "The records, without their keys"]],
  parameters: { flags: keptFlags, aliases: identityAliases },
  async run(context: Context, flags: KeptFlags) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      const all = await groups.list();
      if (context.print.mode.json) {
        for (const { id } of all) context.print.out("groupInfo", await groups.info({ group: id }));
      } else if (all.length === 0) context.print.none("noGroups", undefined);
      else {
        context.print.text(`${await tableText([GROUP_COLUMNS, ...all.map(groupCells)])}\n`);
      }
      return Status.done;
    }, "show-nothing");
  },
});

/** `dmsg group info`. */
export const info: Command<Context> = command({
  brief: "Show what is known of a group",
  examples: [["dmsg group info ops --json", "The record, without its keys"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: onGroup },
  async run(context: Context, flags: KeptFlags, named: string) {
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      context.print.out("groupInfo", await groups.info({ group: id }));
      return Status.done;
    });
  },
});

/** `dmsg group members`. */
export const members: Command<Context> = command({
  brief: "Show who is in a group",
  details:
    "Presence is known while a daemon, listen or chat runs: `connected` means that the member's feed is being read\n" +
    "now. The last line is the node that holds the group's feeds, which is no member: since when, how much of ours,\n" +
    "when it was last heard of.",
  examples: [["dmsg group members ops", "Key, role, presence, name"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: onGroup },
  async run(context: Context, flags: KeptFlags, named: string) {
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id, holder } = await groupNamed(groups, named);
      for (const member of await groups.members({ group: id })) {
        context.print.out("groupMember", { ...alsoSnake(member), alias: names.of(member.pk) });
      }
      if (holder !== undefined) context.print.out("groupHolder", holderMembers(holder, names));
      return Status.done;
    });
  },
});

/** `dmsg group requests`. */
export const requests: Command<Context> = command({
  brief: "Show who asks to be let in",
  examples: [["dmsg group requests ops", "Key, time, note"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: onGroup },
  async run(context: Context, flags: KeptFlags, named: string) {
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "group", async ({ groups }) => {
      const { id } = await groupNamed(groups, named);
      const asking = await groups.requests({ group: id });
      if (asking.length === 0) context.print.none("nobodyAsks", undefined);
      for (const request of asking) {
        context.print.out("groupRequest", { ...request, alias: names.of(request.pk) });
      }
      return Status.done;
    });
  },
});
