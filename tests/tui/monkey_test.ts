/** Anything is typed, pasted, received and run, at any size, by somebody who looks at nothing. */
import fc from "fast-check";
import { ok } from "node:assert/strict";
import { rowText } from "../../tui/drawing/screen.ts";
import { widthOf } from "../../tui/drawing/width.ts";
import { newWorld } from "./journey.ts";
import { acts } from "./monkeys.ts";
import type { Stage } from "./stage.ts";

/** What a terminal must never be handed by a peer: controls, and what turns the direction of a line. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

Deno.test("Whatever is typed, received and run at whatever size, the picture fits and nothing breaks", () => {
  fc.assert(
    fc.property(fc.array(acts, { minLength: 10, maxLength: 80 }), (acts) => {
      const stage = newWorld(80, 24);
      for (const act of acts) {
        act(stage);
        look(stage);
      }
    }),
    { numRuns: 200, seed: 20261130 },
  );
});

/** The picture has the size of the terminal, and nothing in it that is no letter. */
function look({ frame, model: { size: { columns, rows } } }: Stage): void {
  ok(frame.rows.length <= Math.max(1, rows), `${frame.rows.length} rows of ${rows}`);
  for (const text of frame.rows.map(rowText)) {
    ok(text === "too small" || widthOf(text) <= columns, `${widthOf(text)} columns of ${columns}: ${text}`);
    ok(!UNSAFE.test(text), JSON.stringify(text));
  }
  const { row, column } = frame.cursor ?? { row: 0, column: 0 };
  ok(row >= 0 && row < rows && column >= 0 && column < columns, `cursor at ${row}, ${column}`);
}
