/**
 * `dmsg bot`: programs that talk. Its commands are the files in `bot/`.
 *
 * @see lib/bot/README.md
 * @module
 */
import type { RouteMap } from "@stricli/core";
import { commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { commands } from "./bot/commands.ts";
import { cron } from "./bot/cron.ts";
import { echo } from "./bot/echo.ts";
import { pace } from "./bot/pace.ts";
import { run } from "./bot/run.ts";
import { visor } from "./bot/visor.ts";

/** `dmsg bot`. */
const bot: RouteMap<Context> = commandGroup({
  brief: "Programs that talk: yours, and a few that are built in",
  examples: [
    ["dmsg bot run -- python3 bot.py", "Lines of JSON in and out"],
    ["dmsg bot visor --in ops", "How this machine is doing, for `dmsg dash ops`"],
    ["dmsg bot cron --in ops --name backup -- ./backup.sh", "How a job ended"],
  ],
}, { run, visor, cron, echo, commands, pace });

export default bot;
