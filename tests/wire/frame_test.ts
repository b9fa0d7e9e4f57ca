import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { concat, fromHex, toHex } from "../../lib/wire/bytes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { encodeFrame, FrameReader, type FrameRule } from "../../lib/wire/frame.ts";

const rule = (prefixBytes: 2 | 4, maxBytes: number, minBytes = 0): FrameRule => ({
  prefixBytes,
  minBytes,
  maxBytes,
  error: (length) => new ProtocolError(`length ${length}`, { by: "peer", code: "frame", ends: "session" }),
});

/** What a reader delivers of a stream that comes in pieces of the given sizes, over and over. */
function read(reader: FrameReader, wire: Uint8Array, sizes: readonly number[]): string[] {
  const frames: string[] = [];
  for (let at = 0, i = 0; at < wire.length; i++) {
    const size = sizes[i % sizes.length];
    const piece = wire.slice(at, at + size);
    reader.push(piece, (payload) => void frames.push(toHex(payload)));
    piece.fill(0xee); // a reader that kept the caller's array would now deliver this
    at += size;
  }
  return frames;
}

Deno.test("FrameReader delivers the same frames in any chunking", () => {
  const lengths = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 20 }) },
    { weight: 1, arbitrary: fc.constantFrom(255, 256, 257, 4096, 5000) },
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      fc.array(lengths, { maxLength: 6 }),
      sizes,
      fc.constantFrom<2 | 4>(2, 4),
      fc.nat(1),
      (parts, cuts, prefix, minBytes) => {
        const payloads = parts.map((length, i) => Uint8Array.from({ length }, (_, at) => at * 7 + i));
        const wire = concat(...payloads.map((payload) => encodeFrame(rule(prefix, 5000, minBytes), payload)));
        for (const chunking of [cuts, [1], [3], [4096]]) {
          const reader = new FrameReader(rule(prefix, 5000, minBytes));
          deepStrictEqual(read(reader, wire, chunking), payloads.map(toHex));
          strictEqual(reader.pendingBytes, 0);
        }
      },
    ),
    { seed: 1, numRuns: 40 },
  );
});

Deno.test("FrameReader refuses a length above the cap before its payload arrives", () => {
  const reader = new FrameReader(rule(4, 100));
  const frames: string[] = [];
  throws(
    () => reader.push(fromHex("00000001aa00000065"), (payload) => void frames.push(toHex(payload))),
    /length 101/,
  );
  deepStrictEqual(frames, ["aa"], "the frame before it is delivered");
});

Deno.test("FrameReader refuses a length below the minimum and stays dead", () => {
  const reader = new FrameReader(rule(2, 100, 8));
  throws(() => reader.push(fromHex("0007"), () => {}), ProtocolError);
  throws(() => reader.push(fromHex("00080102030405060708"), () => {}), /length 7/);
});

Deno.test("FrameReader hands back what is behind the frame that stopped it", () => {
  for (const cut of [1, 3, 4, 7, 100]) {
    const reader = new FrameReader(rule(2, 10));
    const wire = fromHex("0002aabb0001cc0003");
    const seen: string[] = [];
    for (let at = 0; at < wire.length; at += cut) {
      if (seen.length > 0) break;
      reader.push(wire.subarray(at, at + cut), (payload) => {
        seen.push(toHex(payload));
        return false;
      });
    }
    deepStrictEqual(seen, ["aabb"]);
    strictEqual("0001cc0003".startsWith(toHex(reader.pending())), true, `cut ${cut}`);
  }
});

Deno.test("FrameReader goes on from pending bytes after a stop", () => {
  const reader = new FrameReader(rule(2, 10));
  const seen: string[] = [];
  const one = (payload: Uint8Array) => (seen.push(toHex(payload)), false);
  reader.push(fromHex("0001aa0001bb0001"), one);
  reader.push(new Uint8Array(0), one);
  reader.push(fromHex("cc"), one);
  deepStrictEqual([seen, reader.pendingBytes], [["aa", "bb", "cc"], 0]);
});

Deno.test("A frame outside its own rule is not encoded", () => {
  throws(() => encodeFrame(rule(2, 4), new Uint8Array(5)), /length 5/);
  throws(() => encodeFrame(rule(2, 4, 2), new Uint8Array(1)), /length 1/);
  strictEqual(toHex(encodeFrame(rule(4, 4), fromHex("0a"))), "000000010a");
});
