/**
 * `dmsg file ls`: which files are offered, and how each stands.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { conversationNamed } from "../../names/conversations.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags/flags.ts";
import { type KeptFlags, keptFlags, parseLimit, withKept } from "../../kept.ts";
import { PeerNames } from "../../names/peers.ts";

/** Files that are shown when nothing is said. */
const LIMIT = 50;

type LsFlags = KeptFlags & { readonly limit?: number };

/** `dmsg file ls`. */
export const ls: Command<Context> = command({
  brief: "Show the files that messages offer",
  examples: [["dmsg file ls alice", "Conversation, number, whose, name, where it stands"]],
  parameters: {
    flags: {
      limit: {
        kind: "parsed",
        parse: parseLimit,
        optional: true,
        placeholder: "n",
        brief: `Show so many, the newest; ${LIMIT} by default`,
      },
      ...keptFlags,
    },
    aliases: { ...identityAliases, n: "limit" },
    positional: {
      kind: "tuple",
      parameters: [{
        parse: String,
        optional: true,
        placeholder: "conversation",
        brief: "Only of this peer or group",
      }],
    },
  },
  async run(context: Context, { limit = LIMIT, ...flags }: LsFlags, named?: string) {
    const find = named === undefined ? undefined : await conversationNamed(context, named);
    const names = new PeerNames(context);
    return await withKept(context, flags, "file", async (app) => {
      const conversation = await find?.(app.groups);
      await names.withGroups(() => app.groups.list()).load();
      const files = await app.files.list({ conversation, limit });
      if (files.length === 0) context.print.none("noFiles", undefined);
      for (const file of files) {
        const conversation_alias = names.of(file.conversation);
        context.print.out("fileShown", { type: "offer", ...file, conversation_alias });
      }
      return Status.done;
    }, "show-nothing");
  },
});
