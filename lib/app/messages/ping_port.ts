/**
 * Answers pings: by them the page of a Go program shows which of its contacts are there, and how far away.
 *
 *     the one that asks   {"size":N}   →
 *                                      ←  ok
 *                         N bytes      →
 *                                      ←  pong, or the same bytes with "echo_full":true
 *
 * @see lib/app/README.md "Pings"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { type Clock, within } from "../../sys/clock.ts";
import { concat, fromUtf8, utf8 } from "../../wire/bytes.ts";
import { parseGoObject, readMembers } from "../../wire/go_json.ts";
import type { AppStream } from "../node/node.ts";
import type { MessageNetwork } from "./messenger.ts";
import { answerAt } from "./side_port.ts";

/** The port of dmsg pings. */
export const PING_PORT = 8;

/** Streams at once, of all who ask. */
const MAX_STREAMS = 32;
/** How long nothing may be said on one, or taken. */
const IDLE_MS = 60_000;
/** Of what announces a ping. */
const MAX_SIZE_BYTES = 256;
/** Of a ping: what measures how fast a line is asks for more, and is not answered. */
const MAX_PING_BYTES = 64 * 1024;

/** What the port needs. */
export interface PingPortOptions {
  /** Carries the streams. */
  readonly network: Pick<MessageNetwork, "listen">;
  /** Time-outs. */
  readonly clock: Clock;
  /** Asked before a peer's stream is taken. */
  readonly admit: (from: PublicKeyHex) => Promise<boolean>;
}

/**
 * Takes streams until the signal.
 * @throws {ProtocolError} dmsg error 400: something listens on the port already.
 */
export async function answerPings(
  { network, clock, admit }: PingPortOptions,
  signal: AbortSignal,
): Promise<void> {
  const port = { port: PING_PORT, maxStreams: MAX_STREAMS, network, admit };
  await answerAt(port, (stream) => answer(stream, clock), signal);
}

/** Answers one ping after the other. @returns When the other end has ended. @throws {Error} It says something else. */
async function answer(stream: AppStream, clock: Clock): Promise<void> {
  const inTime = <T>(work: Promise<T>): Promise<T> => within(clock, IDLE_MS, work, () => new Error("idle"));
  const next = (): Promise<Uint8Array | null> => inTime(stream.read());
  for (let first = await next(); first !== null; first = await next()) {
    let said: Uint8Array = first.slice(); // a view is good until the next read
    let size = sizeIn(said);
    while (size === undefined) {
      const more = said.length < MAX_SIZE_BYTES ? await next() : null;
      if (more === null) throw new Error("no ping");
      said = concat(said, more);
      size = sizeIn(said);
    }
    if (size.bytes < 0n || size.bytes > MAX_PING_BYTES) throw new Error("no ping that is answered");
    await inTime(stream.write(utf8("ok")));
    // In one piece: as many small ones as bytes would take a hundred times the room.
    const ping = new Uint8Array(size.isEchoed ? Number(size.bytes) : 0);
    for (let at = 0; at < Number(size.bytes);) {
      const piece = await next();
      if (piece === null) return;
      if (size.isEchoed) ping.set(piece.subarray(0, ping.length - at), at);
      at += piece.length;
    }
    await inTime(stream.write(size.isEchoed ? ping : utf8("pong")));
  }
}

/** Reads what announces a ping; undefined: not all of it is there. */
function sizeIn(said: Uint8Array): { readonly bytes: bigint; readonly isEchoed: boolean } | undefined {
  const object = parseGoObject(fromUtf8(said));
  const members = object && readMembers(object, { size: "i64", echo_full: "boolean" });
  return members && { bytes: members.size, isEchoed: members.echo_full };
}
