/**
 * What `dmsg send` is asked to do, from its flags, arguments and standard input. Everything that can be wrong with
 * it is found here, before the network is used.
 *
 * @module
 */
import { CHAT_PORT, outgoing } from "../lib/app/messages.ts";
import { excessBytes } from "../lib/chat/outgoing.ts";
import { MAX_PAYLOAD_BYTES } from "../lib/chat/frame.ts";
import { type Addr, formatAddr } from "../lib/dmsg/addr.ts";
import { fromUtf8 } from "../lib/wire/bytes.ts";
import { UserError } from "../lib/wire/errors.ts";
import { parseAddress } from "./address.ts";
import type { Input } from "./stdin.ts";

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
}

/** What to send. */
export interface Order {
  /** One or more, each once. */
  readonly peers: readonly Addr[];
  /** Fits one frame. */
  readonly text: string;
}

/**
 * Parser for `--net`.
 * @returns `dmsg`.
 * @throws {SyntaxError} Anything else; becomes a usage error.
 */
export function parseNet(input: string): "dmsg" {
  if (input === "dmsg") return input;
  throw new SyntaxError("this program speaks dmsg only; other networks need a visor");
}

/**
 * Reads recipients and text.
 * @param given  The arguments `[pk, text]`, or `[text]` when `--to` names the recipients.
 * @throws {UserError} usage: one is missing, given twice, not a key, empty, or too long for one frame.
 */
export async function readOrder(
  input: Input,
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
  const peers = await readPeers(names);
  const text = flags.msg ?? await readText(input, rest[0]);
  if (text === "") throw usage("The message is empty");
  const excess = excessBytes(outgoing(text, flags.wait, SAMPLE_ID));
  if (excess === 0) return { peers, text };
  throw new UserError(
    `The message is ${excess} byte${
      excess === 1 ? "" : "s"
    } too long: with its envelope it has to fit ${MAX_PAYLOAD_BYTES} bytes`,
    { kind: "usage", hint: "Send it in parts." },
  );
}

async function readPeers(names: readonly string[]): Promise<Addr[]> {
  const peers = new Map<string, Addr>();
  for (const name of names) {
    try {
      const peer = await parseAddress(name.trim(), CHAT_PORT);
      peers.set(formatAddr(peer), peer);
    } catch (error) {
      // Not said back: it may be a secret key in the wrong place.
      if (error instanceof SyntaxError) throw usage(`The value for pk can't be used: ${error.message}`);
      throw error;
    }
  }
  return [...peers.values()];
}

async function readText(input: Input, argument: string | undefined): Promise<string> {
  if (argument !== undefined && argument !== "-") return argument;
  if (argument === undefined && input.isTerminal) throw usage("There is no text to send");
  const text = fromUtf8(await input.readAll(MAX_PAYLOAD_BYTES + 2));
  return text.replace(/\r?\n$/, "");
}

const usage = (message: string): UserError =>
  new UserError(message, { kind: "usage", hint: "See `dmsg send --help`." });
