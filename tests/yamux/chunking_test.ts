import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../lib/wire/bytes.ts";
import { Flag, goAway, ping, windowUpdate } from "../../lib/yamux/frame.ts";
import { YamuxSession } from "../../lib/yamux/session.ts";
import { bytes, dataFrame, merged, run, texts } from "./helpers.ts";

/** Any frame of a client's on a few ids, valid for itself; together they also break rules now and then. */
const id = fc.constantFrom(1, 3, 5, 7);
const flags = fc.constantFrom(
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  Flag.syn,
  Flag.ack,
  Flag.fin,
  Flag.rst,
  Flag.syn | Flag.fin,
);
const frame = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(id, fc.uint8Array({ maxLength: 200 }), flags).map((f) => dataFrame(...f)),
  },
  { weight: 3, arbitrary: fc.tuple(id, flags, fc.nat(1000)).map((f) => windowUpdate(...f)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(Flag.syn, Flag.ack), fc.nat()).map((f) => ping(...f)) },
  { weight: 1, arbitrary: fc.constant(goAway(0)) },
);

function* cut(whole: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < whole.length; i++) {
    const end = Math.min(whole.length, at + sizes[i % sizes.length]);
    // A copy, as the shell's read buffer is used again for the next chunk.
    yield whole.slice(at, end);
    at = end;
  }
}

function outcome(whole: Uint8Array, sizes: readonly number[]): string[] {
  const session = new YamuxSession({ role: "server" });
  return merged([...cut(whole, sizes)].flatMap((chunk) => run(session, [bytes(chunk)])));
}

Deno.test("Session gives the same outputs in any chunking", () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 40, size: "max" }),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 10 }),
      (frames, sizes) => {
        const whole = concat(...[1, 3, 5].map((id) => windowUpdate(id, Flag.syn, 0)), ...frames);
        const expected = outcome(whole, [Math.max(1, whole.length)]);
        for (const chunking of [[1], [3], [4096], sizes]) deepStrictEqual(outcome(whole, chunking), expected);
      },
    ),
    { numRuns: 100, seed: 11 },
  );
});

/** Headers that are wrong in one place or many, with or without the payload that they promise. */
const hostileHeader = fc.tuple(
  fc.constantFrom(0, 0, 0, 0, 0, 0, 1),
  fc.constantFrom(0, 1, 2, 3, 1, 0, 1, 4),
  fc.constantFrom(0, 1, 2, 4, 8, 3, 9, 0xffff),
  fc.constantFrom(0, 1, 2, 3, 5, 255),
  fc.constantFrom([0, 0, 0, 0], [0, 0, 0, 1], [0, 4, 0, 0], [0, 4, 0, 1], [255, 255, 255, 255]),
).map(([version, type, flag, stream, length]) =>
  new Uint8Array([version, type, flag >> 8, flag & 255, 0, 0, 0, stream, ...length])
);
const hostile = fc.array(fc.oneof(hostileHeader, hostileHeader, fc.uint8Array({ maxLength: 40 })), {
  maxLength: 60,
});

Deno.test("Session never throws at hostile bytes and ends at most once, last", () => {
  fc.assert(
    fc.property(
      hostile,
      fc.constantFrom("client" as const, "server" as const),
      fc.integer({ min: 1, max: 64 }),
      (
        parts,
        role,
        size,
      ) => {
        const session = new YamuxSession({ role });
        const whole = concat(...parts);
        const outs = [...cut(whole, [size])].flatMap((chunk) => session.handle(bytes(chunk), 0));
        const all = texts([
          ...outs,
          ...session.handle({ kind: "eof" }, 0),
          ...session.handle({ kind: "eof" }, 0),
        ]);
        const ends = all.filter((line) => line.startsWith("ended"));
        deepStrictEqual([ends.length, all.findIndex((line) => line.startsWith("ended"))], [
          1,
          all.length - 2,
        ]);
      },
    ),
    { numRuns: 1000, seed: 12 },
  );
});

Deno.test("Session costs and answers no more than in proportion to hostile input", () => {
  const count = 20_000;
  const parts = Array.from({ length: count }, (_, i) => [
    windowUpdate(2 * i + 1, Flag.syn, 0), // far above backlog and maxStreams
    windowUpdate(2 * i + 1, i % 2 ? Flag.rst : 0, 1),
    ping(Flag.syn, i),
  ]).flat();
  for (const size of [1, 65_536]) {
    const session = new YamuxSession({ role: "server" });
    let outs = 0;
    const started = performance.now();
    for (const chunk of cut(concat(...parts), [size])) outs += session.handle(bytes(chunk), 0).length;
    const tookMs = performance.now() - started;
    ok(outs <= 4 * count, `${outs} outputs`);
    ok(session.streamCount <= 256);
    // In proportion it is one second; what looked again at all that came before would take minutes.
    ok(tookMs < 20_000, `${tookMs} ms for ${parts.length} frames in chunks of ${size}`);
  }
});
