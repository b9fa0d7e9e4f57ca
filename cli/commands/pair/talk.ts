/**
 * `dmsg pair send`, `poll`.
 *
 * @see specification skychat (e) "pair …"
 * @module
 */
import type { Command } from "@stricli/core";
import type { PairView } from "../../../lib/app/pairs/pairs.ts";
import type { PublicKeyHex } from "../../../lib/crypto/keys.ts";
import { command } from "../../command.ts";
import type { Context } from "../../context.ts";
import { discoveryProblem } from "../../discovery_problem.ts";
import { Status } from "../../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../../flags/flags.ts";
import { givenText } from "../../input/given_text.ts";
import { withApp } from "../../names/groups.ts";
import { limitFlag } from "../../kept.ts";
import { readIn } from "../../words/message_lines.ts";
import { namesIn, PeerNames } from "../../names/peers.ts";
import { sinceFlag } from "../../flags/since.ts";
import { waitingFor } from "../../flags/time_limit.ts";
import { onePeer, peerArgument, peerFlag } from "./arguments.ts";
import { UserError } from "../../../lib/wire/errors.ts";

type SendFlags = CommonFlags & { readonly to?: string; readonly msg?: string; readonly wait?: number };

/** How much of a conversation `poll` looks through for messages of pairs. */
const LOOKED_AT = 1000;

const waitFlag = (brief: string) =>
  ({ kind: "parsed", parse: parseDurationMs, optional: true, placeholder: "time", brief }) as const;
/** Without it, milliseconds. */
const WAIT_MS = 5000;

/** `dmsg pair send`. */
export const send: Command<Context> = command({
  brief: "Say something to somebody we are paired with",
  ofGroups: "dmsg group send",
  details:
    "The text is the argument, or standard input with - or when it is a pipe; one newline at its end is dropped.\n" +
    "Kept, sealed, and put into our feed, where it waits until the peer reads it: status 0. There is no ack;\n" +
    "`dmsg history` shows later whether it was read.",
  examples: [["dmsg pair send alice hello", "Waits in our feed when she is away"]],
  parameters: {
    flags: {
      to: peerFlag,
      msg: {
        kind: "parsed",
        parse: String,
        optional: true,
        placeholder: "text",
        brief: "The text, in place of the argument",
      },
      wait: waitFlag("How long to wait until the peer fetches it; 0 does not wait (default 5s)"),
      ...commonFlags,
    },
    aliases: { ...commonAliases, t: "to", m: "msg", w: "wait" },
    positional: {
      kind: "tuple",
      parameters: [peerArgument, {
        parse: String,
        placeholder: "text",
        brief: "What to say; - for standard input",
        optional: true,
      }],
    },
  },
  run: async (context: Context, flags: SendFlags, named?: string, said?: string) => {
    const [who, what] = flags.to !== undefined && said === undefined ? [undefined, named] : [named, said];
    const peer = await onePeer(context, who, flags.to);
    if (flags.msg !== undefined && what !== undefined) {
      throw new UserError("Two texts are given", { kind: "usage", hint: "Give one text." });
    }
    const text = flags.msg ?? await givenText(context.input, what, "pair send");
    const waiting = waitingFor(context.clock, flags.wait, WAIT_MS);
    return await withApp(context, flags, "pair", async ({ pairs }) => {
      const report = await pairs.send({ peer, text, waitMs: waiting.leftMs() });
      context.print.out("pairSent", { peer, peer_alias: (await namesIn(context)).of(peer), ...report });
      return Status.done;
    }, waiting);
  },
});

type PollFlags = CommonFlags & {
  readonly since?: (nowNs: bigint) => string;
  readonly limit: number;
  readonly wait?: number;
};

/** `dmsg pair poll`. */
export const poll: Command<Context> = command({
  brief: "Read what waits in the feeds of our pairs",
  details:
    "A peer that is away is no error: it is asked the next time. Two who only poll never find each other: one has to\n" +
    "run a daemon, or both `dmsg sync`, or both name a node that holds their feeds (`dmsg pair hold`). Status\n" +
    "6: nobody could be asked, because no discovery answers; what is kept here is shown all the same.",
  examples: [["dmsg pair poll --since 2026-05-12T10:00:00Z", "What was written since then"]],
  parameters: {
    flags: {
      since: sinceFlag("Not older than this: 2h, 3d, a date or a time"),
      limit: limitFlag(100, "Most messages; the newest win"),
      wait: waitFlag("How long to wait for peers that are away (default 5s)"),
      ...commonFlags,
    },
    aliases: { ...commonAliases, n: "limit", w: "wait" },
  },
  run: async (context: Context, { since, limit, wait, ...flags }: PollFlags) => {
    const names = new PeerNames(context);
    await names.load();
    const waiting = waitingFor(context.clock, wait, WAIT_MS);
    const sinceTime = since?.(context.clock.wallNs());
    return await withApp(context, flags, "pair", async ({ pairs, messages }) => {
      const peersThat = async (...are: PairView["status"][]): Promise<PublicKeyHex[]> =>
        (await pairs.list()).filter(({ status }) => are.includes(status)).map(({ peer }) => peer);
      const asked = await peersThat("active", "pending");
      const limitMs = waiting.leftMs();
      const problem = asked.length > 0 ? discoveryProblem(context, flags, asked[0], limitMs) : undefined;
      const { read } = await pairs.read({ waitMs: limitMs });
      const active = await peersThat("active"); // a feed that was read now says that its owner has agreed
      const found = [];
      for (const peer of active) {
        const all = await messages.history({
          peer,
          limit: LOOKED_AT,
          lines: true,
          ...(sinceTime === undefined ? {} : { since: sinceTime }),
        });
        found.push(
          ...all.filter(({ via, outgoing, state }) => via === "pair" && !outgoing && state !== "deleted"),
        );
      }
      found.sort((a, b) => Date.parse(a.ts) - Date.parse(b.ts));
      for (const { peer, ts, text, id, reason } of found.slice(-limit)) {
        const said = {
          ts,
          peer,
          peer_pk: peer,
          peer_alias: names.of(peer),
          text,
          ...readIn(text, names),
        };
        context.print.out("pairMessage", { ...said, id, reason });
      }
      const error = read === 0 ? await problem : undefined;
      context.signal.throwIfAborted();
      if (error !== undefined) throw error; // what is kept was shown, and nobody was asked
      if (found.length === 0) context.print.none("noMessages", undefined);
      return Status.done;
    }, waiting);
  },
});
