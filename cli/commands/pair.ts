/**
 * `dmsg pair`: contacts with a sealed feed each, in which messages wait until the other reads them.
 *
 * @see specification skychat (e) "pair …"
 * @module
 */
import type { Command, RouteMap } from "@stricli/core";
import { commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { add, answers, ls, remove } from "./pair/agree.ts";
import { hold } from "./pair/hold.ts";
import { invite } from "./pair/invite.ts";
import { poll, send } from "./pair/talk.ts";
import { verify } from "./pair/verify.ts";

/** `dmsg pair` alone lists. */
export const bare = "list";

const list: Command<Context> = ls;

/** `dmsg pair`. */
const pair: RouteMap<Context> = commandGroup({
  brief: "Contacts with a sealed feed each, where messages wait",
  examples: [
    ["dmsg pair add alice", "Ask somebody"],
    ["dmsg pair accept alice", "Agree to an invite"],
    ["dmsg pair invite --uses 3", "A link by which three people are paired with us, unasked"],
    ['dmsg pair send alice "read this when you are back"', "It waits in our feed"],
  ],
}, {
  add,
  invite,
  list,
  accept: answers("accept"),
  decline: answers("decline"),
  remove,
  send,
  poll,
  verify,
  hold,
}, { ls: "list" });

export default pair;
