/**
 * `dmsg board`: posts and answers inside conversations. Its commands are the files in `board/`.
 *
 * @module
 */
import type { RouteMap } from "@stricli/core";
import { commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { edit, pin, post, reply, unpin, withdraw } from "./board/change.ts";
import { ls, read, show } from "./board/show.ts";

/** `dmsg board`. */
const board: RouteMap<Context> = commandGroup({
  brief: "Posts and answers inside a conversation, with a peer or in a group",
  examples: [
    ['dmsg board post ops "Bike for sale" --until 7d', "An ad that is over in a week"],
    ["dmsg board ls ops", "Posts, the one that grew last first"],
    ['dmsg board reply ops 3f2a9c01 "How much?"', "Answer a post or an answer"],
  ],
}, { ls, show, read, post, reply, edit, withdraw, pin, unpin });

export default board;
