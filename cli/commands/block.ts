/**
 * `dmsg block`: a decision about a peer.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import type { Context } from "../context.ts";
import { decision } from "../decision.ts";

/** `dmsg block`. */
const block: Command<Context> = decision("block", { blocked: true }, {
  brief: "Take nothing more from a peer",
  details: "Its messages are neither kept nor acked; its connections are closed.",
  examples: [["dmsg block alice", "Status 1 is all that alice is told"]],
});

export default block;
