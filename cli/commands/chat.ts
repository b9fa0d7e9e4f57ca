/**
 * `dmsg chat`: lines that are typed go to one peer, lines that arrive from anybody are shown.
 *
 * @module
 */
import type { Command } from "@stricli/core";
import { CHAT_PORT, type IncomingMessage, Messenger, outgoing } from "../../lib/app/messages.ts";
import { openNode } from "../../lib/app/open.ts";
import { excessBytes } from "../../lib/chat/outgoing.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { command } from "../command.ts";
import { connectionNotices } from "../connection_notices.ts";
import type { Context } from "../context.ts";
import { failureOf, Interrupted, Status, worst } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parsePeer } from "../flags.ts";
import { lines } from "../lines.ts";

/** How long a line waits for its ack. */
const WAIT_MS = 5000;

/** `dmsg chat`. */
const chat: Command<Context> = command({
  brief: "Talk with a peer, line by line",
  details:
    "Each line of standard input is a message. ✓ follows when the peer has it. Ctrl+D or Ctrl+C ends it.",
  examples: [["dmsg chat PK", "Talk"], ["dmsg chat PK < lines.txt", "Send each line of a file"]],
  parameters: {
    flags: commonFlags,
    aliases: commonAliases,
    positional: { kind: "tuple", parameters: [{ parse: parsePeer, placeholder: "pk", brief: "The peer" }] },
  },
  async run(context: Context, flags: CommonFlags, peer: PublicKeyHex) {
    const settings = await context.settings(flags);
    const identity = await context.identity(settings);
    const value = { pk: identity.pair.pk, peer };
    const onEvent = connectionNotices(context, () => context.print.note("chatting", value));
    const node = await openNode({ settings, identity, command: "chat", resident: true, onEvent }, context);
    const messenger = new Messenger({ network: node.client, clock: context.clock, random: context.random });
    try {
      const take = (message: IncomingMessage): boolean => {
        const { from, id, body } = message;
        context.print.out("chatIn", { type: "msg", from, id, body, dir: "in" });
        return !context.signal.aborted;
      };
      const taken = messenger.listen(take, context.signal);
      return await Promise.race([sendLines(context, messenger, peer), taken.then(() => ended(context))]);
    } catch (error) {
      if (context.signal.aborted) return ended(context);
      throw error;
    } finally {
      messenger.close();
      await node.close();
    }
  },
});

export default chat;

/** Sends each line as it comes; resolves when standard input has ended and every line has its outcome. */
async function sendLines(context: Context, messenger: Messenger, peer: PublicKeyHex): Promise<Status> {
  const sent: Promise<Status>[] = [];
  for await (const line of lines(Deno.stdin, context.signal)) {
    if (line !== "") sent.push(sendLine(context, messenger, peer, line));
  }
  return worst(await Promise.all(sent));
}

async function sendLine(
  { print, signal }: Context,
  messenger: Messenger,
  peer: PublicKeyHex,
  text: string,
): Promise<Status> {
  const excess = excessBytes(outgoing(text, WAIT_MS, "0".repeat(16)));
  if (excess > 0) {
    print.out("chatFailed", { acked: false, reason: `${excess} bytes too long`, text });
    return Status.usage;
  }
  try {
    const outcome = await messenger.send({ pk: peer, port: CHAT_PORT }, text, { waitMs: WAIT_MS, signal });
    if (outcome.state === "acked") {
      print.out("chatAcked", { acked: true, id: outcome.id, ms: Math.round(outcome.ms) });
      return Status.done;
    }
    const reason = outcome.state === "unconfirmed" ? outcome.reason : outcome.state;
    print.out("chatFailed", { acked: false, reason, text });
    return Status.notAcked;
  } catch (error) {
    if (signal.aborted) throw error;
    const { status, message } = failureOf(error);
    print.out("chatFailed", { acked: false, reason: message, text });
    return status;
  }
}

/** Ctrl+C is the usual way to end it: no error to print. */
function ended({ signal }: Context): Status {
  if (signal.reason instanceof Interrupted) return Status.interrupted;
  throw signal.reason;
}
