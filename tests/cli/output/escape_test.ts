import fc from "fast-check";
import { deepStrictEqual, doesNotMatch, strictEqual } from "node:assert/strict";
import { jsonLine, printable, printableLines, visible, visibleLine } from "../../../cli/output/escape.ts";

/** Emoji of several parts, and what some scripts are spelt with: these are seen. */
const SPELT =
  /\p{RGI_Emoji}|(?<=[\p{Script=Arabic}\p{Script=Devanagari}]\p{M}*)[\u200c\u200d](?=[\p{Script=Arabic}\p{Script=Devanagari}])/gv;
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;
const anyText = fc.string({
  unit: fc.oneof(fc.nat(0xffff).map((code) => String.fromCharCode(code)), fc.string()),
});

Deno.test("Escape writes out what a terminal acts on or hides", () => {
  const cases: [string, string][] = [
    ["plain text", "plain text"],
    ["a\nb\rc\td\\e", "a\\nb\\rc\\td\\\\e"],
    ["\x1b[2J\x07\x00\x7f\x9b", "\\x1b[2J\\x07\\x00\\x7f\\x9b"],
    ["\u202egnp.exe\u2066\u200f", "\\u{202e}gnp.exe\\u{2066}\\u{200f}"],
    [
      "zero\u200bwidth\u200d\ufeff\u00ad",
      "zero\\u{200b}width\\u{200d}\\u{feff}\\u{ad}",
    ],
    ["\u2028\u2029", "\\u{2028}\\u{2029}"],
    ["\ud800 \udc00 \ufffd", "\\u{d800} \\u{dc00} \\u{fffd}"],
    ["\ue000 \u{10ffff} \u3164", "\\u{e000} \\u{10ffff} \\u{3164}"],
    ["Grüße, 世界 ❤️ 😀", "Grüße, 世界 ❤️ 😀"],
  ];
  for (const [text, expected] of cases) strictEqual(visible(text), expected);
});

Deno.test("Emoji of several parts and words of all scripts stay as they are written, and nothing else that joins", () => {
  const kept = [
    "👨\u200d👩\u200d👧 🤷🏽\u200d♂️ ❤️\u200d🔥 🏳️\u200d🌈",
    "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "می\u200cخواهم",
    "क्\u200dष",
  ];
  for (const text of kept) deepStrictEqual([visible(text), printable(text)], [text, text]);
  const others: [string, string][] = [
    ["a\u200db", "a\\u{200d}b"],
    ["\u200d👨\u200d", "\\u{200d}👨\\u{200d}"],
    ["می\u200c", "می\\u{200c}"],
    ["می\u202eخ", "می\\u{202e}خ"],
    ["🏴\u{e0067}x", "🏴\\u{e0067}x"],
    ["👨\u200d👩\u200d👧\u200d🚀\u200e\\", "👨\u200d👩\u200d👧\\u{200d}🚀\\u{200e}\\\\"],
  ];
  for (const [text, line] of others) strictEqual(visible(text), line);
});

Deno.test("A tab stays in a line of listen, as in the Go program", () => {
  strictEqual(visibleLine("col1\tcol2\n\x1b[2J\\"), "col1\tcol2\\n\\x1b[2J\\\\");
  strictEqual(printableLines("a\tb\nc\x07"), "a\tb\nc\\x07");
});

Deno.test("Escape leaves no unseen character in any text", () => {
  fc.assert(fc.property(anyText, (text) => {
    doesNotMatch(visible(text).replace(SPELT, ""), UNSEEN);
    doesNotMatch(printable(text).replace(SPELT, ""), UNSEEN);
    doesNotMatch(jsonLine(text), UNSEEN);
  }));
});

Deno.test("Escape gives different lines for different texts", () => {
  const unescape = (line: string) =>
    line.replace(
      /\\(?:([\\nrt])|x(..)|u\{([^}]*)\})/g,
      (_, short, hex, code) =>
        short
          ? { "\\": "\\", n: "\n", r: "\r", t: "\t" }[short as "n"]!
          : String.fromCodePoint(parseInt(hex ?? code, 16)),
    );
  fc.assert(fc.property(anyText, (text) => strictEqual(unescape(visible(text)), text)));
});

Deno.test("JSON lines parse back to the same value", () => {
  fc.assert(fc.property(anyText, (text) => deepStrictEqual(JSON.parse(jsonLine({ text })), { text })));
});

Deno.test("Sentences of ours keep backslashes and their own line breaks", () => {
  strictEqual(printable("C:\\keys\nX"), "C:\\keys\\nX");
  strictEqual(printableLines("a\\\nb\x1b"), "a\\\nb\\x1b");
});
