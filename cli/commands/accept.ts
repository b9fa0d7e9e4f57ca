/**
 * `dmsg accept`: a decision about a peer.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import type { Context } from "../context.ts";
import { decision } from "../decision.ts";

/** `dmsg accept`. */
const accept: Command<Context> = decision({ name: "accept", facts: { accepted: true } }, {
  brief: "Take what a peer sends without limits",
  details:
    "With acceptFirst in the configuration little is kept of peers whom you have neither accepted nor written to.",
  examples: [["dmsg accept alice", "See `dmsg requests` for those who wait"]],
});

export default accept;
