import fc from "fast-check";
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Frame, type Row, rowText, Screen } from "../../tui/drawing/screen.ts";
import type { Style } from "../../tui/drawing/style.ts";
import { graphemes, widthOf } from "../../tui/drawing/width.ts";
import { terminalSize } from "../../tui/terminal/terminal.ts";
import { Emulator } from "./emulator.ts";

const styles: readonly Style[] = ["plain", "dim", "title", "own", "error", "link"];
const texts = fc.constantFrom("", "a", "hello there", "日本", "👍🏽 ok", "é", "x".repeat(30), "שלום", "  ");
const row: fc.Arbitrary<Row> = fc.array(
  fc.record({ text: texts, style: fc.constantFrom(...styles) }),
  { maxLength: 3 },
);
const frames: fc.Arbitrary<Frame[]> = fc.array(
  fc.record({
    rows: fc.array(row, { maxLength: 8 }),
    cursor: fc.option(fc.record({ row: fc.nat(7), column: fc.nat(23) }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 6 },
);

Deno.test("A terminal shows each picture, whatever was shown before", async () => {
  await fc.assert(
    fc.asyncProperty(frames, async (pictures) => {
      const emulator = new Emulator(24, 8);
      const screen = new Screen(24, 8, "256", "dark");
      for (const frame of pictures) {
        await emulator.write(screen.paint(frame));
        const expected = Array.from({ length: 8 }, (_, i) => cut(rowText(frame.rows[i] ?? [])));
        deepStrictEqual(emulator.rows(), expected);
        if (frame.cursor) deepStrictEqual(emulator.cursor, { ...frame.cursor });
        strictEqual(screen.paint(frame), "", "the same picture again costs nothing");
      }
    }),
    { numRuns: 150 },
  );
});

/** What fits 24 columns, without an ellipsis. */
function cut(text: string): string {
  let out = "";
  for (const one of graphemes(text)) if (widthOf(out + one) <= 24) out += one;
  return out.trimEnd();
}

Deno.test("A picture that scrolls costs one row, a letter a few bytes, and nothing is cleared again", () => {
  const screen = new Screen(80, 24, "256", "dark");
  const line = (
    n: number,
  ): Row => [{ text: `12:0${n % 10} alice  message number ${n} with some words behind it` }];
  const frame = (from: number, typed: string): Frame => ({
    rows: [[{ text: "alice", style: "title" }], ...Array.from({ length: 21 }, (_, i) => line(from + i)), [{
      text: `» ${typed}`,
    }]],
    cursor: { row: 22, column: 2 + typed.length },
  });
  ok(screen.paint(frame(1, "")).includes("\x1b[2J"));
  const scrolled = screen.paint(frame(2, ""));
  ok(scrolled.length < 160 && !scrolled.includes("2J"), JSON.stringify(scrolled));
  strictEqual(screen.paint(frame(2, "h")), "h");
  ok(screen.paint(frame(2, "hi")).length < 64);
  screen.resize(60, 20);
  ok(!screen.paint(frame(2, "hi")).includes("2J"));
});

Deno.test("A terminal that tells no size, as serial lines, has the usual one", () => {
  const size = (columns: number, rows: number) => terminalSize(() => ({ columns, rows }));
  deepStrictEqual(size(0, 0), { columns: 80, rows: 24 });
  deepStrictEqual(size(132, 0), { columns: 132, rows: 24 });
  deepStrictEqual(size(40, 10), { columns: 40, rows: 10 });
  deepStrictEqual(
    terminalSize(() => {
      throw new Error("no terminal");
    }),
    { columns: 80, rows: 24 },
  );
});
