/**
 * `dmsg forget`: drops a conversation.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { UserError } from "../../lib/wire/errors.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { identityAliases } from "../flags/flags.ts";
import { type KeptFlags, keptFlags, withKept } from "../kept.ts";
import { peerNamed, PeerNames } from "../names/peers.ts";
import { isYes } from "../input/stdin.ts";

type ForgetFlags = KeptFlags & { readonly yes: boolean };

/** `dmsg forget`. */
const forget: Command<Context> = command({
  brief: "Drop all messages with a peer",
  ofGroups: "dmsg group delete",
  details:
    "Here only: the peer keeps what it has. What is decided about the peer stays. Asks first, at a terminal.",
  examples: [["dmsg forget alice", "Asks"], ["dmsg forget alice --yes", "For scripts"]],
  parameters: {
    flags: {
      yes: { kind: "boolean", default: false, withNegated: false, brief: "Do not ask" },
      ...keptFlags,
    },
    aliases: { ...identityAliases, y: "yes" },
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "pk", brief: "The peer, a key or an alias" }],
    },
  },
  async run(context: Context, flags: ForgetFlags, named: string) {
    const peer = await peerNamed(context, named);
    const names = new PeerNames(context);
    await names.load();
    const shown = names.shown(peer);
    if (!flags.yes) {
      if (!context.input.isTerminal) {
        const hint = "Say --yes.";
        throw new UserError("Nobody is at a terminal to be asked", { kind: "usage", hint });
      }
      if (!isYes(await context.input.readLine(`Drop all messages with ${shown}? [y/N] `))) {
        throw new UserError("Nothing was dropped", { kind: "refused", hint: "Answer y to drop them." });
      }
    }
    return await withKept(context, flags, "forget", async (app) => {
      await app.messages.forget({ peer });
      context.print.out("forgotten", { peer, peer_alias: names.of(peer) });
      return Status.done;
    });
  },
});

export default forget;
