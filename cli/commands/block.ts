/**
 * `dmsg block`: a decision about a peer, and which ones have been made.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { keyOfAlias, readAliases } from "../../lib/identity/aliases.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { decide } from "../decision.ts";
import { Status } from "../exit.ts";
import { identityAliases } from "../flags/flags.ts";
import { type KeptFlags, keptFlags, withKept } from "../kept.ts";
import { PeerNames } from "../names/peers.ts";

/** `dmsg block`. */
const block: Command<Context> = command({
  brief: "Refuse everything from a peer",
  details:
    "Its streams are refused, on every port (listen, nc -l, ping), open ones end, and nothing is sent or dialled to\n" +
    "it. Without a peer: shows who is blocked.",
  examples: [["dmsg block alice", "All that alice is told: we can't be reached (status 3)"], [
    "dmsg block",
    "Who is blocked",
  ]],
  parameters: {
    flags: keptFlags,
    aliases: identityAliases,
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, optional: true, placeholder: "pk", brief: "The peer, a key or an alias" },
      ],
    },
  },
  run: async (context: Context, flags: KeptFlags, named?: string) =>
    named === undefined || await isVerb(context, named)
      ? await showBlocked(context, flags)
      : await decide(context, flags, { name: "block", facts: { blocked: true } }, named),
});

export default block;

/** All other lists are shown by `ls`; where somebody is called so, he is meant. */
const isVerb = async (context: Context, word: string): Promise<boolean> =>
  word === "ls" && keyOfAlias(word, await readAliases(context)) === undefined;

async function showBlocked(context: Context, flags: KeptFlags): Promise<Status> {
  const names = new PeerNames(context);
  await names.load();
  return await withKept(context, flags, "block", async (app) => {
    const blocked = (await app.peers.list()).filter((one) => one.blocked);
    if (blocked.length === 0) context.print.none("nobodyBlocked", undefined);
    for (const { peer } of blocked) context.print.out("blocked", { peer, peer_alias: names.of(peer) });
    return Status.done;
  }, "show-nothing");
}
