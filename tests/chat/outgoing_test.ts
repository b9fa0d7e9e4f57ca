import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { classify } from "../../lib/chat/envelope.ts";
import { clampWait, excessBytes, MAX_ID_CHARS, newMessageId, payloadFor } from "../../lib/chat/outgoing.ts";
import { fromUtf8 } from "../../lib/wire/bytes.ts";
import { seededRandom } from "../fakes/random.ts";

const plain = (text: string) => ({ text, ack: false });

Deno.test("Message without id, ack and reply is the raw text", () => {
  strictEqual(fromUtf8(payloadFor(plain(" hé\n"))), " hé\n");
  strictEqual(fromUtf8(payloadFor(plain('{"a":1}'))), '{"a":1}');
});

Deno.test("Message with an id, an ack or a reply is an envelope", () => {
  strictEqual(fromUtf8(payloadFor({ ...plain("a"), id: "x" })), '{"type":"chat-msg","id":"x","body":"a"}');
  strictEqual(
    fromUtf8(payloadFor({ text: "a", id: "x", ack: true, replyTo: "y" })),
    '{"type":"chat-msg","id":"x","body":"a","ack":true,"reply_to":"y"}',
  );
  strictEqual(
    fromUtf8(payloadFor({ ...plain("a"), replyTo: "y" })),
    '{"type":"chat-msg","id":"","body":"a","reply_to":"y"}',
  );
});

Deno.test("Message that looks like an envelope or a control frame arrives as its text", () => {
  const texts = [
    '{"type":"chat-delete","id":"x"}',
    ' {"TYPE":"pair-invite"}',
    '{"type":"chat-msg","body":"b"}',
  ];
  for (const text of texts) {
    deepStrictEqual(classify(payloadFor(plain(text))), {
      kind: "envelope",
      envelope: { type: "chat-msg", id: "", body: text, ack: false },
    });
  }
});

Deno.test("Message refuses an ack without id and an id without end", () => {
  throws(() => payloadFor({ text: "a", ack: true }), RangeError);
  throws(() => payloadFor({ text: "a", ack: true, id: "" }), RangeError);
  throws(() => payloadFor({ ...plain("a"), id: "x".repeat(MAX_ID_CHARS + 1) }), RangeError);
});

Deno.test("Excess counts the bytes as they are encoded", () => {
  strictEqual(excessBytes(plain("a".repeat(65_536))), 0);
  strictEqual(excessBytes(plain("é".repeat(32_769))), 2);
  const overhead = payloadFor({ text: "", id: "0011223344556677", ack: true }).length + '"body":"",'.length;
  const message = (text: string) => ({ text, id: "0011223344556677", ack: true });
  strictEqual(excessBytes(message("a".repeat(65_536 - overhead))), 0);
  strictEqual(excessBytes(message("a".repeat(65_536 - overhead) + "<")), 6);
});

Deno.test("Excess also counts a long text that looks like an envelope", () => {
  const text = `{"type":"chat-msg","body":"${"a".repeat(65_500)}"}`;
  ok(excessBytes(plain(text)) > 0);
  fc.assert(
    fc.property(fc.integer({ min: 65_300, max: 65_540 }), (length) => {
      const near = `{"type":"chat-ack","x":"${"a".repeat(length - 25)}"}`;
      strictEqual(excessBytes(plain(near)) > 0, payloadFor(plain(near)).length > 65_536);
    }),
    { seed: 6, numRuns: 30 },
  );
});

Deno.test("Wait is 0 or clamped", () => {
  deepStrictEqual([-1, 0, NaN, 0.5, 99, 60_001, Infinity].map(clampWait), [
    0,
    0,
    0,
    100,
    100,
    60_000,
    60_000,
  ]);
});

Deno.test("Message id is 16 hex characters, another one each time", () => {
  const random = seededRandom(1);
  match(newMessageId(random), /^[0-9a-f]{16}$/);
  ok(newMessageId(random) !== newMessageId(random));
});
