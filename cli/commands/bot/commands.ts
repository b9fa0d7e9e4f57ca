/**
 * `dmsg bot commands`: what the bots of a conversation announce.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { Status } from "../../exit.ts";
import { identityAliases } from "../../flags/flags.ts";
import { type KeptFlags, keptFlags } from "../../kept.ts";
import { conversationArgument, noteMaking, reading } from "../../names/overlays.ts";

/** Bots of a conversation; more are counted. */
const MANY = 500;

/** `dmsg bot commands`. */
export const commands: Command<Context> = command({
  brief: "Show what commands the bots of a conversation take",
  details:
    "A text that begins with one of them is for that bot: `dmsg group send ops '/uptime'`. `dmsg chat`\n" +
    "completes them.",
  examples: [["dmsg bot commands ops", "One a line, with what it does"]],
  parameters: {
    flags: keptFlags,
    aliases: identityAliases,
    positional: { kind: "tuple", parameters: [conversationArgument] },
  },
  async run(context: Context, flags: KeptFlags, where: string) {
    return await reading(context, flags, "bot commands", where, async ({ overlays, conversation, told }) => {
      const part = await overlays.commands({ conversation, limit: MANY });
      noteMaking(context, part);
      if (part.total === 0) context.print.none("noBotCommands", undefined);
      for (const { bot, ts, commands } of part.rows) {
        const { author_alias: bot_alias, mine } = told(bot);
        for (const { name, help } of commands) {
          context.print.out("botCommand", { conversation, bot, bot_alias, mine, ts, name, help });
        }
      }
      return Status.done;
    });
  },
});
