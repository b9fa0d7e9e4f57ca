/**
 * What `dmsg send` is asked to do, from its flags, arguments and standard input. Everything that can be wrong with
 * it is found here, before the network is used.
 *
 * @module
 */
import { checkExcess, excessBytes, MAX_WAIT_MS, type OutgoingMessage } from "../lib/chat/outgoing.ts";
import { type Addr, formatAddr } from "../lib/dmsg/addr.ts";
import { UserError } from "../lib/wire/errors.ts";
import type { Context } from "./context.ts";
import { parseDurationMs } from "./flags/flags.ts";
import { addressNamed } from "./names/peers.ts";
import { givenText } from "./input/given_text.ts";
import { checkArgument } from "./input/utf8.ts";

/** Where peers take direct messages (specification skychat §0.4). */
export const CHAT_PORT = 1;

/** Where peers of `dmsg chat` take theirs (specification skychat §a.8). */
export const DMSG_CHAT_PORT = 9001;

/** Stands for any id of ours when a message is measured. */
const SAMPLE_ID = "0".repeat(16);

/** The flags that say what to send. */
export interface OrderFlags {
  /** `--to`. */
  readonly to?: readonly string[];
  /** `--msg`. */
  readonly msg?: string;
  /** `--wait` in milliseconds: with an ack the message is longer. */
  readonly wait: number;
  /** `--id`: so it is with an id. */
  readonly id?: string;
  /** `--queue`: it will get one. */
  readonly queue: boolean;
  /** `--reply-to`. */
  readonly replyTo?: string;
}

/** What to send. */
export interface Order {
  /** One or more, each once. */
  readonly peers: readonly Addr[];
  /** Fits one frame. */
  readonly text: string;
}

/**
 * Parser for the `--wait` of an ack.
 * @returns Milliseconds, 0 … 60000.
 * @throws {SyntaxError} No time, or a longer one than is waited for; becomes a usage error.
 */
export function parseAckWait(input: string): number {
  const ms = parseDurationMs(input);
  if (ms > MAX_WAIT_MS) {
    throw new SyntaxError("an ack is waited for 60s at most; --queue sends it later, too");
  }
  return ms;
}

/**
 * Reads recipients and text.
 * @param given  The arguments `[pk, text]`, or `[text]` when `--to` names the recipients.
 * @throws {UserError} usage: one is missing, given twice, not a key, empty, no UTF-8, or too long for one frame; or a flag
 *   asks to keep what goes to another port.
 */
export async function readOrder(
  context: Context,
  flags: OrderFlags,
  given: readonly (string | undefined)[],
): Promise<Order> {
  const rest = given.filter((argument) => argument !== undefined);
  const names = flags.to ?? rest.shift()?.split(",");
  if (names === undefined) throw usage("Nobody is named to send to");
  if (rest.length > 1) throw usage("The peer is named twice: with --to and as an argument");
  if (rest.length > 0 && flags.msg !== undefined) {
    throw usage("The text is given twice: with --msg and as an argument");
  }
  const peers = await readPeers(context, names);
  const isNamed = flags.id !== undefined || flags.queue || flags.replyTo !== undefined;
  const odd = isNamed ? peers.find((peer) => !isKept(peer)) : undefined;
  if (odd) {
    throw new UserError(`What goes to port ${odd.port} is not kept`, {
      kind: "usage",
      hint: `Leave --id, --queue and --reply-to out, or send to port ${CHAT_PORT}.`,
    });
  }
  const text = flags.msg === undefined
    ? await givenText(context.input, rest[0], "send")
    : checkedArgument(flags.msg);
  const message = sample(text, flags);
  checkExcess(excessBytes(message), message.ack ? "with its envelope " : "");
  return { peers, text };
}

/** The message as it will be written. */
function sample(text: string, { wait, id, queue, replyTo }: OrderFlags): OutgoingMessage {
  const ack = wait > 0 || id !== undefined || queue || replyTo !== undefined;
  return ack ? { text, ack, id: SAMPLE_ID, replyTo } : { text, ack };
}

/** Whether messages to a peer's port belong to the history: those of the two ports on which we take them too. */
export const isKept = ({ port }: Addr): boolean => port === CHAT_PORT || port === DMSG_CHAT_PORT;

async function readPeers(context: Context, names: readonly string[]): Promise<Addr[]> {
  const peers = new Map<string, Addr>();
  for (const name of names) {
    const peer = await addressNamed(context, name.trim(), CHAT_PORT);
    peers.set(formatAddr(peer), peer);
  }
  return [...peers.values()];
}

function checkedArgument(text: string): string {
  checkArgument(text);
  if (text === "") throw usage("The message is empty");
  return text;
}

const usage = (message: string): UserError =>
  new UserError(message, { kind: "usage", hint: "See `dmsg send --help`." });
