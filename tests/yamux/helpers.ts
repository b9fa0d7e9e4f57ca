/**
 * Shared by the yamux tests: frames as text, inputs in short form.
 *
 * @module
 */
import { toHex } from "../../lib/wire/bytes.ts";
import { Flag, FrameType, HEADER_BYTES, readHeader, writeHeader } from "../../lib/yamux/frame.ts";
import type { SessionIn, SessionOut, YamuxSession } from "../../lib/yamux/session.ts";

/** A Data frame with its payload, as the peer would send it. */
export function dataFrame(id: number, payload: Uint8Array, flags = 0): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  writeHeader(frame, FrameType.data, flags, id, payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** The same with room in front instead of the header, as the application hands it over. */
export function unsent(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Input of bytes. */
export const bytes = (b: Uint8Array): SessionIn => ({ kind: "bytes", bytes: b });

const flagNames = Object.entries(Flag);
const typeNames = ["Data", "Window", "Ping", "GoAway"];

/** One frame as text: `Window SYN 1 0`. */
export function show(frame: Uint8Array): string {
  const header = readHeader(frame, 0);
  const flags = flagNames.filter(([, bit]) => header.flags & bit).map(([name]) => name.toUpperCase());
  return [typeNames[header.type], ...flags, header.id, header.length].join(" ");
}

/** Outputs as short texts, for comparing whole sequences. Payload and errors are shown by what matters. */
export function texts(outs: readonly SessionOut[]): string[] {
  return outs.map((out) => {
    switch (out.kind) {
      case "write":
        return `> ${show(out.bytes)}`;
      case "data":
        return `data ${out.id} ${toHex(out.bytes)}`;
      case "ended":
        return out.error ? `ended ${out.error.name} ${codeOf(out.error)}` : "ended";
      case "close":
        return out.error ? "close with error" : "close";
      case "pinging":
        return `pinging ${out.token}`;
      case "pong":
        return `pong ${out.token} ${out.rttMs}`;
      case "refused":
      case "leaving":
        return out.kind;
      default:
        return `${out.kind} ${out.id}`;
    }
  });
}

function codeOf(error: Error): string {
  const { code, reason, by } = error as { code?: string; reason?: string; by?: string };
  return reason ?? `${by} ${code}`;
}

/** Feeds inputs at one time and returns all outputs as texts. */
export const run = (session: YamuxSession, inputs: SessionIn[], nowMs = 0): string[] =>
  texts(inputs.flatMap((input) => session.handle(input, nowMs)));

/** Merges payload pieces of one stream that follow each other, so that outputs of different chunkings compare. */
export function merged(lines: readonly string[]): string[] {
  const out: string[] = [];
  for (const line of lines) {
    const cut = line.lastIndexOf(" ") + 1;
    const last = out.length - 1;
    const sameStream = line.startsWith("data ") && out[last]?.startsWith(line.slice(0, cut));
    if (sameStream) out[last] += line.slice(cut);
    else out.push(line);
  }
  return out;
}
