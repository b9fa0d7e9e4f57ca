/**
 * Commands that decide about one peer.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { command } from "./command.ts";
import type { HelpTexts } from "./command_help.ts";
import type { Context } from "./context.ts";
import { Status } from "./exit.ts";
import { identityAliases } from "./flags/flags.ts";
import { type KeptFlags, keptFlags, withKept } from "./kept.ts";
import { peerNamed, PeerNames } from "./names/peers.ts";

/** What can be decided. */
export interface Decision {
  /** The command's name. */
  readonly name: "block" | "unblock" | "accept";
  /** What is remembered of the peer. */
  readonly facts: { readonly blocked?: boolean; readonly accepted?: boolean };
}

/** Keeps what is decided about a peer, and says so. @param named  A key or an alias. */
export async function decide(
  context: Context,
  flags: KeptFlags,
  { name, facts }: Decision,
  named: string,
): Promise<Status> {
  const peer = await peerNamed(context, named);
  const names = new PeerNames(context);
  await names.load();
  return await withKept(context, flags, name, async (app) => {
    await app.peers.decide({ peer, ...facts });
    context.print.out("decided", { peer, peer_alias: names.of(peer), decision: name });
    return Status.done;
  }, name === "unblock" ? "fail" : "make");
}

/** Makes a command that does nothing else. */
export const decision = (what: Decision, texts: HelpTexts): Command<Context> =>
  command({
    ...texts,
    parameters: {
      flags: keptFlags,
      aliases: identityAliases,
      positional: {
        kind: "tuple",
        parameters: [{ parse: String, placeholder: "pk", brief: "The peer, a key or an alias" }],
      },
    },
    run: (context: Context, flags: KeptFlags, named: string) => decide(context, flags, what, named),
  });
