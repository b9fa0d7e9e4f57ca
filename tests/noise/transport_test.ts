import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { nobleAead } from "../../lib/crypto/aead.ts";
import {
  FrameOpener,
  LONG_FRAME_BYTES,
  LONG_NONCE,
  MAX_FRAME_BYTES,
  MAX_FRAME_PLAINTEXT,
  ObjectOpener,
  RECORD_OVERHEAD_BYTES,
  REPLAY_WINDOW,
  Sealer,
} from "../../lib/noise/transport.ts";
import { concat, readU16, toHex, utf8, writeU16, writeU64 } from "../../lib/wire/bytes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { below, seededRandom } from "../fakes/random.ts";

const aead = nobleAead(seededRandom("transport").bytes(32));

/** A whole record with any nonce. */
function record(nonce: number, plaintext: Uint8Array): Uint8Array {
  const out = new Uint8Array(plaintext.length + RECORD_OVERHEAD_BYTES);
  writeU16(out, 0, out.length - 2);
  writeU64(out, 2, nonce);
  aead.seal(nonce, plaintext, 0, plaintext.length, out, 10);
  return out;
}

const body = (nonce: number): Uint8Array => record(nonce, utf8(`object ${nonce}`)).subarray(2);

/** Feeds a stream in pieces; what was opened, and the error if the stream died. */
function openAll(wire: Uint8Array, nextSize: () => number): { plain: Uint8Array; error?: ProtocolError } {
  const opener = new FrameOpener(aead);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < wire.length;) {
    const piece = wire.slice(at, at + nextSize());
    at += piece.length;
    const margin = 16;
    const out = new Uint8Array(opener.roomFor(piece.length) + 2 * margin).fill(0x77);
    let written = 0;
    try {
      written = opener.push(piece, out, margin);
    } catch (error) {
      ok(error instanceof ProtocolError);
      return { plain: concat(...parts), error };
    }
    parts.push(out.slice(margin, margin + written));
    piece.fill(0xee);
    ok(out.subarray(0, margin).every((byte) => byte === 0x77), "nothing in front is touched");
    ok(out.subarray(-margin).every((byte) => byte === 0x77), "the promised room is enough");
    if (opener.error) return { plain: concat(...parts), error: opener.error };
  }
  return { plain: concat(...parts) };
}

const chunkings = (seed: number): (() => number)[] => {
  const random = seededRandom(seed);
  return [() => 1, () => 3, () => 4096, () => Infinity, () => 1 + below(random, 9000)];
};

Deno.test("Sealer counts from nonce 1 and adds 26 bytes", () => {
  const sealer = new Sealer(aead);
  for (const nonce of [1, 2, 3]) {
    strictEqual(toHex(sealer.sealObject(utf8("x"))), toHex(record(nonce, utf8("x"))));
  }
  strictEqual(MAX_FRAME_PLAINTEXT, 4070);
  deepStrictEqual([LONG_FRAME_BYTES, LONG_NONCE], [32_768, 2 ** 40], "what our other versions look for");
  strictEqual(new Sealer(aead).sealObject(new Uint8Array(4070)).length, MAX_FRAME_BYTES);
});

Deno.test("Sealer leaps up and never back: no number serves twice", () => {
  const sealer = new Sealer(aead);
  const out = new Uint8Array(100);
  for (
    const [above, nonce] of [[0, 1], [9, 10], [9, 11], [3, 12], [2 ** 40, 2 ** 40 + 1], [
      2 ** 40,
      2 ** 40 + 2,
    ]]
  ) {
    sealer.leapTo(above);
    const bytes = sealer.seal(utf8("x"), 0, 1, out, 5);
    strictEqual(toHex(out.subarray(5, 5 + bytes)), toHex(record(nonce, utf8("x"))));
  }
});

Deno.test("Sealer takes objects up to what a 16-bit length holds", () => {
  const largest = new Sealer(aead).sealObject(new Uint8Array(65_511));
  strictEqual(readU16(largest, 0), 65_535);
  throws(() => new Sealer(aead).sealObject(new Uint8Array(65_512)), RangeError);
});

Deno.test("FrameOpener takes long frames from the middle of a short one on, up to 32 KiB", () => {
  const [short, long] = [new Uint8Array(4000).fill(1), new Uint8Array(32_742).fill(2)];
  for (const cut of [0, 1, 2, 30, 4000]) {
    const opener = new FrameOpener(aead);
    const wire = concat(record(1, short), record(2, long));
    const out = new Uint8Array(40_000);
    opener.push(wire.subarray(0, cut), out, 0);
    opener.takeLong();
    let at = 0;
    for (let from = cut; from < wire.length; from += 9000) {
      at += opener.push(wire.subarray(from, Math.min(wire.length, from + 9000)), out, at);
    }
    strictEqual(toHex(out.subarray(0, at)), toHex(concat(short, long)));
    throws(() => opener.push(record(3, new Uint8Array(32_743)), out, 0), /exceeds maximum 32766B/);
  }
});

Deno.test("FrameOpener opens the same text in any chunking", () => {
  const texts = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(new Uint8Array(4070).fill(9), new Uint8Array(0)),
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(texts, fc.integer(), (parts, seed) => {
      const sealer = new Sealer(aead);
      const wire = concat(...parts.map((part) => sealer.sealObject(part)));
      for (const nextSize of chunkings(seed)) {
        const { plain, error } = openAll(wire, nextSize);
        strictEqual(error, undefined);
        deepStrictEqual(plain, concat(...parts));
      }
    }),
    { seed: 8, numRuns: 20 },
  );
});

/** Each alters a valid frame with nonce `nonce`. */
const DAMAGE: Record<string, (frame: Uint8Array, nonce: number) => Uint8Array> = {
  "length 4095": (frame) => (writeU16(frame, 0, 4095), frame),
  "length 65535": (frame) => (writeU16(frame, 0, 65_535), frame),
  "length 7": () => Uint8Array.of(0, 7, 0, 0, 0, 0, 0, 0, 0),
  "length 0": () => Uint8Array.of(0, 0),
  "length 8, a nonce alone": (_, nonce) =>
    concat(Uint8Array.of(0, 8), record(nonce, utf8("")).subarray(2, 10)),
  "repeated nonce": (_, nonce) => record(nonce - 1, utf8("again")),
  "nonce 0": () => record(0, utf8("zero")),
  "nonce beyond 2^53": (frame) => (frame.fill(0xff, 2, 10), frame),
  "altered tag": (frame) => (frame[frame.length - 1] ^= 1, frame),
  "altered text": (frame) => (frame[10] ^= 1, frame),
  "another nonce": (frame, nonce) => (writeU64(frame, 2, nonce + 1), frame),
};

for (const [what, damage] of Object.entries(DAMAGE)) {
  Deno.test(`FrameOpener delivers what is before a frame with ${what}, then stays dead`, () => {
    for (const before of [0, 1, 3]) {
      const sealer = new Sealer(aead);
      const good = Array.from({ length: before }, (_, i) => sealer.sealObject(utf8(`frame ${i}`)));
      const bad = damage(record(before + 1, utf8("bad")), before + 1);
      const wire = concat(...good, bad, record(before + 5, utf8("after")));
      for (const nextSize of chunkings(before)) {
        const { plain, error } = openAll(wire, nextSize);
        strictEqual(toHex(plain), toHex(concat(...good.map((_, i) => utf8(`frame ${i}`)))));
        ok(error, "the stream is dead");
        deepStrictEqual([error.by, error.ends], ["peer", "stream"]);
      }
    }
  });
}

Deno.test("A frame is too short by its length for a nonce, by its tag for less than one", () => {
  const message = (frame: Uint8Array): string => openAll(frame, () => 4096).error!.message;
  strictEqual(
    message(concat(Uint8Array.of(0, 7), new Uint8Array(7))),
    "noise decrypt unsafe: ciphertext cannot be less than 8 bytes",
  );
  for (const bytes of [8, 23]) {
    const frame = concat(Uint8Array.of(0, bytes), record(1, utf8("")).subarray(2, 2 + bytes));
    strictEqual(message(frame), "chacha20poly1305: message authentication failed");
  }
});

Deno.test("FrameOpener throws the same error for ever", () => {
  const opener = new FrameOpener(aead);
  const out = new Uint8Array(100);
  throws(() => opener.push(Uint8Array.of(0, 1), out, 0));
  throws(() => opener.push(record(1, utf8("fine")), out, 0), (error) => error === opener.error);
});

Deno.test("FrameOpener takes gaps between nonces", () => {
  const wire = concat(...[3, 4, 1000, 2 ** 40].map((nonce) => record(nonce, utf8(`${nonce},`))));
  strictEqual(toHex(openAll(wire, () => 5).plain), toHex(utf8(`3,4,1000,${2 ** 40},`)));
});

Deno.test("FrameOpener knows that it stands inside a frame", () => {
  const opener = new FrameOpener(aead);
  const wire = record(1, utf8("x"));
  const out = new Uint8Array(64);
  for (let at = 0; at < wire.length; at++) {
    deepStrictEqual([opener.midFrame, opener.pendingBytes], [at > 0, at]);
    strictEqual(opener.push(new Uint8Array(0), out, 0), 0);
    opener.push(wire.subarray(at, at + 1), out, 0);
  }
  deepStrictEqual([opener.midFrame, opener.pendingBytes], [false, 0]);
});

Deno.test("ObjectOpener takes any order inside the window, each nonce once", () => {
  const orders = fc.shuffledSubarray(Array.from({ length: 60 }, (_, i) => i + 1), { minLength: 60 });
  fc.assert(
    fc.property(orders, (order) => {
      const opener = new ObjectOpener(aead);
      for (const nonce of order) deepStrictEqual(opener.open(body(nonce)), utf8(`object ${nonce}`));
      for (const nonce of order) throws(() => opener.open(body(nonce)), ProtocolError);
    }),
    { seed: 9, numRuns: 10 },
  );
});

Deno.test("ObjectOpener agrees with a model that remembers every nonce", () => {
  // Steps from the highest nonce so far: around it, around the window's edge, and anywhere in between.
  const steps = fc.array(
    fc.oneof(
      fc.integer({ min: -4, max: 4 }),
      fc.constantFrom(-1, 1).chain((sign) => fc.integer({ min: 1020, max: 1027 }).map((step) => sign * step)),
      fc.integer({ min: -1100, max: 1100 }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, (sequence) => {
      const opener = new ObjectOpener(aead);
      const seen = new Set<number>();
      let max = 0;
      for (const step of sequence) {
        const nonce = Math.max(0, max + step);
        if (nonce === 0 || nonce < max - (REPLAY_WINDOW - 1) || seen.has(nonce)) {
          throws(() => opener.open(body(nonce)), ProtocolError);
          continue;
        }
        opener.open(body(nonce));
        seen.add(nonce);
        max = Math.max(max, nonce);
      }
    }),
    { seed: 10, numRuns: 100 },
  );
});

Deno.test("ObjectOpener refuses what is older than the window of 1024", () => {
  const opener = new ObjectOpener(aead);
  opener.open(body(2000));
  throws(() => opener.open(body(2000 - 1024)), ProtocolError);
  opener.open(body(2000 - 1023));
});

Deno.test("A forged nonce does not move ObjectOpener's window", () => {
  const opener = new ObjectOpener(aead);
  opener.open(body(5));
  const forged = body(4000);
  forged[20] ^= 1;
  throws(() => opener.open(forged), /authentication failed/);
  opener.open(body(4));
  throws(() => opener.open(body(5)), ProtocolError);
  opener.open(body(4000));
  throws(() => opener.open(body(6)), ProtocolError, "now it is too old");
});

Deno.test("ObjectOpener opens an object without text, and refuses what is no record", () => {
  const opener = new ObjectOpener(aead);
  deepStrictEqual(opener.open(record(1, new Uint8Array(0)).subarray(2)), new Uint8Array(0));
  for (const length of [0, 7, 8, 23]) throws(() => opener.open(new Uint8Array(length)), /too short/);
  const endless = body(1);
  endless.fill(0xff, 0, 8);
  throws(() => opener.open(endless), ProtocolError);
});

Deno.test("A nonce beyond 2^53 is taken for a garbled one: no tag fits it", () => {
  const garbled = record(7, utf8("text")).with(2, 0xff);
  const { error } = openAll(garbled, () => 4096);
  strictEqual(error!.message, "chacha20poly1305: message authentication failed");
  const objects = new ObjectOpener(aead);
  throws(() => objects.open(garbled.subarray(2)), { message: error!.message });
  strictEqual(toHex(objects.open(body(1))), toHex(utf8("object 1")), "the window has not moved");
});
