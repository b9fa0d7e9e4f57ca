/** Frames of overlays inside bodies. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { BULLETIN, encodeOverlay, LIST, readOverlay } from "../../lib/overlay/frame.ts";
import { keyWords, shownText } from "../../lib/overlay/shown.ts";
import cwtch from "./cwtch.json" with { type: "json" };

interface CwtchCase {
  readonly name: string;
  readonly bare: string;
  readonly o: number;
  readonly d: string;
  readonly p?: string;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly inside?: unknown;
  readonly framed: string;
}

for (const { name, bare, o, d, p, extra, inside, framed } of cwtch.cases as readonly CwtchCase[]) {
  Deno.test(`Frame ${o} of Cwtch keeps its number, its data and what else it holds: ${name}`, () => {
    const read = readOverlay(bare);
    deepStrictEqual([read.form, read.overlay, read.data, read.parent, read.extra], ["bare", o, d, p, extra]);
    if (inside !== undefined) deepStrictEqual(JSON.parse(read.data), inside, "JSON inside JSON");
    strictEqual(encodeOverlay({ ...read, fallback: "shown" }), framed);
    const again = readOverlay(framed);
    deepStrictEqual([again.overlay, again.data, again.parent, again.extra], [o, d, p, extra]);
  });
}

Deno.test("Of a bare frame people read its text, also where that is a member of JSON inside JSON", () => {
  const lines = cwtch.cases.map(({ bare }) => shownText(bare));
  deepStrictEqual(lines.slice(0, 4), ["hey there!", "milk", "garage sale", 'she said "yes"\n']);
  strictEqual(lines[6], "📎 a.txt");
  for (const d of ['{"body":5}', '{"body":""}', "{", "[]", '{"Body":"x"}']) {
    strictEqual(shownText(JSON.stringify({ o: 10, d })), d);
  }
});

Deno.test("Vectors are there for each number of Cwtch", () => {
  deepStrictEqual(cwtch.cases.map(({ o }) => o), [1, 2, 3, 10, 100, 101, 200]);
});

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

Deno.test("Whose an item is from now on is said by the name that its reader has for them", () => {
  const bob = `02${"b0".repeat(32)}`;
  const body = (fallback: string, frame: object, overlay = LIST): string =>
    encodeOverlay({ overlay, data: JSON.stringify(frame), fallback, extra: {} });
  const line = `[list] gave eggs in Shopping to ${keyWords(bob)}`;
  const nameOf = (key: string) => key === bob ? "bob" : undefined;
  strictEqual(
    shownText(body(line, { a: "assign", w: bob }), nameOf),
    "[list] gave eggs in Shopping to bob",
  );
  const others: [string, object, number?][] = [
    [line, { a: "assign", w: `03${bob.slice(2)}` }],
    [line, { a: "rename", w: bob }],
    [line, { a: "assign", w: 5 }],
    [`${line}!`, { a: "assign", w: bob }],
    [line, { a: "assign", w: bob }, BULLETIN],
  ];
  for (const [fallback, frame, overlay] of others) {
    strictEqual(shownText(body(fallback, frame, overlay), nameOf), fallback);
  }
  strictEqual(shownText(body(line, { a: "assign", w: bob })), line, "without names the line stands");
});

Deno.test("What Cwtch's numbers say is shown without a number, and that of a number that nobody knows with it", () => {
  const body = (overlay: number): string =>
    encodeOverlay({ overlay, data: "d", fallback: "words", extra: {} });
  for (const overlay of [100, 101, 200]) strictEqual(shownText(body(overlay)), "words", `${overlay}`);
  strictEqual(shownText(body(999)), "[kind 999] words");
});
