/**
 * Replays one captured yamux connection against a client session of ours: the server's frames go in and must give
 * the events that they say; our commands at the client's moments must give the client's own bytes.
 *
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fromHex, toHex } from "../../lib/wire/bytes.ts";
import { Flag, FrameType, type Header, HEADER_BYTES, readHeader } from "../../lib/yamux/frame.ts";
import { type SessionIn, type SessionOut, YamuxSession } from "../../lib/yamux/session.ts";
import { texts } from "./helpers.ts";

/** One frame of a capture. */
export interface CapturedFrame {
  /** Client to server, or back. */
  readonly dir: "c2s" | "s2c";
  /** Seconds since the first frame. */
  readonly t: number;
  /** Hex of header and payload. */
  readonly wire: string;
}

/** Replays the frames of one connection; throws at the first difference. */
export function replayMux(frames: readonly CapturedFrame[]): void {
  const session = new YamuxSession({ role: "client" });
  const acks: string[] = [];
  const feed = (input: SessionIn, t: number): SessionOut[] => session.handle(input, t * 1000);
  for (const { dir, t, wire } of frames) {
    const frame = fromHex(wire);
    const header = readHeader(frame, 0);
    if (header.type === FrameType.data) strictEqual(frame.length, HEADER_BYTES + header.length);
    if (dir === "s2c") {
      const outs = feed({ kind: "bytes", bytes: frame }, t);
      acks.push(...outs.flatMap((out) => out.kind === "write" ? [toHex(out.bytes)] : []));
      const events = outs.filter((out) => out.kind !== "write" && out.kind !== "writable");
      deepStrictEqual(
        texts(events).map((line) => line.replace(/^(pong \d+) .*/, "$1")),
        eventsOf(header, frame),
      );
      if (header.type === FrameType.data) feed({ kind: "consumed", id: header.id, bytes: header.length }, t);
      continue;
    }
    const command = commandOf(header, frame);
    if (command === "ack") {
      const at = acks.indexOf(wire);
      ok(at >= 0, `the client acknowledged ${wire} and we did not`);
      acks.splice(at, 1);
    } else if (command) {
      const written = feed(command, t).flatMap((out) => out.kind === "write" ? [toHex(out.bytes)] : []);
      deepStrictEqual(written, [wire]);
    }
  }
}

/** What a frame of the server's must make us tell. */
function eventsOf({ type, flags, id, length }: Header, frame: Uint8Array): string[] {
  if (type === FrameType.ping) return flags & Flag.ack ? [`pong ${length}`] : [];
  if (type === FrameType.goAway) return [];
  const events: string[] = [];
  if (flags & Flag.syn) events.push(`accepted ${id}`);
  if (flags & Flag.ack) events.push(`acked ${id}`);
  if (type === FrameType.data && length > 0) events.push(`data ${id} ${toHex(frame.subarray(HEADER_BYTES))}`);
  if (flags & Flag.fin) events.push(`fin ${id}`);
  if (flags & Flag.rst) events.push(`reset ${id}`);
  return events;
}

/** What our client must be told so that it sends the captured frame; undefined for credit, whose moment is free. */
function commandOf({ type, flags, id }: Header, frame: Uint8Array): SessionIn | "ack" | undefined {
  if (flags & Flag.ack) return "ack";
  if (type === FrameType.ping) return { kind: "ping" };
  if (type === FrameType.data) return { kind: "data", id, frame: frame.slice().fill(0, 0, HEADER_BYTES) };
  if (type === FrameType.goAway) return undefined;
  if (flags & Flag.syn) return { kind: "open" };
  if (flags & Flag.fin) return { kind: "fin", id };
  if (flags & Flag.rst) return { kind: "reset", id };
  return undefined;
}
