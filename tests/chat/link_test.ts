import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { ChatLink, MAX_UNSTORED } from "../../lib/chat/link.ts";
import type { LinkIn } from "../../lib/chat/link_types.ts";
import { MAX_WAITERS } from "../../lib/chat/waiters.ts";
import { acked, frames, run } from "./helpers.ts";

const ACK = '{"type":"chat-ack","id":"x"}';
const stored = (token: number): LinkIn => ({ kind: "stored", token });
const bodies = (lines: readonly string[]) => lines.filter((line) => line.startsWith("received")).length;

Deno.test("Link writes plain text and says so", () => {
  const send: LinkIn = { kind: "send", ref: "R", text: "hi", ack: false, waitMs: 5000 };
  const link = new ChatLink();
  deepStrictEqual(run(link, [send]), ["> hi", 'written {"ref":"R"}']);
  strictEqual(link.deadlineMs, undefined, "nobody waits without an ack");
});

Deno.test("Link waits for an ack, and its time is the ack's", () => {
  const link = new ChatLink();
  deepStrictEqual(run(link, [acked("x")], 1000), [
    '> {"type":"chat-msg","id":"x","body":"t","ack":true}',
    'written {"ref":"X"}',
  ]);
  strictEqual(link.deadlineMs, 6000);
  deepStrictEqual(run(link, [frames(ACK)], 1040), ['acked {"ref":"X","id":"x","tookMs":40,"once":false}']);
  strictEqual(link.deadlineMs, undefined);
});

Deno.test("Link drops acks of unknown ids and duplicates", () => {
  const link = new ChatLink();
  run(link, [acked("x")]);
  const lines = run(link, [frames('{"type":"chat-ack","id":"y"}', '{"type":"chat-ack","id":""}', ACK, ACK)]);
  deepStrictEqual(lines, ['acked {"ref":"X","id":"x","tookMs":0,"once":false}']);
});

Deno.test("Link passes on that a peer keeps one copy", () => {
  const link = new ChatLink();
  run(link, [acked("x")]);
  deepStrictEqual(run(link, [frames('{"type":"chat-ack","id":"x","once":true}')]), [
    'acked {"ref":"X","id":"x","tookMs":0,"once":true}',
  ]);
});

Deno.test("Link gives up at each message's own deadline, and tells of an ack that comes later", () => {
  const link = new ChatLink();
  run(link, [acked("slow", 60_000), acked("x", 1)]);
  strictEqual(link.deadlineMs, 100, "clamped");
  deepStrictEqual(run(link, [{ kind: "tick" }], 99), []);
  deepStrictEqual(run(link, [{ kind: "tick" }], 100), [
    'unconfirmed {"ref":"X","id":"x","reason":"timeout"}',
  ]);
  strictEqual(link.deadlineMs, 60_000);
  deepStrictEqual(run(link, [frames(ACK, ACK)], 150), ['late-ack {"id":"x","once":false}']);
  run(link, [acked("x")], 200);
  deepStrictEqual(run(link, [frames(ACK)], 300), ['acked {"ref":"X","id":"x","tookMs":100,"once":false}']);
});

Deno.test("Link reports the ack of a message for which nobody waits as late", () => {
  const link = new ChatLink();
  run(link, [acked("x", 0)]);
  strictEqual(link.deadlineMs, undefined);
  deepStrictEqual(run(link, [frames(ACK)]), ['late-ack {"id":"x","once":false}']);
});

Deno.test("Link acks a message only when it is stored", () => {
  const link = new ChatLink();
  deepStrictEqual(run(link, [frames('{"type":"chat-msg","id":"x","body":"b","ack":true,"reply_to":"y"}')]), [
    'received 1 {"form":"envelope","body":"b","wantsAck":true,"id":"x","replyTo":"y"}',
  ]);
  deepStrictEqual(run(link, [stored(1)]), [`> ${ACK}`]);
});

Deno.test("Link says `once` in the ack of a message that is kept once", () => {
  const link = new ChatLink();
  run(link, [frames('{"type":"chat-msg","id":"x","body":"b","ack":true}')]);
  deepStrictEqual(run(link, [{ kind: "stored", token: 1, once: true }]), [
    '> {"type":"chat-ack","id":"x","once":true}',
  ]);
});

Deno.test("Link never acks text, messages that don't ask or have no id, and refused ones", () => {
  const link = new ChatLink();
  const payloads = [
    "b",
    '{"type":"chat-msg","id":"x","body":"b"}',
    '{"type":"chat-msg","body":"b","ack":true}',
  ];
  deepStrictEqual(run(link, [frames(...payloads)]), [
    'received 1 {"form":"text","body":"b","wantsAck":false}',
    'received 2 {"form":"envelope","body":"b","wantsAck":false,"id":"x"}',
    'received 3 {"form":"envelope","body":"b","wantsAck":false}',
  ]);
  deepStrictEqual(run(link, [1, 2, 3].map(stored)), []);
  run(link, [frames('{"type":"chat-msg","id":"x","body":"b","ack":true}')]);
  deepStrictEqual(run(link, [{ kind: "refused", token: 4 }]), []);
});

Deno.test("Link acks a message with an empty body at once and does not show it", () => {
  const link = new ChatLink();
  deepStrictEqual(
    run(link, [frames('{"type":"chat-msg","id":"x","ack":true}', '{"type":"chat-msg","id":"y"}')]),
    [
      `> ${ACK}`,
    ],
  );
});

Deno.test("Link does not ack an id that would not fit the ack's frame", () => {
  const link = new ChatLink();
  const id = "<".repeat(60_000);
  const [line] = run(link, [frames(`{"type":"chat-msg","id":"${id}","body":"b","ack":true}`)]);
  ok(line.startsWith('received 1 {"form":"envelope","body":"b","wantsAck":false'));
  deepStrictEqual(run(link, [stored(1), frames(`{"type":"chat-msg","id":"${id}","ack":true}`)]), []);
});

Deno.test("Link carries receipts, retractions and control frames both ways", () => {
  const link = new ChatLink();
  const inputs: LinkIn[] = [
    { kind: "read", id: "x" },
    { kind: "delete", id: "x" },
    { kind: "control", frame: { type: "pair-ack" } },
  ];
  const written = run(link, inputs);
  deepStrictEqual(written, [
    '> {"type":"chat-read","id":"x"}',
    '> {"type":"chat-delete","id":"x"}',
    '> {"type":"pair-ack"}',
  ]);
  deepStrictEqual(
    run(link, [frames(...written.map((line) => line.slice(2)), '{"type":"chat-read","id":""}')]),
    [
      'read {"id":"x"}',
      'deleted {"id":"x"}',
      'control {"frame":{"type":"pair-ack"}}',
    ],
  );
});

Deno.test("Link ends at the end of the stream: waiters hear of it, later inputs do nothing", () => {
  const link = new ChatLink();
  run(link, [acked("x"), acked("y"), frames("b")]);
  deepStrictEqual(run(link, [{ kind: "eof" }]), [
    'unconfirmed {"ref":"X","id":"x","reason":"no ack"}',
    'unconfirmed {"ref":"Y","id":"y","reason":"no ack"}',
    "ended",
    "close",
  ]);
  strictEqual(link.deadlineMs, undefined);
  deepStrictEqual(
    run(link, [{ kind: "eof" }, stored(1), frames("b"), { kind: "close" }, { kind: "tick" }]),
    [],
  );
  deepStrictEqual(run(link, [acked("z")]), ['unsent {"ref":"Z","reason":"ended"}']);
});

Deno.test("Link closes on request after what was written", () => {
  deepStrictEqual(run(new ChatLink(), [{ kind: "read", id: "x" }, { kind: "close" }]), [
    '> {"type":"chat-read","id":"x"}',
    "ended",
    "close",
  ]);
});

Deno.test("Link ends with the reason at a bad length, after the frames before it", () => {
  const link = new ChatLink();
  const bytes = new Uint8Array([0, 0, 0, 1, 0x61, ...new TextEncoder().encode("hello")]);
  const text = "skychat: frame 1751477356 > max 65536 (peer running old unframed protocol?)";
  deepStrictEqual(run(link, [{ kind: "bytes", bytes }]), [
    'received 1 {"form":"text","body":"a","wantsAck":false}',
    `ended: ${text}`,
    `close: ${text}`,
  ]);
});

Deno.test("Link holds a burst back until there is room, in order, and lets acks pass", () => {
  const link = new ChatLink();
  run(link, [acked("x")]);
  const burst = Array.from({ length: 3 * MAX_UNSTORED }, (_, i) => `m${i}`);
  const first = run(link, [frames(...burst, '{"type":"chat-delete","id":"y"}', ACK)]);
  strictEqual(bodies(first), MAX_UNSTORED);
  strictEqual(first.at(-1), 'acked {"ref":"X","id":"x","tookMs":0,"once":false}');
  const lines = [...first];
  for (let token = 1; token <= burst.length; token++) lines.push(...run(link, [stored(token)]));
  deepStrictEqual(
    lines.filter((line) => line.startsWith("received")).map((line) => JSON.parse(line.split(" ")[2]).body),
    burst,
  );
  ok(lines.indexOf('deleted {"id":"y"}') > lines.findLastIndex((line) => line.startsWith("received")));
});

Deno.test("Link gives out what waits when the stream ends", () => {
  const link = new ChatLink();
  run(link, [frames(...Array.from({ length: MAX_UNSTORED }, () => "a"))]);
  deepStrictEqual(run(link, [frames("b"), { kind: "eof" }]), [
    `received ${MAX_UNSTORED + 1} {"form":"text","body":"b","wantsAck":false}`,
    "ended",
    "close",
  ]);
});

Deno.test("Link ends when a peer outruns the app, with large and with small frames", () => {
  for (const payload of ["a".repeat(60_000), "a"]) {
    const link = new ChatLink();
    const chunk = frames(...Array.from({ length: payload.length > 1 ? 1 : 1000 }, () => payload));
    let lines: string[] = [];
    let inputs = 0;
    while (!lines.includes("ended: peer sends messages faster than they can be kept")) {
      lines = run(link, [chunk]);
      ok(++inputs < 400);
    }
    ok(lines.at(-1)!.startsWith("close: "));
  }
});

Deno.test("Link refuses more waiters than it holds, writes nothing for them, and goes on", () => {
  const link = new ChatLink();
  for (let i = 0; i < MAX_WAITERS; i++) run(link, [acked(`i${i}`)]);
  deepStrictEqual(run(link, [acked("x")]), ['unsent {"ref":"X","reason":"full"}']);
  run(link, [frames('{"type":"chat-ack","id":"i7"}')]);
  strictEqual(run(link, [acked("x")]).length, 2);
});

Deno.test("Link forgets the oldest of too many late ids", () => {
  const link = new ChatLink();
  for (let i = 0; i <= MAX_WAITERS; i++) run(link, [acked(`i${i}`, 0)]);
  deepStrictEqual(run(link, [frames('{"type":"chat-ack","id":"i0"}', '{"type":"chat-ack","id":"i1"}')]), [
    'late-ack {"id":"i1","once":false}',
  ]);
});

Deno.test("Link throws at misuse and goes on unharmed", () => {
  const link = new ChatLink();
  run(link, [acked("x")]);
  const misuse: LinkIn[] = [
    acked("x"),
    acked(""),
    { ...acked("y"), text: "a".repeat(65_536) },
    { kind: "send", ref: "R", text: "", ack: false, waitMs: 0 },
    { kind: "read", id: "a".repeat(65_536) },
    stored(1),
    { kind: "refused", token: 0 },
  ];
  for (const input of misuse) {
    throws(() => link.handle(input, 0), RangeError, JSON.stringify(input).slice(0, 80));
  }
  run(link, [frames("b"), stored(1)]);
  throws(() => link.handle(stored(1), 0), RangeError);
  deepStrictEqual(run(link, [frames(ACK)]), ['acked {"ref":"X","id":"x","tookMs":0,"once":false}']);
  strictEqual(link.deadlineMs, undefined, "what was refused does not wait");
});
