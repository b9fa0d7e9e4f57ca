/**
 * `dmsg file`: files that peers and groups offer.
 *
 * @see cli/README.md "Sending files"
 * @module
 */
import type { RouteMap } from "@stricli/core";
import { commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { accept, refuse } from "./file/decide.ts";
import { ls } from "./file/ls.ts";

/** `dmsg file` alone lists. */
export const bare = "ls";

/** `dmsg file`. */
const file: RouteMap<Context> = commandGroup({
  brief: "Show, take or refuse files that are offered",
  examples: [
    ["dmsg file", "Files of all conversations, with their numbers"],
    ["dmsg file accept alice 17", "Take the one that message 17 offers"],
  ],
}, { ls, accept, refuse });

export default file;
