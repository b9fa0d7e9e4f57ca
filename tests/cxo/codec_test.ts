import fc from "fast-check";
import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { encodeFrame, FrameCutter, MAX_FRAME_BYTES } from "../../lib/cxo/connection/frame.ts";
import { decodeMessage, encodeBody, type Message, typeNumber } from "../../lib/cxo/connection/message.ts";
import { Decoder, Encoder } from "../../lib/cxo/objects/codec.ts";
import { hashKey, hashKeyAt, hashOfKey, isBlank } from "../../lib/cxo/objects/hash.ts";
import {
  decodeRoot,
  encodeRoot,
  isStorable,
  type Root,
  topOf,
  treeRoot,
} from "../../lib/cxo/objects/root.ts";
import { concat, fromHex, toHex } from "../../lib/wire/bytes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";

/** Records as object literals make them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const i64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const key = fixed(33);
const hash = fixed(32);

const messages: fc.Arbitrary<Message> = fc.oneof(
  record({ type: fc.constantFrom("Ping", "Pong", "Ok", "RqList") }),
  record({ type: fc.constant("Syn"), protocol: fc.nat(65535), id: key }),
  record({ type: fc.constant("Ack"), id: key }),
  record({ type: fc.constant("Err"), text: fc.string({ unit: "grapheme" }) }),
  record({ type: fc.constantFrom("Sub", "Unsub", "RqPreview", "RqPeers"), feed: key }),
  record({ type: fc.constant("List"), feeds: fc.array(key, { maxLength: 5 }) }),
  record({
    type: fc.constant("Root"),
    feed: key,
    nonce: u64,
    seq: u64,
    value: fc.uint8Array({ maxLength: 300 }),
    signature: fixed(65),
  }),
  record({ type: fc.constant("RqObject"), hash }),
  record({ type: fc.constant("Object"), value: fc.uint8Array({ maxLength: 300 }) }),
  record({
    type: fc.constant("Peers"),
    feed: key,
    peers: fc.array(
      record({ id: key, metadata: fc.uint8Array({ maxLength: 9 }), tcp: fc.string(), udp: fc.string() }),
      { maxLength: 4 },
    ),
  }),
) as fc.Arbitrary<Message>;

const roots: fc.Arbitrary<Root> = record({
  refs: fc.array(record({ hash, schema: hash }), { maxLength: 3 }),
  descriptor: fc.uint8Array({ maxLength: 20 }),
  registry: hash,
  feed: key,
  nonce: u64,
  seq: u64,
  timeNs: i64,
  prev: hash,
});

Deno.test("Message reads what it wrote, and nothing shorter or longer", () => {
  fc.assert(fc.property(messages, (message) => {
    const body = encodeBody(message);
    deepStrictEqual(decodeMessage(typeNumber(message.type), body), message);
    throws(() => decodeMessage(typeNumber(message.type), concat(body, Uint8Array.of(1))), ProtocolError);
    if (body.length > 0) {
      throws(() => decodeMessage(typeNumber(message.type), body.subarray(0, -1)), ProtocolError);
    }
  }));
});

Deno.test("Message of an unknown type is refused", () => {
  for (const type of [0, 17, 255]) throws(() => decodeMessage(type, new Uint8Array()), /type \d+ is unknown/);
});

Deno.test("Root reads what it wrote and ignores what is behind it", () => {
  fc.assert(fc.property(roots, (root) => {
    const bytes = encodeRoot(root);
    deepStrictEqual(decodeRoot(bytes), root);
    deepStrictEqual(decodeRoot(concat(bytes, Uint8Array.of(7))), root);
    throws(() => decodeRoot(bytes.subarray(0, -1)), ProtocolError);
  }));
});

const place = { feed: new Uint8Array(33).fill(2), nonce: 1n, seq: 0n, timeNs: 5n, prev: new Uint8Array(32) };

Deno.test("Root of another registry, type or shape is refused", () => {
  const good = treeRoot(new Uint8Array(32).fill(9), place);
  strictEqual(toHex(topOf(good)!), "09".repeat(32));
  strictEqual(topOf({ ...good, refs: [] }), undefined);
  throws(() => topOf({ ...good, registry: new Uint8Array(32) }), /registry/);
  throws(() => topOf({ ...good, refs: [good.refs[0], good.refs[0]] }), /more than one/);
  throws(() => topOf({ ...good, refs: [{ ...good.refs[0], schema: new Uint8Array(32) }] }), /tree/);
});

Deno.test("Root is kept by Go only with Prev blank exactly at Seq 0 and a Time", () => {
  const prev = new Uint8Array(32).fill(1);
  const at = (seq: bigint, before: Uint8Array, timeNs = 5n) =>
    isStorable(treeRoot(prev, { ...place, seq, prev: before, timeNs }));
  deepStrictEqual(
    [at(0n, place.prev), at(3n, prev), at(0n, prev), at(3n, place.prev), at(3n, prev, 0n)],
    [true, true, false, false, false],
  );
});

Deno.test("Decoder refuses a bool of 2, a count beyond the bytes, and what is not there", () => {
  throws(() => new Decoder(Uint8Array.of(2), "x").bool(), /malformed CXO x/);
  throws(() => new Decoder(fromHex("ffffffff00"), "x").count(), ProtocolError);
  throws(() => new Decoder(fromHex("ffffffff00"), "x").bytes(), ProtocolError);
  throws(() => new Decoder(new Uint8Array(7), "x").u64(), ProtocolError);
  throws(() => new Decoder(fromHex("01000000ff"), "x").exactString(), ProtocolError);
});

Deno.test("Name is the same key wherever it lies, and a stretch is blank when all its bytes are", () => {
  const bytes = fc.uint8Array({ minLength: 100, maxLength: 100 });
  fc.assert(fc.property(bytes, fc.integer({ min: 0, max: 68 }), (given, at) => {
    const all = given.slice();
    const name = all.slice(at, at + 32);
    strictEqual(hashKeyAt(all, at), hashKey(name));
    deepStrictEqual(hashOfKey(hashKeyAt(all, at)), name);
    strictEqual(isBlank(all.fill(0, at, at + 32), at, at + 32), true);
    all[at + 31] = 1;
    deepStrictEqual([isBlank(all, at, at + 31), isBlank(all, at, at + 32)], [true, false]);
  }));
});

Deno.test("Encoder grows", () => {
  const out = new Encoder(0);
  for (let i = 0; i < 100; i++) out.u8(i).u64(BigInt(i)).f64(i / 3);
  const from = new Decoder(out.done(), "x");
  for (let i = 0; i < 100; i++) deepStrictEqual([from.u8(), from.u64(), from.f64()], [i, BigInt(i), i / 3]);
  from.end();
});

/** What a stream gives in pieces of a size. */
function framesOf(stream: Uint8Array, size: number, skip: number): string[] {
  const seen: string[] = [];
  const cutter = new FrameCutter(({ type }) => type === skip ? "skip" : "take");
  try {
    for (let at = 0; at < stream.length; at += size) {
      cutter.push(stream.subarray(at, at + size), ({ seq, rseq, type }, body) => {
        seen.push(`${seq} ${rseq} ${type} ${toHex(body)}`);
      });
    }
  } catch (error) {
    seen.push((error as Error).message);
  }
  seen.push(`inside ${cutter.isInside}`);
  return seen;
}

Deno.test("FrameCutter gives the same frames in any chunking, and skips without buffering", () => {
  fc.assert(
    fc.property(fc.array(messages, { maxLength: 8 }), fc.uint8Array({ maxLength: 30 }), (list, tail) => {
      const stream = concat(...list.map((message, i) => encodeFrame(i + 1, 7 * i, message)), tail);
      const whole = framesOf(stream, stream.length || 1, 13);
      for (const size of [1, 3, 4096]) deepStrictEqual(framesOf(stream, size, 13), whole);
    }),
  );
});

Deno.test("FrameCutter refuses lengths outside 9 and 64 MiB before a byte of the body", () => {
  const cut = (hex: string) => new FrameCutter(() => "take").push(fromHex(hex), () => {});
  throws(() => cut("00000000"), ProtocolError);
  throws(() => cut("00000008"), ProtocolError);
  throws(() => cut((MAX_FRAME_BYTES + 1).toString(16).padStart(8, "0")), ProtocolError);
  cut(MAX_FRAME_BYTES.toString(16).padStart(8, "0"));
});
