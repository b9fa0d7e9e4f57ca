/**
 * `dmsg send`: one message to one or more peers, and its acks.
 *
 * Start-up time matters here: beside a resident command of the same identity only its socket is used, and alone the
 * discovery is asked as soon as the recipients are known, before our key is read.
 *
 * @see specification skychat (e) `send`
 * @module
 */
import type { Command } from "@stricli/core";
import type { App } from "../../lib/app/app.ts";
import type { Messages, SendReport } from "../../lib/app/messages/messages.ts";
import type { Passing } from "../../lib/app/messages/passing.ts";
import { type Addr, formatAddr } from "../../lib/dmsg/addr.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { failureOf, Status, worst } from "../exit.ts";
import {
  commonAliases,
  type CommonFlags,
  commonFlags,
  keyFlag,
  parseNet,
  parseRetries,
  parseWord,
} from "../flags/flags.ts";
import { CHAT_PORT, DMSG_CHAT_PORT, isKept, parseAckWait, readOrder } from "../send_order.ts";
import { TimeLimit } from "../flags/time_limit.ts";
import { inOneLine } from "../words/people.ts";
import { forPeople, PeerNames } from "../names/peers.ts";

type SendFlags = CommonFlags & {
  readonly wait?: number;
  readonly net: string;
  readonly to?: readonly string[];
  readonly msg?: string;
  readonly retries?: number;
  readonly id?: string;
  readonly queue: boolean;
  readonly replyTo?: string;
};

/** How long a message waits for its ack when nothing is said. */
const WAIT_MS = 5000;
/** The shortest wait that there is. */
const MIN_WAIT_MS = 100;
/** What a busy machine may take to keep that no ack has come: until then something is known of the message. */
const KEEPING_MS = 1500;

/** `dmsg send`. */
const send: Command<Context> = command({
  brief: "Send a message to a peer and wait for its ack",
  ofGroups: "dmsg group send",
  details:
    "The text is the argument, or standard input with - or when it is a pipe; one newline at its end is dropped.\n" +
    "Several peers: PK,PK or --to for each. Status 0: acked (or handed over, with --wait 0); 1: not acked in time;\n" +
    "10: kept for later, with --queue; of several peers the highest counts, 10 only when nothing failed.\n" +
    "What is queued leaves when `dmsg daemon`, `listen`, `chat` or `sync` runs and the peer is there.\n" +
    "`dmsg history` has it, whichever way it went; not what goes to a port other than 1 and 9001.",
  examples: [
    ["dmsg send PK hello", "Acked by PK in 12ms"],
    ["uptime | dmsg send PK", "The text from a pipe"],
    ["dmsg send --wait 0 PK hello", "Do not wait for an ack"],
    ["dmsg send --id backup-2026-11-23 PK done", "Repeated with the same id it is one message"],
    ["dmsg send --queue alice hello", "An alias; kept and sent later when alice is away (status 10)"],
    ["dmsg send -t PK -m hello --json", '{"acked":true,"id":"…","ms":12,"to":"…"}'],
  ],
  parameters: {
    flags: {
      wait: {
        kind: "parsed",
        parse: parseAckWait,
        optional: true,
        placeholder: "time",
        brief: "How long to wait for the ack in all, 100ms to 60s (default 5s); 0 does not",
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
      retries: {
        kind: "parsed",
        parse: parseRetries,
        optional: true,
        placeholder: "n",
        brief: "For scripts of the Go program; here what can be tried again is, until --wait is over",
      },
      id: keyFlag,
      queue: {
        kind: "boolean",
        default: false,
        withNegated: false,
        brief: "Keep the message when it does not arrive, and try again later",
      },
      replyTo: {
        kind: "parsed",
        parse: parseWord,
        optional: true,
        placeholder: "id",
        brief: "The id of the message that this one answers",
      },
      ...commonFlags,
    },
    aliases: { ...commonAliases, w: "wait", n: "net", t: "to", m: "msg", r: "retries" },
    positional: {
      kind: "tuple",
      parameters: [
        {
          parse: String,
          optional: true,
          placeholder: "pk",
          brief: "The peer: PK, alias, PK:PORT (9001: `dmsg chat`), or several with commas",
        },
        { parse: String, optional: true, placeholder: "text", brief: "What to say; - for standard input" },
      ],
    },
  },
  async run(context: Context, flags: SendFlags, first?: string, second?: string) {
    const { wait = WAIT_MS } = flags;
    const limit = flags.wait ? new TimeLimit(context.clock, Math.max(flags.wait, MIN_WAIT_MS)) : undefined;
    const { peers, text } = await readOrder(context, { ...flags, wait }, [first, second]);
    const storeless = needsNoStore(flags, peers);
    const { app } = await openCommandApp(context, flags, {
      command: "send",
      resident: false,
      storeless,
      peers,
      limit,
    });
    let passing: Passing | undefined;
    try {
      if (!peers.every(isKept)) passing = await passingOf(context, app);
      const deliver = (peer: Addr): Promise<Status> =>
        sendOne(context, { ...flags, wait, limit }, isKept(peer) ? app.messages : passing!, peer, text);
      if (peers.length === 1) return await deliver(peers[0]).catch(away(context));
      return worst(await Promise.all(peers.map((peer) => deliver(peer).catch(failed(context, peer)))));
    } finally {
      passing?.close();
      await app.close();
    }
  },
});

export default send;

/** What is named, queued or an answer is kept first; port 9001 speaks another protocol, which the whole App knows. */
const needsNoStore = ({ id, queue, replyTo }: SendFlags, peers: readonly Addr[]): boolean =>
  id === undefined && !queue && replyTo === undefined && peers.every(({ port }) => port !== DMSG_CHAT_PORT);

/** For ports that are not ours. */
const passingOf = async ({ clock, random }: Context, app: App): Promise<Passing> =>
  (await import("../../lib/app/messages/passing.ts")).passingThrough(app.node, clock, random);

async function sendOne(
  context: Context,
  { wait, limit, id: key, queue, replyTo, verbose, json }: SendFlags & {
    readonly wait: number;
    readonly limit?: TimeLimit;
  },
  messages: Pick<Messages, "send">,
  peer: Addr,
  text: string,
): Promise<Status> {
  const { to, to_alias } = await named(context, peer);
  const waitMs = limit ? Math.max(MIN_WAIT_MS, Math.ceil(limit.leftMs())) : wait;
  const sending = messages.send({ to: peer, text, waitMs, key, queue, replyTo }, context.signal);
  const sent = await (limit === undefined ? sending : inTime(context, limit, sending));
  const { print } = context;
  const { id, reason = "no ack" } = sent;
  const ms = Math.round(sent.ms);
  switch (sent.state) {
    case "acked":
      print.out(verbose ? "ackedWithId" : "acked", { acked: true, id: id!, ms, to, to_alias });
      return Status.done;
    case "handed-over":
      print.out("handedOver", { acked: false, handed_over: true, ms, to, to_alias });
      return Status.done;
    case "queued":
      print.out("queued", { acked: false, queued: true, id, reason, to, to_alias });
      return Status.queued;
    case "unconfirmed": {
      const value = { acked: false, id, reason, to, to_alias } as const;
      if (json) print.out("notAcked", value);
      else print.note(verbose ? "notAckedWithId" : "notAcked", value);
      return Status.notAcked;
    }
  }
}

/** A report within the limit: when none has come by then, the message is not acked in time, whatever held it up. */
async function inTime(
  { clock, signal }: Context,
  limit: TimeLimit,
  sending: Promise<SendReport>,
): Promise<SendReport> {
  const late = new Error("late");
  const startMs = clock.nowMs();
  return await limit.bound(sending, () => late, signal, KEEPING_MS).catch((error) => {
    if (error !== late) throw error;
    const reason = `nothing is known of it after ${limit.ms} ms; \`dmsg history\` shows it`;
    return { state: "unconfirmed", ms: clock.nowMs() - startMs, reason };
  });
}

/** One of several: the others go on. */
const failed = (context: Context, peer: Addr) => async (error: unknown): Promise<Status> => {
  const { print, signal } = context;
  if (signal.aborted) throw error;
  const failure = failureOf(error);
  const { status, code, message, hint } = failure;
  if (print.mode.json) {
    print.out("sendFailed", { ...await named(context, peer), error: { status, code, message, hint } });
  } else {
    await away(context)(error).catch(async () => print.failure(await forPeople(context, failure)));
  }
  return status;
};

/** A peer that can't be reached is one line for people; `--verbose` shows all of it. */
const away = (context: Context) => async (error: unknown): Promise<Status> => {
  const { print, signal } = context;
  const failure = failureOf(error, signal.reason);
  if (print.mode.json || print.mode.verbose || failure.status !== Status.unreachable) throw error;
  const names = new PeerNames(context);
  await names.load();
  print.failure({ ...failure, message: inOneLine(failure.message, (pk) => names.of(pk)), hint: undefined });
  return failure.status;
};

/** A peer as it is told: its key, and its name for people. */
async function named(context: Context, peer: Addr): Promise<{ to: string; to_alias?: string }> {
  const names = new PeerNames(context);
  await names.load();
  const name = names.of(peer.pk);
  const port = peer.port === CHAT_PORT ? "" : `:${peer.port}`;
  return { to: shown(peer), to_alias: name === undefined ? undefined : `${name}${port}` };
}

/** A key alone stands for the chat port. */
const shown = (peer: Addr): string => peer.port === CHAT_PORT ? peer.pk : formatAddr(peer);
