/**
 * `dmsg listen`: prints messages as they come, one line each.
 *
 * @see specification skychat (e) `listen`
 * @module
 */
import type { Command } from "@stricli/core";
import { type IncomingMessage, Messenger } from "../../lib/app/messages.ts";
import { openNode } from "../../lib/app/open.ts";
import type { PublicKeyHex } from "../../lib/crypto/keys.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { formatGoTime } from "../../lib/wire/go_time.ts";
import { command } from "../command.ts";
import { connectionNotices } from "../connection_notices.ts";
import type { Context } from "../context.ts";
import { Interrupted, Status } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parsePeer } from "../flags.ts";

/** The version of the JSON lines (specification skychat (e)). */
const SCHEMA = "v1";

type ListenFlags = CommonFlags & {
  readonly from?: readonly PublicKeyHex[];
  readonly raw: boolean;
};

/** `dmsg listen`. */
const listen: Command<Context> = command({
  brief: "Show messages as they come",
  details:
    "One line for each message, whatever is inside: [PK/dmsg] text. The sender gets its ack when the line is\n" +
    "written. Messages that --from leaves out are not acked. Ctrl+C ends it.",
  examples: [
    ["dmsg listen", "Show everything"],
    ["dmsg listen --from PK", "Only what one peer says"],
    ["dmsg listen --json", '{"type":"msg","ts":"…","from":"…","body":"…",…}'],
  ],
  parameters: {
    flags: {
      from: {
        kind: "parsed",
        parse: parsePeer,
        optional: true,
        variadic: ",",
        placeholder: "pk",
        brief: "Take messages of this peer only",
      },
      raw: {
        kind: "boolean",
        default: false,
        withNegated: false,
        brief: "Leave newlines and control characters as they are; not for a terminal",
      },
      ...commonFlags,
    },
    aliases: commonAliases,
  },
  async run(context: Context, flags: ListenFlags) {
    checkRaw(flags);
    const settings = await context.settings(flags);
    const identity = await context.identity(settings);
    const { pk } = identity.pair;
    const onEvent = connectionNotices(context, () => banner(context, pk));
    const node = await openNode({ settings, identity, command: "listen", resident: true, onEvent }, context);
    const messenger = new Messenger({ network: node.client, clock: context.clock, random: context.random });
    try {
      await messenger.listen((message) => {
        if (flags.from && !flags.from.includes(message.from)) return false;
        show(context, flags, message, pk);
        return !context.signal.aborted; // the reader of our output may have left: nobody has seen it
      }, context.signal);
    } finally {
      messenger.close();
      await node.close();
    }
    if (context.signal.reason instanceof Interrupted) return Status.interrupted; // asked for: no error to print
    throw context.signal.reason;
  },
});

export default listen;

function checkRaw({ raw, json }: ListenFlags): void {
  if (raw && json) throw usage("--raw and --json exclude each other", "Give one of them.");
  if (raw && Deno.stdout.isTerminal()) {
    throw usage(
      "--raw is not for a terminal: what peers write could control it",
      "Send the output to a file or a pipe.",
    );
  }
}

function banner({ print, clock }: Context, pk: PublicKeyHex): void {
  const value = { type: "banner", ts: formatGoTime(clock.wallNs()), addr: pk, schema: SCHEMA };
  if (print.mode.json) print.out("listening", value);
  else print.note("listening", value);
}

function show(
  { print, clock }: Context,
  flags: ListenFlags,
  message: IncomingMessage,
  pk: PublicKeyHex,
): void {
  const { from, id, body, replyTo } = message;
  if (flags.raw) return print.text(`[${from}/dmsg] ${body}\n`);
  print.out("message", {
    type: "msg",
    ts: formatGoTime(clock.wallNs()),
    schema: SCHEMA,
    id,
    from,
    to: pk,
    net: "dmsg",
    body,
    dir: "in",
    len: utf8(body).length,
    reply_to: replyTo,
  });
}

const usage = (message: string, hint: string): UserError => new UserError(message, { kind: "usage", hint });
