/**
 * How a message of ours is written: raw text by default, an envelope when an ack, an id or a reply is wanted.
 *
 * @see specification skychat §a.1 "id", §a.2, §a.3 "wait"
 * @module
 */
import type { Random } from "../sys/random.ts";
import { UserError } from "../wire/errors.ts";
import { toHex, utf8, utf8View } from "../wire/bytes.ts";
import { classify, encodeEnvelope } from "./envelope.ts";
import { MAX_PAYLOAD_BYTES } from "./frame.ts";

/** A message to be written. */
export interface OutgoingMessage {
  /** What the user wrote. */
  readonly text: string;
  /** 1 … 1024 characters; {@link newMessageId} makes one. */
  readonly id?: string;
  /** Whether the peer is asked for an ack; needs an id. */
  readonly ack: boolean;
  /** The id of the message that this one answers. */
  readonly replyTo?: string;
}

/** Longest id that we write or answer: ours have 16 characters, other programs' perhaps 36 (a UUID). */
export const MAX_ID_CHARS = 1024;

const MIN_WAIT_MS = 100;
/** The longest that an ack is waited for, milliseconds. */
export const MAX_WAIT_MS = 60_000;

/**
 * How long a sender waits for an ack.
 * @param ms  As asked for.
 * @returns 0 (does not wait) for 0 or less, otherwise 100 … 60000.
 */
export function clampWait(ms: number): number {
  return ms > 0 ? Math.min(MAX_WAIT_MS, Math.max(MIN_WAIT_MS, ms)) : 0;
}

/** A fresh message id: 8 random bytes as 16 lower-case hex characters. */
export const newMessageId = (random: Random): string => toHex(random.bytes(8));

/**
 * The frame's payload for a message.
 *
 * Raw text that the peer would take for an envelope or a control frame goes out in an envelope without an id, so
 * that what a user types is always shown and never obeyed.
 * @param bytesOf  `utf8View` for who copies them at once.
 * @returns Any number of bytes; see {@link excessBytes}.
 * @throws {RangeError} When an ack is wanted without an id, or the id is longer than {@link MAX_ID_CHARS}.
 */
export function payloadFor(message: OutgoingMessage, bytesOf = utf8): Uint8Array {
  const { text, id = "", ack, replyTo } = message;
  if (ack && id === "") throw new RangeError("a message that asks for an ack needs an id");
  if (id.length > MAX_ID_CHARS) throw new RangeError(`message id is longer than ${MAX_ID_CHARS} characters`);
  if (!ack && id === "" && !replyTo) {
    const payload = bytesOf(text);
    if (payload.length > MAX_PAYLOAD_BYTES || classify(payload).kind === "text") return payload;
  }
  return encodeEnvelope({ type: "chat-msg", id, body: text, ack, replyTo }, bytesOf);
}

/** How many bytes too long a message is for one frame, as it will be encoded; 0 when it fits. */
export const excessBytes = (message: OutgoingMessage): number =>
  Math.max(0, payloadFor(message, utf8View).length - MAX_PAYLOAD_BYTES);

/**
 * Refuses what is too long for one frame.
 * @param excess  Bytes that are too many; 0 or less: it fits.
 * @param how  What else has to fit, for the sentence: `with its envelope `.
 * @throws {UserError} usage: it is too long.
 */
export function checkExcess(excess: number, how = ""): void {
  if (excess <= 0) return;
  const bytes = `${excess} byte${excess === 1 ? "" : "s"}`;
  throw new UserError(`The message is ${bytes} too long: ${how}it has to fit ${MAX_PAYLOAD_BYTES} bytes`, {
    kind: "usage",
    hint: "Send it in parts.",
  });
}
