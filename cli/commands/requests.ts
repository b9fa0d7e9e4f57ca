/**
 * `dmsg requests`: peers who wrote and about whom nothing is decided.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { isGroupId } from "../../lib/app/groups/groups.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { identityAliases } from "../flags/flags.ts";
import { type KeptFlags, keptFlags, withKept } from "../kept.ts";
import { PeerNames } from "../names/peers.ts";

/** `dmsg requests`. */
const requests: Command<Context> = command({
  brief: "Show peers who wrote and whom we have not accepted",
  details:
    "Writing to a peer accepts it. With `acceptFirst` in the configuration little is kept of the others.",
  examples: [["dmsg requests", "Then `dmsg accept PK` or `dmsg block PK`"]],
  parameters: { flags: keptFlags, aliases: identityAliases },
  async run(context: Context, flags: KeptFlags) {
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "requests", async (app) => {
      const decided = (await app.peers.list()).filter(({ blocked, accepted }) => blocked || accepted);
      const known = new Set(decided.map(({ peer }) => peer));
      const open = (await app.messages.conversations())
        .filter(({ peer }) => !known.has(peer) && !isGroupId(peer));
      if (open.length === 0) context.print.none("noRequests", undefined);
      for (const { peer, lastTs, unread } of open) {
        context.print.out("request", { peer, peer_alias: names.of(peer), unread, last_ts: lastTs });
      }
      return Status.done;
    }, "show-nothing");
  },
});

export default requests;
