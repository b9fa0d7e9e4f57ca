import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { clip, fit, graphemes, graphemeWidth, widthOf, wrap } from "../../tui/width.ts";

Deno.test("Width knows wide letters, marks and emoji sequences", () => {
  const cases: [string, number][] = [
    ["abc", 3],
    ["日本", 4],
    ["e\u0301", 1],
    ["👍", 2],
    ["👍🏽", 2],
    ["👨‍👩‍👧", 2],
    ["🇩🇪", 2],
    ["❤️", 2],
    ["שלום", 4],
    ["ｱ", 1],
  ];
  for (const [text, width] of cases) strictEqual(widthOf(text), width, text);
});

Deno.test("Clip and fit never cut a character and never take more than they may", () => {
  deepStrictEqual([clip("hello", 5), clip("hello", 4), clip("日本語", 4), clip("日本語", 1), clip("x", 0)], [
    "hello",
    "hel…",
    "日…",
    "…",
    "",
  ]);
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.nat(30), (text, width) => {
    ok(widthOf(clip(text, width)) <= width);
    strictEqual(widthOf(fit(text, width)), width);
  }));
});

Deno.test("Wrap breaks at spaces, cuts long words, and keeps every letter", () => {
  deepStrictEqual(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
  deepStrictEqual(wrap("abcdefghij kl", 5), ["abcde", "fghij", "kl"]);
  deepStrictEqual(wrap("日本語です", 4), ["日本", "語で", "す"]);
  deepStrictEqual(wrap("", 4), [""]);
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 60 }),
      fc.integer({ min: 2, max: 20 }),
      (text, width) => {
        const rows = wrap(text, width);
        for (const row of rows) ok(widthOf(row) <= width, JSON.stringify([row, width]));
        strictEqual(rows.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
      },
    ),
  );
});

Deno.test("Graphemes have a width of at most 2", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 20 }), (text) => {
    for (const one of graphemes(text)) ok([0, 1, 2].includes(graphemeWidth(one)));
  }));
});
