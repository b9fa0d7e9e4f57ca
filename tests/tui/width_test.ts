import fc from "fast-check";
import { deepStrictEqual, fail, ok, strictEqual } from "node:assert/strict";
import { clip, fit, graphemes, graphemeWidth, widthOf, wrap } from "../../tui/drawing/width.ts";
import { anyText } from "../fakes/texts.ts";

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
  deepStrictEqual(wrap("ab\u3000cd", 4), ["ab\u3000", "cd"]);
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
  fc.assert(fc.property(anyText({ maxLength: 20 }), (text) => {
    for (const one of graphemes(text)) ok([0, 1, 2].includes(graphemeWidth(one)));
  }));
});

Deno.test("Emoji are as wide as the list of all of them says", () => {
  const LISTED = /^\p{RGI_Emoji}/v;
  const behind = [
    "",
    "\ufe0f",
    "\ufe0f\u20e3",
    "\u{1f3fb}",
    "\u{1f3ff}",
    "\u200d\u{1f525}",
    "\ufe0f\u200d\u{1f525}",
  ];
  let wide = 0;
  for (let code = 0x23; code < 0x20000; code++) {
    const one = String.fromCodePoint(code);
    if (!/\p{Emoji}/u.test(one)) continue;
    for (const rest of behind) {
      if (!LISTED.test(one + rest)) continue;
      wide++;
      strictEqual(graphemeWidth(one + rest), 2, one + rest);
    }
    if (code < 0x7f || /\p{RI}/u.test(one)) strictEqual(graphemeWidth(one), 1, one);
  }
  ok(wide > 5000, `${wide}`);
  deepStrictEqual(["🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👩🏽‍🚀"].map(widthOf), [2, 2, 2]);
});

Deno.test("Graphemes are those of the segmenter, whatever the letters are", () => {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const segments = (text: string): string[] => Array.from(segmenter.segment(text), ({ segment }) => segment);
  for (let code = 0x20; code < 0x10000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const text = `${String.fromCharCode(code)}가│${String.fromCharCode(code)}a`;
    if (graphemes(text).join("|") !== segments(text).join("|")) fail(code.toString(16));
  }
});
