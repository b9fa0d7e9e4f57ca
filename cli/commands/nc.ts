/**
 * `dmsg nc`: standard input and output as a stream to a peer.
 *
 * @see cli/netcat.ts
 * @module
 */
import type { Command } from "@stricli/core";
import { type Node, openNode } from "../../lib/app/open.ts";
import { formatAddr } from "../../lib/dmsg/addr.ts";
import type { ClientEvent } from "../../lib/dmsg/client.ts";
import { CONTROL_PORT } from "../../lib/dmsg/control.ts";
import type { DmsgStream } from "../../lib/dmsg/stream.ts";
import { NetworkError, UserError } from "../../lib/wire/errors.ts";
import { unlessAborted } from "../abort.ts";
import { parseAddress, parsePort } from "../address.ts";
import { command } from "../command.ts";
import type { Context } from "../context.ts";
import { Status } from "../exit.ts";
import { commonAliases, type CommonFlags, commonFlags, parseDurationMs } from "../flags.ts";
import { converse, SharedInput } from "../netcat.ts";

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
    "-l takes one connection; with -k it goes on, one connection after the other.\n" +
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
      ? await listen(context, flags, listeningPort(target))
      : await connect(context, flags, await checked(() => parseAddress(target)));
  },
});

export default nc;

async function connect(
  context: Context,
  flags: NcFlags,
  peer: Awaited<ReturnType<typeof parseAddress>>,
): Promise<Status> {
  const node = await open(context, flags, false);
  try {
    const stream = await node.client.dial(peer, context.signal);
    if (flags.verbose) {
      context.print.note("ncConnected", { address: formatAddr(peer), hybrid: stream.hybrid });
    }
    await talk(context, flags, stream, new SharedInput(Deno.stdin));
    return Status.done;
  } finally {
    await node.close();
  }
}

async function listen(context: Context, flags: NcFlags, port: number): Promise<Status> {
  const registered = Promise.withResolvers<void>();
  registered.promise.catch(() => {}); // until somebody waits for it
  const node = await open(context, flags, true, (event) => {
    if (event.kind === "registered") registered.resolve();
    if (event.kind !== "problem") return;
    registered.reject(event.error); // without effect later: a network that went away may come back
    if (flags.verbose) context.print.note("ncProblem", { error: event.error.message });
  });
  try {
    const listener = node.client.listen(port);
    await unlessAborted(context.signal, registered.promise);
    context.print.note("ncListening", { address: formatAddr({ pk: node.client.pk, port }) });
    const input = new SharedInput(Deno.stdin);
    do {
      const stream = (await unlessAborted(context.signal, listener.accept()))!;
      if (!flags.keep) listener.close(); // others are told at once that nobody will take them
      if (flags.verbose) {
        context.print.note("ncAccepted", { address: formatAddr(stream.remote), hybrid: stream.hybrid });
      }
      await talk(context, flags, stream, input).catch((error) => {
        if (!flags.keep || !(error instanceof NetworkError)) throw error;
        context.print.note("ncProblem", { error: error.message });
      });
    } while (flags.keep);
    return Status.done;
  } finally {
    await node.close();
  }
}

async function open(
  context: Context,
  flags: NcFlags,
  resident: boolean,
  onEvent?: (event: ClientEvent) => void,
): Promise<Node> {
  const settings = await context.settings(flags);
  const identity = await context.identity(settings);
  return await openNode({ settings, identity, command: "nc", resident, onEvent }, context);
}

async function talk(
  context: Context,
  flags: NcFlags,
  stream: DmsgStream,
  input: SharedInput,
): Promise<void> {
  try {
    await converse({
      stream,
      input,
      output: Deno.stdout,
      inputIsTerminal: context.input.isTerminal,
      finishAtEnd: flags.shutdown,
      quitMs: flags.quit,
      clock: context.clock,
      signal: context.signal,
    });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw new NetworkError(`The connection to ${formatAddr(stream.remote)} broke: ${error.message}`, {
      retry: false,
      reason: "closed",
      cause: error,
    });
  }
}

function listeningPort(text: string): number {
  const port = checked(() => parsePort(text));
  if (port !== CONTROL_PORT) return port;
  throw usage(`Port ${CONTROL_PORT} is the one on which we answer pings`);
}

/** The parser of an argument that -l gives two meanings; its complaint becomes a usage error. */
function checked<T>(parse: () => T): T {
  const wrong = (error: unknown): never => {
    throw error instanceof SyntaxError
      ? usage(`The value for address can't be used: ${error.message}`)
      : error;
  };
  try {
    const value = parse();
    return value instanceof Promise ? value.catch(wrong) as T : value;
  } catch (error) {
    return wrong(error);
  }
}

const usage = (message: string): UserError =>
  new UserError(message, { kind: "usage", hint: "See `dmsg nc --help`." });
