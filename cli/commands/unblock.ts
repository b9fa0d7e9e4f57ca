/**
 * `dmsg unblock`: a decision about a peer.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import type { Context } from "../context.ts";
import { decision } from "../decision.ts";

/** `dmsg unblock`. */
const unblock: Command<Context> = decision({ name: "unblock", facts: { blocked: false } }, {
  brief: "Let a blocked peer reach us again",
  details: "What was sent meanwhile was not kept.",
  examples: [["dmsg unblock alice", "From now on"]],
});

export default unblock;
