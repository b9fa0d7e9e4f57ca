/** Frames of overlays inside bodies. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { encodeOverlay, readOverlay } from "../../lib/overlay/frame.ts";

/** Vectors of the public Cwtch program's numbers: what a bare frame holds survives being written as ours. */
const CWTCH = [
  { o: 1, d: "hey there!" },
  { o: 2, d: "milk", l: "groceries" },
  { o: 3, d: "garage sale", p: "ab".repeat(65) },
  { o: 10, d: JSON.stringify({ quotedHash: "q".repeat(43) + "=", body: "yes" }) },
  { o: 100, d: "a".repeat(56) },
  { o: 101, d: "tofubundle:server:eA==||torv3eA==" },
  { o: 200, d: JSON.stringify({ f: "a.txt", h: "0".repeat(128), n: "0".repeat(48), s: 5 }) },
];

for (const frame of CWTCH) {
  Deno.test(`Frame ${frame.o} of Cwtch keeps its number, its data and what else it holds`, () => {
    const read = readOverlay(JSON.stringify(frame));
    const { o, d, p, ...extra } = frame as typeof frame & { p?: string };
    deepStrictEqual([read.form, read.overlay, read.data, read.parent, read.extra], ["bare", o, d, p, extra]);
    const again = readOverlay(encodeOverlay({ ...read, fallback: "shown" }));
    deepStrictEqual([again.overlay, again.data, again.parent, again.extra], [o, d, p, extra]);
    if (o === 10 || o === 200) deepStrictEqual(JSON.parse(again.data), JSON.parse(d), "JSON inside JSON");
  });
}

Deno.test("Frame reads what it writes, whatever the fallback", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 2 ** 40 }),
    fc.string().map((text) => text.toWellFormed()),
    fc.string({ unit: "grapheme" }).map((text) => text.toWellFormed()),
    fc.option(fc.constantFrom("ab".repeat(65), "00".repeat(8)), { nil: undefined }),
    (overlay, data, fallback, parent) => {
      const body = { overlay, data, fallback, extra: { x: [1n, { y: null }] }, ...(parent && { parent }) };
      deepStrictEqual(readOverlay(encodeOverlay(body)), { ...body, form: "framed" });
    },
  ));
});

Deno.test("Whatever is no frame is chat, unchanged", () => {
  for (
    const text of [
      "",
      "hello\nworld",
      '{"o":1}',
      '{"o":"1","d":"x"}',
      '{"o":1.5,"d":"x"}',
      '{"o":-1,"d":"x"}',
      '{"o":1,"d":2}',
      "\u2063{",
      'a\n\u2063{"o":2}',
      '\u2063{"o":2,"d":"x"}\nb',
      "[".repeat(5000),
    ]
  ) {
    const read = readOverlay(text);
    deepStrictEqual([read.form, read.overlay, read.data, read.fallback], ["plain", 1, text, text]);
    strictEqual(encodeOverlay(read), text);
  }
});
