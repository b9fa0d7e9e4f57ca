/**
 * `dmsg nc`: standard input and output as a stream to a peer.
 *
 * @see cli/serving/netcat.ts
 * @module
 */
import type { Command } from "@stricli/core";
import type { AppStream } from "../../lib/app/node/node.ts";
import { type Addr, formatAddr } from "../../lib/dmsg/addr.ts";
import type { KeptApp } from "../../lib/owner/handover/takeover.ts";
import { NetworkError, UserError } from "../../lib/wire/errors.ts";
import { unlessAborted } from "../abort.ts";
import { openCommandApp } from "../app.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { listeningPort } from "../flags/address.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../flags/flags.ts";
import { addressNamed, namesIn } from "../names/peers.ts";
import { endStandardOutput } from "../output/end_output.ts";
import { reachable } from "../resident/reachable.ts";
import { converse, InputNotTaken, SharedInput, type Traffic } from "../serving/netcat.ts";
import { shortKeys } from "../words/people.ts";

type NcFlags = CommonFlags & {
  readonly listen: boolean;
  readonly keep: boolean;
  readonly shutdown: boolean;
  readonly quit?: number;
};

/** A flag that is there or not. */
const yes = (brief: string) => ({ kind: "boolean", default: false, withNegated: false, brief }) as const;

/** `dmsg nc`. */
const nc: Command<Context> = command({
  brief: "Connect standard input and output to a peer's port, or listen on one",
  details:
    "Bytes pass unchanged. It ends when the peer has finished and our standard input has ended; from a terminal,\n" +
    "as soon as the peer has finished. The end of standard input alone ends nothing: see -N and -q.\n" +
    "When the peer has finished our standard output ends, so that a program can read all of it and then answer.\n" +
    "-l takes one connection; with -k it goes on, one connection after the other. Messages that come meanwhile are\n" +
    "kept for `dmsg history`, unless PORT is theirs (1 or 9001): then another program can answer them.\n" +
    "-q hands over what is left of the input while that moves; it gives up when nothing moves for 10 s.\n" +
    "Servers of 2024 end both directions when one side finishes: there, -N may cut off what the peer still sends.",
  examples: [
    ["dmsg nc -l 5000 > file", "Take what one peer sends"],
    ["dmsg nc -N PK:5000 < file", "Send it; ends when the peer has all of it"],
    ["dmsg nc PK:5000", "Talk"],
  ],
  parameters: {
    flags: {
      listen: yes("Listen on PORT instead of connecting"),
      keep: yes("With -l: wait for the next connection when one has ended"),
      shutdown: yes("Tell the peer when our standard input ends"),
      quit: {
        kind: "parsed",
        parse: parseDurationMs,
        optional: true,
        placeholder: "time",
        brief: "End this long after the end of our standard input",
      },
      ...commonFlags,
      json: { kind: "boolean", default: false, hidden: true, withNegated: false, brief: "Refused" },
    },
    aliases: { ...commonAliases, l: "listen", k: "keep", N: "shutdown", q: "quit" },
    positional: {
      kind: "tuple",
      parameters: [{ parse: String, placeholder: "address", brief: "PK:PORT of the peer; with -l our PORT" }],
    },
  },
  async run(context: Context, flags: NcFlags, target: string) {
    if (flags.json) throw usage("nc has no JSON: its standard output is what the peer sends");
    if (flags.keep && !flags.listen) throw usage("-k goes with -l only");
    return flags.listen
      ? await listen(context, flags, listeningPort(target, "nc"))
      : await connect(context, flags, await addressNamed(context, target));
  },
});

export default nc;

/** What both makers of an App give for a stream. */
type NcStream = AppStream & { readonly hybrid?: boolean };

async function connect(context: Context, flags: NcFlags, peer: Addr): Promise<Status> {
  const request = { command: "nc", resident: false, storeless: true, peers: [peer] };
  const { app } = await openCommandApp(context, flags, request);
  try {
    const stream = await app.node.dial(peer, context.signal) as NcStream;
    if (flags.verbose) {
      context.print.note("ncConnected", await reached(context, stream));
    }
    await talk(context, flags, stream, new SharedInput(Deno.stdin));
    return Status.done;
  } finally {
    await app.close();
  }
}

async function listen(context: Context, flags: NcFlags, port: number): Promise<Status> {
  const { app } = await openCommandApp(context, flags, { command: "nc", resident: true, sparePort: port });
  try {
    return await serve(context, flags, app, port);
  } finally {
    await app.close();
  }
}

async function serve(context: Context, flags: NcFlags, app: KeptApp, port: number): Promise<Status> {
  const listener = await app.node.listen(port);
  await reachable(context, app, (error) => {
    if (flags.verbose) context.print.note("ncProblem", { error });
  });
  context.print.note("ncListening", { address: formatAddr({ pk: app.pk, port }) });
  const input = new SharedInput(Deno.stdin);
  do {
    const stream = await unlessAborted(context.signal, listener.accept()) as NcStream;
    if (!flags.keep) listener.close(); // others are told at once that nobody will take them
    if (flags.verbose) {
      context.print.note("ncAccepted", await reached(context, stream));
    }
    await talk(context, flags, stream, input).catch(async (error) => {
      if (!flags.keep || !(error instanceof NetworkError)) throw error;
      const names = await namesIn(context);
      context.print.note("ncProblem", { error: shortKeys(error.message, (pk) => names.of(pk)) });
    });
  } while (flags.keep);
  return Status.done;
}

/** The other end, as it is told. */
async function reached(context: Context, { remote, hybrid = false }: NcStream) {
  const address_alias = (await namesIn(context)).ofAddress(remote);
  return { address: formatAddr(remote), address_alias, hybrid };
}

async function talk(
  context: Context,
  flags: NcFlags,
  stream: NcStream,
  input: SharedInput,
): Promise<void> {
  const traffic: Traffic = { sent: 0, received: 0 };
  try {
    await converse({
      traffic,
      stream,
      input,
      output: Deno.stdout,
      endOutput: flags.keep ? undefined : endStandardOutput,
      inputIsTerminal: context.input.isTerminal,
      finishAtEnd: flags.shutdown,
      quitMs: flags.quit,
      clock: context.clock,
      signal: context.signal,
    });
  } catch (error) {
    // Typing and Ctrl+C is no copy of which somebody wants to know how far it came.
    if (!context.input.isTerminal || !context.signal.aborted) context.print.note("ncInPart", traffic);
    if (!(error instanceof NetworkError)) throw error;
    if (error instanceof InputNotTaken) {
      throw new NetworkError(`${formatAddr(stream.remote)} has not taken all of our input in time`, {
        retry: false,
        reason: "timeout",
        cause: error,
      });
    }
    throw new NetworkError(`The connection to ${formatAddr(stream.remote)} broke: ${error.message}`, {
      retry: false,
      reason: "closed",
      cause: error,
    });
  }
}

const usage = (message: string): UserError =>
  new UserError(message, { kind: "usage", hint: "See `dmsg nc --help`." });
