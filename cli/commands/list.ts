/**
 * `dmsg list`: lists inside conversations. Its commands are the files in `list/`.
 *
 * @module
 */
import type { RouteMap } from "@stricli/core";
import { commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import {
  add,
  archive,
  assign,
  check,
  create,
  remove,
  rename,
  restore,
  unarchive,
  uncheck,
} from "./list/change.ts";
import { move } from "./list/move.ts";
import { log, ls, show } from "./list/show.ts";

/** `dmsg list` alone shows its help; `dmsg list ls` wants a conversation. */
const list: RouteMap<Context> = commandGroup({
  brief: "Lists inside a conversation, with a peer or in a group",
  examples: [
    ["dmsg list new alice Shopping", "Make one"],
    ["dmsg list add alice Shopping milk", "Say what is on it"],
    ["dmsg list show alice Shopping", "Items with their numbers"],
    ["dmsg list check alice Shopping 1", "Done"],
  ],
}, {
  ls,
  show,
  log,
  new: create,
  add,
  check,
  uncheck,
  rename,
  move,
  assign,
  remove,
  restore,
  archive,
  unarchive,
});

export default list;
