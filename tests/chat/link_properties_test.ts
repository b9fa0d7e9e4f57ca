import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { encodeChatFrame } from "../../lib/chat/frame.ts";
import { ChatLink } from "../../lib/chat/link.ts";
import { concat, utf8 } from "../../lib/wire/bytes.ts";
import { piecesOf } from "../vectors/helpers.ts";
import { acked, texts } from "./helpers.ts";

/** Payloads of every kind, some almost right. */
const id = fc.constantFrom("a", "b", "c", "");
const payload = fc.oneof(
  fc.string({ minLength: 1, maxLength: 60 }),
  fc.record({
    type: fc.constantFrom(
      "chat-msg",
      "chat-ack",
      "chat-read",
      "chat-delete",
      "pair-invite",
      "file-request",
      "?",
    ),
    id: fc.oneof(id, fc.nat()),
    body: fc.string({ maxLength: 20 }),
    ack: fc.oneof(fc.boolean(), fc.constant(null)),
    once: fc.boolean(),
  }, { requiredKeys: ["type"] }).map((object) => JSON.stringify(object)),
);
const frame = payload.map((text) => encodeChatFrame(utf8(text)));

/** What comes out of a link with two waiters, each message stored as soon as it is given out. */
function outcome(pieces: Iterable<Uint8Array>): string[] {
  const link = new ChatLink();
  const outs = [acked("a"), acked("b")].flatMap((send) => link.handle(send, 0));
  const answer = () => {
    // Outputs grow while they are walked over: what is stored may give out what waited.
    for (; answered < outs.length; answered++) {
      const out = outs[answered];
      if (out.kind === "received" && !outs.some(({ kind }) => kind === "ended")) {
        outs.push(...link.handle({ kind: "stored", token: out.token }, 0));
      }
    }
  };
  let answered = 0;
  for (const piece of pieces) {
    outs.push(...link.handle({ kind: "bytes", bytes: piece.slice() }, 0));
    answer();
  }
  outs.push(...link.handle({ kind: "eof" }, 0));
  return texts(outs);
}

/**
 * Acks of stored messages leave after the chunk, those of empty ones at once: the order among writes follows the
 * chunking, nothing else does.
 */
function ordered(lines: readonly string[]): [string[], string[]] {
  const isWrite = (line: string) => line.startsWith(">");
  return [lines.filter(isWrite).sort(), lines.filter((line) => !isWrite(line))];
}

Deno.test("Link gives the same outputs in any chunking", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 30 }), fc.integer({ min: 1, max: 200 }), (parts, size) => {
      const whole = concat(...parts);
      const expected = ordered(outcome([whole]));
      for (const chunk of [1, 3, 4096, size]) {
        deepStrictEqual(ordered(outcome(piecesOf(whole, chunk))), expected);
      }
    }),
    { numRuns: 60, seed: 9 },
  );
});

Deno.test("Link never throws at hostile bytes and ends once, before the close", () => {
  const hostile = fc.array(fc.oneof(frame, frame, fc.uint8Array({ maxLength: 20 })), { maxLength: 30 });
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 100 }), (parts, size) => {
      const lines = outcome(piecesOf(concat(...parts), size));
      ok(lines.at(-1)!.startsWith("close") && lines.at(-2)!.startsWith("ended"));
      deepStrictEqual(lines.filter((line) => line.startsWith("ended")).length, 1);
    }),
    { numRuns: 300, seed: 10 },
  );
});
