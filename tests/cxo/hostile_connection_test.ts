/** Handshakes and frames that break a rule. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { ANSWER_MS, Connection } from "../../lib/cxo/connection/connection.ts";
import { encodeFrame } from "../../lib/cxo/connection/frame.ts";
import type { Message } from "../../lib/cxo/connection/message.ts";
import { concat, fromHex } from "../../lib/wire/bytes.ts";
import { NODE, OTHER, PEER } from "./hand_feed.ts";
import { Bench, type RawPeer } from "./raw.ts";
import { keyOf } from "./world.ts";

const SMALL = keyOf(1);

/** Why the node closed. */
const reason = (peer: RawPeer): string =>
  peer.closed instanceof Error ? peer.closed.message : String(peer.closed);

Deno.test("Handshake refuses another protocol, another key than the stream's, our own, and anything but a Syn", () => {
  const cases: [Message, string][] = [
    [{ type: "Syn", protocol: 2, id: fromHex(PEER) }, "Err incompatible protocol version: 2, want 3"],
    [{ type: "Syn", protocol: 3, id: fromHex(OTHER) }, "Err node id is not the key of the stream"],
  ];
  for (const [message, words] of cases) {
    const bench = new Bench(NODE);
    const peer = bench.peer(PEER, { shy: true });
    peer.write(message);
    deepStrictEqual(peer.types(), [words]);
    ok(peer.closed instanceof Error);
    strictEqual(bench.node.links.size, 0);
  }
  const own = new Bench(NODE);
  const self = own.peer(NODE, { shy: true });
  self.write({ type: "Syn", protocol: 3, id: fromHex(NODE) });
  deepStrictEqual(self.types(), ["Err node id is our own"]);
  for (
    const message of [{ type: "RqList" }, { type: "Ack", id: fromHex(PEER) }, { type: "Ok" }] as Message[]
  ) {
    const peer = new Bench(NODE).peer(PEER, { shy: true });
    peer.write(message);
    match(reason(peer), /before the handshake/);
  }
});

Deno.test("Handshake without a proved key takes a public key alone", () => {
  const bench = new Bench(NODE);
  bench.put({ kind: "open", conn: 99, peer: undefined, dialled: false });
  const syn = encodeFrame(1, 0, { type: "Syn", protocol: 3, id: new Uint8Array(33).fill(9) });
  const outs = bench.node.handle({ kind: "bytes", conn: 99, bytes: syn }, 0);
  deepStrictEqual(outs.map(({ kind }) => kind), ["write", "close"]);
});

Deno.test("Dialler takes an Err, a close before the Ack, another id and another rseq as a refusal", () => {
  const dial = (): [Bench, RawPeer] => {
    const bench = new Bench(NODE);
    bench.put({ kind: "follow", feed: PEER, peers: [PEER] });
    return [bench, bench.peer(PEER, { shy: true, dialled: true })];
  };
  const [b1, refused] = dial();
  deepStrictEqual(refused.types(), ["Syn"]);
  refused.write({ type: "Err", text: "no\u0007 thanks" }, 1);
  match(reason(refused), /refused the handshake: "no\\u0007 thanks"/);
  ok(b1.node.deadlineMs! > 0 && b1.node.deadlineMs! <= 4000, "dials again");
  const [b2, cut] = dial();
  b2.put({ kind: "eof", conn: cut.conn });
  match(reason(cut), /closed before it answered/);
  const [, other] = dial();
  other.write({ type: "Ack", id: fromHex(OTHER) }, 1);
  match(reason(other), /not the key of the stream/);
  const [, wrong] = dial();
  wrong.write({ type: "Ack", id: fromHex(PEER) }, 7);
  match(reason(wrong), /instead of an Ack/);
  for (
    const message of [{ type: "Ok" }, { type: "RqList" }, { type: "Sub", feed: fromHex(PEER) }] as Message[]
  ) {
    const [, early] = dial();
    early.write(message, 1);
    match(reason(early), /instead of an Ack/);
  }
  const [b5, silent] = dial();
  b5.wait(15_500);
  strictEqual(silent.closed, true, "an attempt takes 15 s at most");
});

Deno.test("A handshake that never comes ends after 59 s", () => {
  const bench = new Bench(NODE);
  const peer = bench.peer(PEER, { shy: true });
  bench.wait(58_000);
  strictEqual(peer.closed, false);
  bench.wait(3000);
  match(reason(peer), /timed out/);
});

Deno.test("No more than 1000 handshakes wait at once", () => {
  const bench = new Bench(NODE);
  for (let i = 0; i < 1000; i++) bench.peer(keyOf(1000 + i), { shy: true });
  match(reason(bench.peer(keyOf(3000), { shy: true })), /handshakes at once/);
});

Deno.test("A Syn that crosses our dial: the smaller key's dial goes on", () => {
  for (const [pk, isKept] of [[SMALL, true], [OTHER, false]] as const) {
    const bench = new Bench(NODE);
    bench.put({ kind: "follow", feed: pk, peers: [pk] });
    const dialled = bench.peer(pk, { shy: true, dialled: true });
    const inbound = bench.peer(pk);
    strictEqual(bench.node.byPeer.has(pk), isKept, "the inbound one");
    strictEqual(Boolean(dialled.closed), isKept);
    strictEqual(Boolean(inbound.closed), !isKept);
  }
});

const ending: Record<string, Uint8Array | Message> = {
  "Ping": { type: "Ping" },
  "Pong": { type: "Pong" },
  "a second Syn": { type: "Syn", protocol: 3, id: fromHex(PEER) },
  "an Ack": { type: "Ack", id: fromHex(PEER) },
  "a Sub of a blank feed": { type: "Sub", feed: new Uint8Array(33) },
  "an Unsub of a blank feed": { type: "Unsub", feed: new Uint8Array(33) },
  "an unknown type": fromHex("00000009020000000000000011"),
  "a body that is cut": fromHex("0000000a020000000000000007ff"),
  "a body with a byte too many": concat(fromHex("0000000a02000000000000000900")),
  "a frame of length 0": fromHex("00000000"),
  "a frame of 8 bytes": fromHex("00000008"),
  "a frame above 64 MiB": fromHex("04000001"),
  "a List of 2^32 - 1 feeds": fromHex("0000000d02000000000000000affffffff"),
  "a Root of 2^31 bytes": concat(
    fromHex("000000e302000000000000000b"),
    new Uint8Array(33).fill(2),
    fromHex("01000000000000000000000000000000ffffff7f"),
    new Uint8Array(165),
  ),
  "a long frame that is no object": fromHex("0001000102000000000000000b"),
};

for (const [what, input] of Object.entries(ending)) {
  Deno.test(`Connection ends at ${what}, and others go on`, () => {
    const bench = new Bench(NODE);
    bench.put({ kind: "own" });
    const [peer, other] = [bench.peer(PEER), bench.peer(OTHER)];
    if (input instanceof Uint8Array) peer.raw(input);
    else peer.write(input);
    ok(peer.closed instanceof Error);
    strictEqual(other.ask({ type: "Sub", feed: fromHex(NODE) })?.type, "Ok");
  });
}

Deno.test("Late answers and objects that nobody asked for are passed over, however long", () => {
  const bench = new Bench(NODE);
  const peer = bench.peer(PEER);
  peer.take();
  for (
    const message of [
      { type: "Ok" },
      { type: "Err", text: "x" },
      { type: "List", feeds: [] },
      { type: "Peers", feed: fromHex(NODE), peers: [] },
      { type: "Object", value: new Uint8Array(200_000) },
    ] as Message[]
  ) peer.write(message, 77);
  strictEqual(peer.closed, false);
  deepStrictEqual(peer.types(), []);
});

Deno.test("A request without an answer is answered once with nothing, and what comes for it later is passed over", () => {
  const made = { dialled: true, id: fromHex(NODE), nowMs: 0, maxObjectBytes: 1000, admit: () => undefined };
  const connection = new Connection(made);
  const take = (seq: number, rseq: number, message: Message, nowMs: number) =>
    connection.handle({ kind: "bytes", bytes: encodeFrame(seq, rseq, message) }, nowMs);
  connection.handle({ kind: "tick" }, 0);
  take(1, 1, { type: "Ack", id: fromHex(PEER) }, 0);
  connection.handle({ kind: "request", ref: 5, message: { type: "RqObject", hash: new Uint8Array(32) } }, 0);
  take(2, 0, { type: "Ok" }, 50_000); // a sign of life
  const unanswered = { kind: "answer", ref: 5, message: undefined } as const;
  const answers = (nowMs: number) =>
    connection.handle({ kind: "tick" }, nowMs).filter(({ kind }) => kind === "answer");
  deepStrictEqual(answers(ANSWER_MS - 1), []);
  deepStrictEqual(answers(ANSWER_MS), [unanswered]);
  deepStrictEqual(answers(ANSWER_MS + 1), []);
  strictEqual(connection.waiting, 0);
  ok(connection.deadlineMs! > ANSWER_MS + 1, "nothing is due at once");
  deepStrictEqual(take(3, 2, { type: "Object", value: new Uint8Array(2000) }, ANSWER_MS + 2), []);
  ok(connection.isOpen);
});

Deno.test("A connection that is closed between two messages of a chunk goes on with nothing", () => {
  const made = { dialled: false, id: fromHex(NODE), nowMs: 0, maxObjectBytes: 1000, admit: () => undefined };
  const connection = new Connection(made);
  const bytes = concat(
    encodeFrame(1, 0, { type: "Syn", protocol: 3, id: fromHex(PEER) }),
    encodeFrame(2, 0, { type: "RqList" }),
  );
  connection.handle({ kind: "bytes", bytes }, 0);
  ok(connection.hasMore);
  connection.handle({ kind: "close" }, 0);
  strictEqual(connection.hasMore, false);
  deepStrictEqual(connection.handle({ kind: "more" }, 0), []);
  strictEqual(connection.deadlineMs, undefined);
});

Deno.test("A silent peer is asked after 30 s and given up after 90; any frame is a sign of life", () => {
  const bench = new Bench(NODE);
  const [quiet, alive] = [bench.peer(PEER), bench.peer(OTHER)];
  for (let i = 0; i < 5; i++) {
    bench.wait(20_000);
    alive.write({ type: "Ok" });
  }
  deepStrictEqual(quiet.types(), ["Ack", "RqList", "RqList"]);
  match(reason(quiet), /timed out/);
  strictEqual(alive.closed, false);
});
