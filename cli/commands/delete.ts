/**
 * `dmsg delete`: takes a message back.
 *
 * @see specification skychat §a.5 `chat-delete`
 * @module
 */
import type { Command } from "@stricli/core";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import type { HereOnly } from "../words/messages.ts";
import { commonAliases, type CommonFlags, commonFlags } from "../flags/flags.ts";
import { peerNamed, PeerNames } from "../names/peers.ts";
import { parseCount } from "../flags/size.ts";

type DeleteFlags = CommonFlags & { readonly here: boolean };

/** `dmsg delete`. */
const deleteMessage: Command<Context> = command({
  brief: "Take a message back",
  ofGroups: "dmsg group unsend",
  details:
    "Its text is deleted here, and the peer is asked to delete one of ours as well; a mark stays. What the peer\n" +
    "wrote is deleted only here, and what was sent with --wait 0 has no id by which to ask. When the peer is away\n" +
    "(status 3) the text is gone here: the same command asks again later.",
  examples: [
    ["dmsg delete alice 17", "Message 17, as `dmsg history -v` shows it, here and at alice's"],
    ["dmsg delete alice 17 --here", "Without a word to alice"],
  ],
  parameters: {
    flags: {
      here: { kind: "boolean", default: false, withNegated: false, brief: "Do not tell the peer" },
      ...commonFlags,
    },
    aliases: commonAliases,
    positional: {
      kind: "tuple",
      parameters: [
        { parse: String, placeholder: "pk", brief: "The peer, a key or an alias" },
        {
          parse: parseCount,
          placeholder: "number",
          brief: "The message's number, as `dmsg history -v` shows it",
        },
      ],
    },
  },
  async run(context: Context, flags: DeleteFlags, named: string, position: number) {
    const peer = await peerNamed(context, named);
    const names = new PeerNames(context);
    await names.load();
    const { app } = await openCommandApp(context, flags, {
      makes: "none",
      command: "delete",
      resident: false,
      offline: flags.here,
    });
    try {
      const [message] = await app.messages.history({ peer, before: position + 1, limit: 1 });
      await app.messages.remove({ peer, position, everywhere: !flags.here });
      const reason = flags.here || message?.position !== position ? undefined : whyHereOnly(message);
      context.print.out("deleted", {
        ...{ peer, peer_alias: names.of(peer), position },
        ...(flags.here || reason !== undefined ? { here_only: true, reason } : {}),
      });
      return Status.done;
    } finally {
      await app.close();
    }
  },
});

/** Why the peer has it still, though it was to go; undefined: it was asked, or never had it. */
function whyHereOnly({ id, outgoing, state, via }: MessageView): HereOnly | undefined {
  if (!outgoing) return "theirs";
  const isThere = state === "sent" || state === "received" || state === "unconfirmed";
  return isThere && (id === undefined || via === "dmsg-chat") ? "no-id" : undefined;
}

export default deleteMessage;
