/**
 * `dmsg outbox`: messages that wait for their peers.
 *
 * @module
 */
import type { RouteMap } from "@stricli/core";
import type { App } from "../../lib/app/app.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { tellsRefusal } from "../../lib/dmsg/streams/refusal_words.ts";
import { openCommandApp } from "../app.ts";
import { command, commandGroup } from "../command.ts";
import type { Context } from "../context.ts";
import { discoveryProblem } from "../discovery_problem.ts";
import { type Failure, Status } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, identityAliases } from "../flags/flags.ts";
import { type KeptFlags, keptFlags, withKept } from "../kept.ts";
import { historyMessage } from "../words/message_lines.ts";
import { namesIn, peerNamed, PeerNames } from "../names/peers.ts";
import { parseCount } from "../flags/size.ts";

/** How long a discovery may take to say whether it is there. */
const LOOK_UP_MS = 5_000;

/** Which message; `ls` shows both. */
const place = {
  kind: "tuple",
  parameters: [
    { parse: String, placeholder: "pk", brief: "The peer, a key or an alias" },
    {
      parse: parseCount,
      placeholder: "number",
      brief: "The message's number, as `dmsg outbox` and `dmsg history -v` show it",
    },
  ],
} as const;

const ls = command({
  brief: "Show what waits",
  examples: [["dmsg outbox", "Peer, number, attempts, next attempt, text"]],
  parameters: { flags: keptFlags, aliases: identityAliases },
  async run(context: Context, flags: KeptFlags) {
    const names = new PeerNames(context);
    await names.load();
    return await withKept(context, flags, "outbox", async (app) => {
      const waiting = await app.outbox.list();
      if (waiting.length === 0) context.print.none("nothingWaits", undefined);
      for (const { message, due, attempts } of waiting) {
        context.print.out("waiting", { ...historyMessage(message, app.pk, names), due, attempts });
      }
      return Status.done;
    }, "show-nothing");
  },
});

const cancel = command({
  brief: "Take a message out of the outbox",
  details: "One that was tried before may have arrived.",
  examples: [["dmsg outbox cancel alice 17", "Message 17 of the conversation with alice"]],
  parameters: { flags: keptFlags, aliases: identityAliases, positional: place },
  async run(context: Context, flags: KeptFlags, named: string, position: number) {
    const peer = await peerNamed(context, named);
    const names = await namesIn(context);
    return await withKept(context, flags, "outbox", async (app) => {
      await app.outbox.cancel({ peer, position });
      context.print.out("cancelled", { peer, peer_alias: names.of(peer), position });
      return Status.done;
    });
  },
});

const retry = command({
  brief: "Send a message again now",
  details:
    "One that waits, failed or was not acked. A peer that does not know ids shows it twice when it had arrived.\n" +
    "A file is sent again by `dmsg send-file`.\n" +
    "Status 0: acked; 1: not acked; 3: unreachable; 4: refused; 6: no discovery; 10: it waits, as it did before.",
  examples: [["dmsg outbox retry alice 17", "Message 17 of the conversation with alice"]],
  parameters: { flags: commonFlags, aliases: commonAliases, positional: place },
  async run(context: Context, flags: CommonFlags, named: string, position: number) {
    const peer = await peerNamed(context, named);
    const { app } = await openCommandApp(context, flags, {
      command: "outbox",
      makes: "none",
      resident: false,
    });
    try {
      // Asked beside it: of the attempt nothing is left but its words.
      const problem = discoveryProblem(context, flags, peer, LOOK_UP_MS);
      await app.outbox.retry({ peer, position });
      const { status, message } = await outcome(context, app, peer, position);
      const isAway = status === Status.unreachable;
      const ends = isAway && await problem !== undefined ? Status.noNetwork : status;
      const code = CODES[ends];
      // For people the line of the result has said it.
      if (code !== undefined && flags.json) context.print.failure({ status: ends, code, message });
      return ends;
    } finally {
      await app.close();
    }
  },
});

async function outcome(
  context: Context,
  app: App,
  peer: PublicKeyHex,
  position: number,
): Promise<{ readonly status: Status; readonly message: string }> {
  const { print } = context;
  const [message] = await app.messages.history({ peer, before: position + 1, limit: 1 });
  const state = message?.state ?? "failed";
  const peer_alias = (await namesIn(context)).of(peer);
  print.out("retried", { peer, peer_alias, position, state, reason: message?.reason });
  const why = message?.reason === undefined ? "" : `: ${message.reason}`;
  return {
    status: statusOfRetried(state, message?.reason),
    message: `Message ${position} is ${state}${why}`,
  };
}

/** The word of each status with which a retry has failed, as of a `send` that ends so. */
const CODES: Readonly<Partial<Record<Status, Failure["code"]>>> = {
  [Status.unreachable]: "unreachable",
  [Status.refused]: "refused",
  [Status.noNetwork]: "no-network",
};

/** How a message stands behind its attempt, as a status: that of a `send` that ends so. @param reason  Why it failed. */
export function statusOfRetried(state: MessageView["state"], reason = ""): Status {
  if (state === "received" || state === "read" || state === "sent") return Status.done;
  if (state === "pending") return Status.queued;
  if (state === "unconfirmed") return Status.notAcked;
  return tellsRefusal(reason) ? Status.refused : Status.unreachable;
}

/** `dmsg outbox` alone lists. */
export const bare = "ls";

/** `dmsg outbox`. */
const outbox: RouteMap<Context> = commandGroup({
  brief: "Show, cancel or retry messages that wait",
  examples: [["dmsg outbox", "Show what waits"], ["dmsg outbox cancel alice 17", "Take one out"]],
}, { ls, cancel, retry });

export default outbox;
