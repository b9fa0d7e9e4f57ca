/**
 * `dmsg bot run`: a program of the user's that talks.
 *
 * @see cli/bot/run.ts; lib/bot/README.md
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../../lib/wire/errors.ts";
import { checkAckWaits } from "../../flags/ack_wait.ts";
import { openCommandApp } from "../../app.ts";
import { conversationsOf } from "../../bot/publish.ts";
import { notStarted, runBot } from "../../bot/run.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { EventLog } from "../../resident/event_log.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../../flags/flags.ts";
import { problemOf } from "../../exec/program_look.ts";
import { botNameFlag, commandArguments, inFlag, waitFlag } from "./flags.ts";

type Flags = CommonFlags & {
  readonly in?: readonly string[];
  readonly name: string;
  readonly wait: number;
};

/** `dmsg bot run`. */
export const run: Command<Context> = command({
  brief: "Keep a program running that reads messages and answers",
  details:
    "The program reads one line of JSON for each message and prints one for each thing that it wants: send, reply,\n" +
    "list, board, widget, commands, done. Each of its lines is answered with its outcome. A message is handed over\n" +
    "again until the bot has replied to it or said done; what has an id is said once, however often it is asked\n" +
    "for. Of a group it gets what is said after we joined; when we are put out of one, the log says so (out). A bot\n" +
    "that fails is started again, after 1, 2, 4 … 60 s; one that ends with 0 is finished. Its standard error is\n" +
    "ours: notes go there, since whatever it prints is answered.\n" +
    "\n" +
    "docs/bots.md has a bot in sh, Python and TypeScript; lib/bot/README.md every line and member.",
  examples: [
    ["dmsg bot run -- python3 bot.py", "In all conversations"],
    ["dmsg bot run --in ops --name guard -- ./guard.sh --strict", "In one, under a name of its own"],
  ],
  parameters: {
    flags: {
      in: inFlag,
      name: botNameFlag,
      wait: waitFlag,
      ...commonFlags,
    },
    aliases: { ...commonAliases, w: "wait" },
    positional: commandArguments,
  },
  async run(context: Context, flags: Flags, ...words: string[]) {
    const [program, ...args] = words;
    if (program === undefined || program === "") {
      throw new UserError("There is no program to run", { kind: "usage", hint: "Give it behind --." });
    }
    const problem = await problemOf(program);
    if (problem !== undefined) throw notStarted(program, problem.why);
    await checkAckWaits(context, flags.in, flags.wait);
    const opened = await openCommandApp(context, flags, { command: "bot run", makes: "any", resident: true });
    const { app } = opened;
    try {
      const conversations = await conversationsOf(context, opened, flags.in);
      const log = new EventLog(context);
      return await runBot(context, opened, {
        name: flags.name,
        command: [program, ...args],
        ...(conversations.length === 0 ? {} : { conversations }),
        waitMs: flags.wait,
        log,
        onReady: (cursor) => log.say({ event: "reachable", pk: app.pk, bot: flags.name, cursor }),
      });
    } finally {
      await app.close();
    }
  },
});
