/**
 * The table of commands. A command is one file in this folder and one line here; its file, with all that it
 * imports, is loaded only when the command is used. The commands of a group lie in a folder of its name.
 *
 * @module
 */
import type { Command, RouteMap } from "@stricli/core";
import type { Context } from "../context.ts";
import type { Needs } from "../permissions.ts";

/** What a file in this folder exports. */
export interface CommandModule {
  /** The command, made with `command` or `commandGroup`. */
  readonly default: Command<Context> | RouteMap<Context>;
  /** For a group: which of its commands runs when none is named. */
  readonly bare?: string;
}

/** One line of the table; permissions that it does not name are given back before its file is loaded. */
export interface CommandEntry extends Needs {
  /** What it does, a few words, for the list in `dmsg --help`. */
  readonly brief: string;
  /** Loads its file. */
  readonly load: () => Promise<CommandModule>;
}

/** The network (a store may be on a server, too), and files for key, store and lock. */
const TALKING = ["net", "read", "write", "env"] as const;

/** The same, and how much room a disk has. */
const COPYING = [...TALKING, "sys"] as const;

/** The commands in the order of the help. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  id: {
    brief: "Show, list, make, import or export our identity",
    needs: ["read", "write", "env"],
    load: () => import("./id.ts"),
  },
  send: {
    brief: "Send a message to a peer and wait for its ack",
    needs: TALKING,
    load: () => import("./send.ts"),
  },
  listen: {
    brief: "Show messages as they come",
    needs: COPYING,
    needsWith: { "--exec": ["run"] },
    load: () => import("./listen.ts"),
  },
  chat: {
    brief: "Talk: a screen with all conversations, or one line by line",
    needs: TALKING,
    needsAtTerminal: ["run"], // the editor, the user's command for notices, and Ctrl+Z
    load: () => import("./chat.ts"),
  },
  sync: {
    brief: "Exchange what is new with whoever is online, and end: for cron",
    needs: COPYING,
    needsWith: { "--exec": ["run"] },
    load: () => import("./sync.ts"),
  },
  daemon: { brief: "Stay connected in the background", needs: COPYING, load: () => import("./daemon.ts") },
  status: { brief: "Show the state of our identity", needs: TALKING, load: () => import("./status.ts") },
  history: { brief: "Show the messages that are kept", needs: TALKING, load: () => import("./history.ts") },
  search: { brief: "Find messages by their text", needs: TALKING, load: () => import("./search.ts") },
  check: {
    brief: "Show what a peer provably has of ours",
    needs: TALKING,
    load: () => import("./check.ts"),
  },
  file: {
    brief: "Show, take or refuse files that are offered",
    needs: COPYING,
    load: () => import("./file.ts"),
  },
  outbox: {
    brief: "Show, cancel or retry messages that wait",
    needs: TALKING,
    load: () => import("./outbox.ts"),
  },
  group: {
    brief: "Groups: create, join, talk, administer",
    needs: TALKING,
    load: () => import("./group.ts"),
  },
  pair: {
    brief: "Contacts with a sealed feed each, where messages wait",
    needs: TALKING,
    load: () => import("./pair.ts"),
  },
  hold: {
    brief: "Hold sealed feeds for peers who are never online together",
    needs: TALKING,
    load: () => import("./hold.ts"),
  },
  bundle: {
    brief: "Take in a group that was carried by hand",
    needs: TALKING,
    load: () => import("./bundle.ts"),
  },
  list: {
    brief: "Lists inside a conversation, with a peer or in a group",
    needs: TALKING,
    load: () => import("./list.ts"),
  },
  board: {
    brief: "Posts and answers inside a conversation",
    needs: TALKING,
    load: () => import("./board.ts"),
  },
  dash: {
    brief: "Show what bots publish in a conversation",
    needs: TALKING,
    load: () => import("./dash.ts"),
  },
  widget: {
    brief: "Publish a value for a dashboard",
    needs: TALKING,
    load: () => import("./widget.ts"),
  },
  bot: {
    brief: "Programs that talk: yours, and a few that are built in",
    needs: TALKING,
    needsWith: { run: ["run"], cron: ["run"], visor: ["run"] },
    load: () => import("./bot.ts"),
  },
  invite: {
    brief: "Invites to groups and contacts inside a conversation",
    needs: TALKING,
    load: () => import("./invite.ts"),
  },
  poll: {
    brief: "Ask, vote and count inside a conversation",
    needs: TALKING,
    load: () => import("./poll.ts"),
  },
  alias: { brief: "Names for keys", needs: ["read", "write", "env"], load: () => import("./alias.ts") },
  block: { brief: "Refuse everything from a peer", needs: TALKING, load: () => import("./block.ts") },
  unblock: { brief: "Let a blocked peer reach us again", needs: TALKING, load: () => import("./unblock.ts") },
  requests: {
    brief: "Show peers who wrote and whom we have not accepted",
    needs: TALKING,
    load: () => import("./requests.ts"),
  },
  accept: {
    brief: "Take what a peer sends without limits",
    needs: TALKING,
    load: () => import("./accept.ts"),
  },
  delete: { brief: "Take a message back", needs: TALKING, load: () => import("./delete.ts") },
  forget: { brief: "Drop all messages with a peer", needs: TALKING, load: () => import("./forget.ts") },
  export: {
    brief: "Write messages, peers and aliases into a new file",
    needs: TALKING,
    load: () => import("./export.ts"),
  },
  import: {
    brief: "Read a file of `dmsg export`",
    needs: TALKING,
    load: () => import("./import.ts"),
  },
  ping: { brief: "Ask a peer whether it is there", needs: TALKING, load: () => import("./ping.ts") },
  nc: {
    brief: "Connect standard input and output to a peer",
    needs: TALKING,
    load: () => import("./nc.ts"),
  },
  forward: {
    brief: "Make a port of a peer a port of this machine",
    needs: TALKING,
    load: () => import("./forward.ts"),
  },
  expose: {
    brief: "Make a service of this machine a port of ours",
    needs: TALKING,
    load: () => import("./expose.ts"),
  },
  http: {
    brief: "Serve files or a web service to peers, and fetch from them",
    needs: COPYING,
    load: () => import("./http.ts"),
  },
  scp: { brief: "Copy files to and from a peer", needs: COPYING, load: () => import("./scp.ts") },
  "scp-host": {
    brief: "Let listed peers copy files to and from a directory",
    needs: COPYING,
    load: () => import("./scp_host.ts"),
  },
  "send-file": {
    brief: "Send files to a peer who accepts them",
    needs: TALKING,
    load: () => import("./send_file.ts"),
  },
  disc: {
    brief: "Ask the discovery for entries, servers and clients",
    needs: ["net", "read", "env"],
    load: () => import("./disc.ts"),
  },
  serve: { brief: "Run a private network on this machine", needs: TALKING, load: () => import("./serve.ts") },
  completion: {
    brief: "Print the completion script of a shell",
    needs: [],
    load: () => import("./completion.ts"),
  },
};
