/**
 * `dmsg send`: one message to one or more peers, and its acks.
 *
 * Start-up time matters here: the discovery is asked as soon as the recipients are known, before our key is read.
 *
 * @see specification skychat (e) `send`
 * @module
 */
import type { Command } from "@stricli/core";
import { CHAT_PORT, Messenger } from "../../lib/app/messages.ts";
import { openDiscovery, openNode } from "../../lib/app/open.ts";
import { type Addr, formatAddr } from "../../lib/dmsg/addr.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { failureOf, Status, worst } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../flags.ts";
import { parseNet, readOrder } from "../send_order.ts";

type SendFlags = CommonFlags & {
  readonly wait: number;
  readonly net: string;
  readonly to?: readonly string[];
  readonly msg?: string;
};

/** `dmsg send`. */
const send: Command<Context> = command({
  brief: "Send a message to a peer and wait for its ack",
  details:
    "The text is the argument, or standard input with - or when it is a pipe; one newline at its end is dropped.\n" +
    "Several peers: PK,PK or --to for each. Status 0: acked (or handed over, with --wait 0); 1: not acked in time;\n" +
    "of several peers the highest counts.",
  examples: [
    ["dmsg send PK hello", "Acked by PK in 12ms"],
    ["uptime | dmsg send PK", "The text from a pipe"],
    ["dmsg send --wait 0 PK hello", "Do not wait for an ack"],
    ["dmsg send -t PK -m hello --json", '{"acked":true,"id":"…","ms":12,"to":"…"}'],
  ],
  parameters: {
    flags: {
      wait: {
        kind: "parsed",
        parse: parseDurationMs,
        default: "5s",
        placeholder: "time",
        brief: "How long to wait for the ack, 100ms to 60s; 0 does not wait",
      },
      net: {
        kind: "parsed",
        parse: parseNet,
        default: "dmsg",
        placeholder: "net",
        brief: "The network; there is only dmsg",
      },
      to: {
        kind: "parsed",
        parse: String,
        optional: true,
        variadic: ",",
        placeholder: "pk",
        brief: "Send to this peer, instead of the first argument",
      },
      msg: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "text",
        brief: "The text, instead of the last argument",
      },
      ...commonFlags,
    },
    aliases: { ...commonAliases, w: "wait", n: "net", t: "to", m: "msg" },
    positional: {
      kind: "tuple",
      parameters: [
        {
          parse: String,
          optional: true,
          placeholder: "pk",
          brief: "The peer: PK, or PK:PORT, or several with commas",
        },
        { parse: String, optional: true, placeholder: "text", brief: "What to say; - for standard input" },
      ],
    },
  },
  async run(context: Context, flags: SendFlags, first?: string, second?: string) {
    const { peers, text } = await readOrder(context.input, flags, [first, second]);
    const settings = await context.settings(flags);
    const discovery = openDiscovery(settings, context);
    for (const { pk } of peers) discovery.ahead(pk);
    const identity = await context.identity(settings);
    const node = await openNode({ settings, identity, command: "send", resident: false, discovery }, context);
    try {
      const messenger = new Messenger({ network: node.client, clock: context.clock, random: context.random });
      const deliver = (peer: Addr): Promise<Status> => sendOne(context, flags, messenger, peer, text);
      if (peers.length === 1) return await deliver(peers[0]);
      return worst(await Promise.all(peers.map((peer) => deliver(peer).catch(failed(context, peer)))));
    } finally {
      await node.close();
    }
  },
});

export default send;

async function sendOne(
  { print, signal }: Context,
  { wait, verbose, json }: SendFlags,
  messenger: Messenger,
  peer: Addr,
  text: string,
): Promise<Status> {
  const to = shown(peer);
  const outcome = await messenger.send(peer, text, { waitMs: wait, signal });
  switch (outcome.state) {
    case "acked": {
      const { id, ms } = outcome;
      print.out(verbose ? "ackedWithId" : "acked", { acked: true, id, ms: Math.round(ms), to });
      return Status.done;
    }
    case "handed-over":
      print.out("handedOver", { acked: false, handed_over: true, ms: Math.round(outcome.ms), to });
      return Status.done;
    case "unconfirmed": {
      const { id, reason } = outcome;
      const value = { acked: false, id, reason, to } as const;
      if (json) print.out("notAcked", value);
      else print.note(verbose ? "notAckedWithId" : "notAcked", value);
      return Status.notAcked;
    }
  }
}

/** One of several: the others go on. */
const failed = ({ print, signal }: Context, peer: Addr) => (error: unknown): Status => {
  if (signal.aborted) throw error;
  const failure = failureOf(error);
  const { status, code, message, hint } = failure;
  if (print.mode.json) print.out("sendFailed", { to: shown(peer), error: { status, code, message, hint } });
  else print.failure(failure);
  return status;
};

/** A key alone stands for the chat port. */
const shown = (peer: Addr): string => peer.port === CHAT_PORT ? peer.pk : formatAddr(peer);
