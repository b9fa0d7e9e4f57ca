/**
 * `dmsg group listen`, `history`: what is said.
 *
 * @see specification skychat (e) "group …"
 * @module
 */
import type { Command } from "@stricli/core";
import { isGroupId } from "../../../lib/app/groups/groups.ts";
import { openCommandApp } from "../../app.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, identityAliases } from "../../flags.ts";
import { follow, tellLost } from "../../follow.ts";
import { groupLineOf, groupNamed } from "../../groups.ts";
import { type KeptFlags, keptFlags, limitFlag, withKept } from "../../kept.ts";
import { PeerNames } from "../../peers.ts";
import { groupArgument, onGroup } from "./arguments.ts";

/** `dmsg group listen`. */
export const listen: Command<Context> = command({
  brief: "Show what is said in groups as it comes",
  examples: [["dmsg group listen --json", '{"ts":"…","group_id":"…","sender_pk":"…","body":"…"}']],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: { kind: "tuple", parameters: [{ ...groupArgument, optional: true }] },
  },
  async run(context: Context, flags: CommonFlags, named?: string) {
    const names = new PeerNames(context);
    const opened = await openCommandApp(context, flags, {
      command: "group",
      makes: "default",
      resident: true,
    });
    try {
      const only = named === undefined ? undefined : (await groupNamed(opened.app.groups, named)).id;
      return await follow(context, opened, {
        async onEvent(event) {
          if (event.kind === "lost") return tellLost(context, event);
          if (event.kind !== "message" || !isGroupId(event.message.peer) || event.message.silent) return;
          if (only !== undefined && event.message.peer !== only) return;
          await names.load();
          context.print.out("groupMessage", groupLineOf(event.message, names));
        },
      });
    } finally {
      await opened.app.close();
    }
  },
});

type HistoryFlags = KeptFlags & { readonly limit: number };

/** `dmsg group history`. */
export const history: Command<Context> = command({
  brief: "Show what was said in a group",
  details:
    "In the order in which it was said, the same at all members, whatever came here first; `dmsg history` and\n" +
    "`--since` of `dmsg listen` go by what came.",
  examples: [["dmsg group history ops -n 20", "The newest 20"]],
  parameters: {
    flags: {
      limit: limitFlag(100, "Most messages; the newest win"),
      ...keptFlags,
    },
    aliases: { ...identityAliases, n: "limit" },
    positional: onGroup,
  },
  async run(context: Context, flags: HistoryFlags, named: string) {
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "group", async (app) => {
      const { id, keys } = await groupNamed(app.groups, named);
      const messages = await app.messages.history({
        peer: id,
        limit: flags.limit,
        lines: true,
        asSaid: true,
      });
      const ids = messages.flatMap(({ id }) => id ?? []);
      const known = keys === "d2" ? await app.groups.audiences({ group: id, ids }) : [];
      const audiences = new Map(known.map(({ id, audience }) => [id, audience]));
      for (const message of messages) {
        context.print.out("groupMessage", groupLineOf(message, names, audiences.get(message.id ?? "")));
      }
      return Status.done;
    });
  },
});
