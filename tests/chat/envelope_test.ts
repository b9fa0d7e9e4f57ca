import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type ControlFrame, encodeControl } from "../../lib/chat/control.ts";
import { classify, encodeEnvelope, type Envelope } from "../../lib/chat/envelope.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";

/** Objects with the usual prototype, as parsed ones have it. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>;

const text = (body: string) => ({ kind: "text", body });
const envelope = (value: Envelope) => ({ kind: "envelope", envelope: value });
const msg = (members: Partial<Envelope & { body: string; ack: boolean; replyTo: string }>) =>
  envelope({ type: "chat-msg", id: "", body: "", ack: false, ...members } as Envelope);

Deno.test("Classify takes names in any case, ignores unknown members and null", () => {
  deepStrictEqual(
    classify(utf8('{"Type":"chat-msg","ID":"x","BODY":"b","Reply_To":"y","n":[{}],"ack":null}')),
    msg({ id: "x", body: "b", replyTo: "y" }),
  );
});

for (
  const payload of [
    '{"type":"chat-msg","id":5}',
    '{"type":"chat-msg","id":"x","ack":"yes"}',
    '{"type":"chat-ack","id":"x","body":5}',
    '{"type":"Chat-Msg","id":"x"}',
    '{"type":"chat-msg","id":"x"',
    '{"type":"chat-msg","id":"x"} and more',
    '{"type":["chat-msg"]}',
    '{"type":"pair-invite","from_pk":1}',
    '{"type":"file-request","file_id":{}}',
    '{"type":"file-request","file_id":"","file_name":"a.txt"}',
    '{"type":"file-request"}',
    '\ufeff{"type":"chat-ack","id":"x"}',
    " \n",
    "{",
    "{}",
  ]
) {
  Deno.test(`Classify leaves ${JSON.stringify(payload)} as text`, () => {
    deepStrictEqual(classify(utf8(payload)), text(payload));
  });
}

Deno.test("Classify reads `once` of an ack and never fails for it", () => {
  deepStrictEqual(
    classify(utf8('{"type":"chat-ack","id":"x","once":true}')),
    envelope({ type: "chat-ack", id: "x", once: true }),
  );
  for (const once of ["false", '"true"', "1", "{}", "null"]) {
    deepStrictEqual(
      classify(utf8(`{"type":"chat-ack","id":"x","once":${once}}`)),
      envelope({ type: "chat-ack", id: "x" }),
    );
  }
});

Deno.test("Classify replaces invalid UTF-8, in text and in members", () => {
  deepStrictEqual(classify(new Uint8Array([0x61, 0xff])), text("a\ufffd"));
  const payload = concat(
    utf8('{"type":"chat-msg","id":"x","body":"'),
    new Uint8Array([0xff]),
    utf8('\\ud800"}'),
  );
  deepStrictEqual(classify(payload), msg({ id: "x", body: "\ufffd\ufffd" }));
});

Deno.test("Classify gives out control frames, also with other members", () => {
  const control = (frame: ControlFrame) => ({ kind: "control", frame });
  deepStrictEqual(classify(utf8(' {"type":"pair-ack"}')), control({ type: "pair-ack" }));
  deepStrictEqual(
    classify(utf8('{"type":"pair-invite","from_pk":"02ab","id":7}')),
    control({ type: "pair-invite", fromPk: "02ab" }),
  );
  deepStrictEqual(
    classify(utf8('{"type":"file-request","file_id":"f"}')),
    control({ type: "file-request", fileId: "f" }),
  );
});

Deno.test("Envelope escapes as Go does and leaves empty members out", () => {
  const message: Envelope = { type: "chat-msg", id: "x", body: "<&>\u2028\n", ack: false, replyTo: "" };
  strictEqual(
    fromUtf8(encodeEnvelope(message)),
    '{"type":"chat-msg","id":"x","body":"\\u003c\\u0026\\u003e\\u2028\\n"}',
  );
  strictEqual(
    fromUtf8(encodeEnvelope({ type: "chat-ack", id: "", once: false })),
    '{"type":"chat-ack","id":""}',
  );
  strictEqual(
    fromUtf8(encodeEnvelope({ type: "chat-ack", id: "x", once: true })),
    '{"type":"chat-ack","id":"x","once":true}',
  );
});

const string = fc.oneof(fc.string({ unit: "grapheme" }), fc.string());
const some = string.filter((value) => value !== "");
const anyEnvelope: fc.Arbitrary<Envelope> = fc.oneof(
  record({ type: fc.constant("chat-msg" as const), id: string, body: string, ack: fc.boolean() }),
  record({
    type: fc.constant("chat-msg" as const),
    id: string,
    body: string,
    ack: fc.boolean(),
    replyTo: some,
  }),
  record({ type: fc.constant("chat-ack" as const), id: string }),
  record({ type: fc.constant("chat-ack" as const), id: string, once: fc.constant(true) }),
  record({ type: fc.constantFrom("chat-read" as const, "chat-delete" as const), id: string }),
);
const anyControl: fc.Arbitrary<ControlFrame> = fc.oneof(
  record({ type: fc.constantFrom("pair-invite" as const, "pair-ack" as const, "pair-decline" as const) }),
  record({ type: fc.constant("pair-invite" as const), fromPk: some }),
  record({ type: fc.constant("pair-invite" as const), fromPk: some, invite: some }),
  record({ type: fc.constant("pair-decline" as const), invite: some, ended: some }),
  record({ type: fc.constant("file-request" as const), fileId: some, fileName: some }),
);

Deno.test("Classify reads back every envelope and control frame that is written", () => {
  fc.assert(
    fc.property(anyEnvelope, (value) => deepStrictEqual(classify(encodeEnvelope(value)), envelope(value))),
    { seed: 4 },
  );
  fc.assert(
    fc.property(
      anyControl,
      (frame) => deepStrictEqual(classify(encodeControl(frame)), { kind: "control", frame }),
    ),
    { seed: 5 },
  );
});

Deno.test("Classify survives 64 KiB of brackets, members and spaces", () => {
  for (const [open, close] of [["[", "]"], ['{"a":', "}"]]) {
    const count = Math.floor(65_000 / (open.length + close.length));
    classify(utf8(`{"type":"chat-msg","x":${open.repeat(count)}1${close.repeat(count)}}`));
    strictEqual(classify(utf8(`{"a":${open.repeat(count)}`)).kind, "text");
  }
  const members = Array.from({ length: 6000 }, (_, i) => `"k${i}":1`).join();
  strictEqual(classify(utf8(`{"type":"chat-ack","id":"x",${members}}`)).kind, "envelope");
  strictEqual(classify(utf8(" ".repeat(65_536))).kind, "text");
});
