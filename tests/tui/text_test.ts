import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Screen } from "../../tui/drawing/screen.ts";
import { cleanLine, cleanLines, isRightToLeft, pasteable } from "../../tui/drawing/text.ts";
import { graphemes } from "../../tui/drawing/width.ts";
import { anyText } from "../fakes/texts.ts";
import { Emulator } from "./emulator.ts";

Deno.test("Text of peers keeps its letters and emoji, and loses what a terminal would obey", () => {
  strictEqual(cleanLine("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  strictEqual(cleanLine("a\u202eb\u200bc"), "a\\u{202e}b\\u{200b}c");
  strictEqual(cleanLine("👨‍👩‍👧 👍🏽 🇩🇪 ❤️ é"), "👨‍👩‍👧 👍🏽 🇩🇪 ❤️ é");
  strictEqual(cleanLine("C:\\new"), "C:\\new");
  strictEqual(cleanLine(`e${"\u0301".repeat(50)}`), `e${"\u0301".repeat(4)}`);
  strictEqual(cleanLine("می‌خواهم"), "می‌خواهم");
  deepStrictEqual(cleanLines("a\r\nb\tc\n"), ["a", "b    c", ""]);
  ok(isRightToLeft("שלום") && !isRightToLeft("hello"));
});

/** What may begin a sequence, turn the direction or hide, in places where it would. */
const nasty = fc.array(
  fc.oneof(
    fc.constantFrom(
      "\x1b[",
      "\x1b]",
      "\x9b",
      "\x9d",
      "\x1bP",
      "\u202e",
      "\u2066",
      "\u200d",
      "\x07",
      "\r",
      "\b",
    ),
    fc.constantFrom(
      "2J",
      "31m",
      "10;10H",
      "?1049h",
      "0;title\x07",
      "8;;http://x\x1b\\",
      "52;c;aGk=\x07",
      "6n",
    ),
    anyText({ maxLength: 4 }),
    fc.string({ unit: "grapheme", maxLength: 4 }),
  ),
  { maxLength: 12 },
).map((parts) => parts.join(""));

Deno.test("What is copied has its lines and letters, and nothing that a terminal obeys where it is pasted", () => {
  strictEqual(
    pasteable("a\tb\r\nשלום 👩\u200d👧\rc\x1b[201~rm\x9b2J\x07\x7f"),
    "a\tb\nשלום 👩\u200d👧\nc[201~rm2J",
  );
});

Deno.test("A format character in front of a letter, which makes one sign with it, is written out", () => {
  strictEqual(cleanLine("\u0600\u2c00 \u0605\u0628"), "\\u{600}\u2c00 \\u{605}\u0628");
});

Deno.test("No text of a peer has a control or format character left", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      for (const one of graphemes(cleanLine(text))) {
        if (/^\p{RGI_Emoji}$/v.test(one)) continue;
        ok(!/[\p{Cc}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(one), JSON.stringify(one));
        ok(!/\p{Cf}/u.test(one.replace(/[\u200c\u200d]/g, "")), JSON.stringify(one));
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("Text of peers moves no cursor and sets no colour on a real terminal", async () => {
  await fc.assert(
    fc.asyncProperty(nasty, async (text) => {
      const emulator = new Emulator(40, 4);
      const screen = new Screen(40, 4, "256", "dark");
      const rows = [[{ text: "above" }], [{ text: cleanLine(text) }], [{ text: "below" }]];
      await emulator.write(screen.paint({ rows, cursor: { row: 3, column: 7 } }));
      const shown = emulator.rows();
      deepStrictEqual([shown[0], shown[2], shown[3]], ["above", "below", ""]);
      deepStrictEqual(emulator.cursor, { row: 3, column: 7 });
      for (let column = 0; column < 40; column++) ok(!emulator.isStyled(1, column), JSON.stringify(text));
    }),
    { numRuns: 200 },
  );
});
