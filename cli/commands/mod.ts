/**
 * The table of commands. A command is one file in this folder and one line here; its file, with all that it
 * imports, is loaded only when the command is used.
 *
 * @module
 */
import type { Command, RouteMap } from "@stricli/core";
import type { Context } from "../context.ts";

/** What a file in this folder exports. */
export interface CommandModule {
  /** The command, made with `command` or `commandGroup`. */
  readonly default: Command<Context> | RouteMap<Context>;
  /** For a group: which of its commands runs when none is named. */
  readonly bare?: string;
}

/** One line of the table. */
export interface CommandEntry {
  /** What it does, a few words, for the list in `dmsg --help`. */
  readonly brief: string;
  /** Loads its file. */
  readonly load: () => Promise<CommandModule>;
}

/** The commands in the order of the help. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  id: { brief: "Show, make, import or export our identity", load: () => import("./id.ts") },
  send: { brief: "Send a message to a peer and wait for its ack", load: () => import("./send.ts") },
  listen: { brief: "Show messages as they come", load: () => import("./listen.ts") },
  chat: { brief: "Talk with a peer, line by line", load: () => import("./chat.ts") },
  ping: { brief: "Ask a peer whether it is there", load: () => import("./ping.ts") },
  nc: { brief: "Connect standard input and output to a peer", load: () => import("./nc.ts") },
  disc: { brief: "Ask the discovery for entries, servers and clients", load: () => import("./disc.ts") },
  serve: { brief: "Run a private network on this machine", load: () => import("./serve.ts") },
};
