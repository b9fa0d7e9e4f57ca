/** Runner of the group `transcript` of cxo.json. */
import { ok, strictEqual } from "node:assert/strict";
import { encodeFrame, FrameCutter, type FrameHead } from "../../../lib/cxo/connection/frame.ts";
import { decodeMessage, type Message } from "../../../lib/cxo/connection/message.ts";
import { nameOf } from "../../../lib/cxo/objects/hash.ts";
import { fromHex, toHex } from "../../../lib/wire/bytes.ts";
import { CHUNKINGS, entries, hexEqual, hexOf, piecesOf } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";
import { type Exact, type Recorded, Replay } from "./cxo_replay.ts";

/** Each frame read and written, and our node in the place of each side, byte by byte. */
export const cxoTranscript: GroupRunner = (group) => {
  ok(Array.isArray(group), "group is not a list");
  const sides = new Set<string>(group.map(({ from }) => from));
  return [
    ...entries(group, ({ from, name }, i) => `frame ${i}: ${from} ${name}`, check),
    ...[...sides].map((side) => ({
      name: `our node as ${side}`,
      run: () => replay(group, side, "answers"),
    })),
  ];
};

/** Our node in the place of one side of a transcript. */
// deno-lint-ignore no-explicit-any
export function replay(group: any[], side: string, exact: Exact): void {
  const frames = group.map(recorded);
  new Replay(side, frames, objectsOf(frames)).play(exact);
}

// deno-lint-ignore no-explicit-any
function recorded(entry: any): Recorded {
  let found: { head: FrameHead; message: Message } | undefined;
  new FrameCutter(() => "take").push(hexOf(entry, "frame_hex"), (head, body) => {
    found = { head, message: decodeMessage(head.type, body.slice()) };
  });
  ok(found, "not a frame");
  return { from: entry.from, seq: found.head.seq, rseq: found.head.rseq, message: found.message };
}

// deno-lint-ignore no-explicit-any
function check(entry: any): void {
  const { seq, rseq, message } = recorded(entry);
  strictEqual(seq, entry.seq, "seq");
  strictEqual(rseq, entry.rseq, "rseq");
  strictEqual(message.type, entry.name, "name");
  hexEqual(encodeFrame(seq, rseq, message), entry.frame_hex, "encoded");
  for (const size of CHUNKINGS) {
    let frames = 0;
    const cutter = new FrameCutter(() => "take");
    for (const piece of piecesOf(fromHex(entry.frame_hex), size)) cutter.push(piece, () => void frames++);
    strictEqual(frames, 1, `in pieces of ${size}`);
  }
}

/** Objects that were sent. */
function objectsOf(frames: readonly Recorded[]): Map<string, Uint8Array> {
  const objects = new Map<string, Uint8Array>();
  for (const { message } of frames) {
    if (message.type === "Object") objects.set(toHex(nameOf(message.value)), message.value);
  }
  return objects;
}
