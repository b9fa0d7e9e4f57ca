/**
 * `dmsg bot`: programs that talk. Its commands are the files in `bot/`.
 *
 * @see lib/bot/README.md
 * @module
 */
import type { RouteMap } from "@stricli/core";
import { commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { run } from "./bot/run.ts";

/** `dmsg bot`. */
const bot: RouteMap<Context> = commandGroup({
  brief: "Programs that talk: yours, and a few that are shipped",
  examples: [
    ["dmsg bot run -- python3 bot.py", "Lines of JSON in and out"],
  ],
}, { run });

export default bot;
