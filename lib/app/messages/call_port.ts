/**
 * Declines voice calls of Go programs, and tells of them: who calls hears at once that it is to write, and whoever is
 * called sees that somebody tried. Unanswered, the caller has an error of its network, and the called one nothing.
 *
 * @see lib/app/README.md "Calls"
 * @module
 */
import { CALL_PORT, declineCall, readCallSignal } from "../../chat/call.ts";
import { CHAT_FRAME, encodeChatFrame } from "../../chat/frame.ts";
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { type Clock, within } from "../../sys/clock.ts";
import { FrameReader } from "../../wire/frame.ts";
import type { AppStream } from "../node/node.ts";
import type { MessageNetwork } from "./messenger.ts";
import { answerAt } from "./side_port.ts";

/** Streams at once, of all who call. */
const MAX_STREAMS = 8;
/** How long a caller may take to say so, and to take the answer. */
const IDLE_MS = 10_000;
/** Who calls again and again is told of once in so long. */
const TELL_EVERY_MS = 60_000;
/** What the caller reads. */
const REASON = "this program takes no calls; please write";

/** What the port needs. */
export interface CallPortOptions {
  /** Our key. */
  readonly pk: PublicKeyHex;
  /** Carries the streams. */
  readonly network: Pick<MessageNetwork, "listen">;
  /** Time-outs. */
  readonly clock: Clock;
  /** Asked before a peer's stream is taken. */
  readonly admit: (from: PublicKeyHex) => Promise<boolean>;
  /** Somebody has called; must not throw. */
  readonly onCall: (from: PublicKeyHex) => Promise<unknown>;
}

/**
 * Takes streams until the signal.
 * @throws {ProtocolError} dmsg error 400: something listens on the port already.
 */
export async function declineCalls(options: CallPortOptions, signal: AbortSignal): Promise<void> {
  const { network, clock, admit, onCall } = options;
  const toldMs = new Map<PublicKeyHex, number>();
  const called = async (from: PublicKeyHex): Promise<void> => {
    const nowMs = clock.nowMs();
    for (const [pk, atMs] of toldMs) if (nowMs - atMs >= TELL_EVERY_MS) toldMs.delete(pk);
    if (toldMs.has(from)) return;
    toldMs.set(from, nowMs);
    await onCall(from);
  };
  await answerAt({ port: CALL_PORT, maxStreams: MAX_STREAMS, network, admit }, async (stream) => {
    if (await decline(stream, options)) await called(stream.remote.pk);
  }, signal);
}

/** Answers one caller. @returns Whether it was a call. @throws {Error} It says something else, or nothing. */
async function decline(stream: AppStream, { pk, clock }: CallPortOptions): Promise<boolean> {
  const inTime = <T>(work: Promise<T>): Promise<T> => within(clock, IDLE_MS, work, () => new Error("idle"));
  const signal = readCallSignal(await inTime(firstFrame(stream)));
  if (signal === undefined) throw new Error("no call");
  await inTime(stream.write(encodeChatFrame(declineCall(signal.callId, pk, REASON))));
  return signal.isInvite;
}

async function firstFrame(stream: AppStream): Promise<Uint8Array> {
  const reader = new FrameReader(CHAT_FRAME);
  let frame: Uint8Array | undefined;
  for (let bytes = await stream.read(); bytes !== null; bytes = await stream.read()) {
    reader.push(bytes, (payload) => void (frame ??= payload.slice()));
    if (frame !== undefined) return frame;
  }
  throw new Error("no call");
}
