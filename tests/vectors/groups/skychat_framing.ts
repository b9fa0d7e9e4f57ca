/** Runner of the group `framing` of skychat.json. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { CHAT_FRAME, encodeChatFrame } from "../../../lib/chat/frame.ts";
import { ChatLink } from "../../../lib/chat/link.ts";
import { fromHex, fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { FrameReader } from "../../../lib/wire/frame.ts";
import { byMember, CHUNKINGS, each, errorOf, hexEqual, piecesOf } from "../helpers.ts";
import type { GroupRunner, VectorCase } from "../types.ts";

/** Frames as written, the limits, what ends a reader, and a stream in any chunking. */
export const skychatFraming: GroupRunner = (group) =>
  byMember(group, {
    encode: each(({ text }) => JSON.stringify(text.slice(0, 40)), ({ text, payload_hex, frame_hex }) => {
      hexEqual(utf8(text), payload_hex, "payload");
      hexEqual(encodeChatFrame(fromHex(payload_hex)), frame_hex, "frame");
      deepStrictEqual(payloadsOf(fromHex(frame_hex), Infinity).payloads, [text]);
    }),
    boundary: each(({ payload_len }) => `${payload_len} bytes`, checkBoundary),
    read_errors: each(({ stream_hex }) => stream_hex, ({ stream_hex, error }) => {
      for (const size of CHUNKINGS) strictEqual(payloadsOf(fromHex(stream_hex), size).error, error);
    }),
    stream: streamCases,
  });

// deno-lint-ignore no-explicit-any
function checkBoundary({ payload_len, write, error, header_hex }: any): void {
  const payload = new Uint8Array(payload_len);
  if (write === "error") return strictEqual(errorOf(() => encodeChatFrame(payload)).message, error);
  strictEqual(write, "ok");
  hexEqual(encodeChatFrame(payload).subarray(0, 4), header_hex, "header");
}

// deno-lint-ignore no-explicit-any
const streamCases = (stream: any): VectorCase[] => [
  ...CHUNKINGS.map((size) => ({
    name: `stream in pieces of ${size}`,
    run: () => deepStrictEqual(payloadsOf(fromHex(stream.stream_hex), size), { payloads: stream.payloads }),
  })),
  {
    name: "truncated stream",
    run: () => {
      match(stream.truncated, /incomplete/);
      const bytes = fromHex(stream.truncated_stream_hex);
      deepStrictEqual(payloadsOf(bytes, 1), { payloads: [] });
      const link = new ChatLink();
      deepStrictEqual(link.handle({ kind: "bytes", bytes }, 0), [], "waits for more");
      const ended = link.handle({ kind: "eof" }, 0).find(({ kind }) => kind === "ended");
      ok(ended?.kind === "ended" && ended.error, "an error on close");
    },
  },
];

function payloadsOf(stream: Uint8Array, size: number): { payloads: string[]; error?: string } {
  const reader = new FrameReader(CHAT_FRAME);
  const payloads: string[] = [];
  try {
    for (const piece of piecesOf(stream, size)) {
      reader.push(piece, (payload) => void payloads.push(fromUtf8(payload)));
    }
  } catch (error) {
    return { payloads, error: (error as Error).message };
  }
  return { payloads };
}
