/** Anything is typed, pasted, received and run, at any size, by somebody who looks at nothing. */
import { ok } from "node:assert/strict";
import fc from "fast-check";
import { COMMANDS } from "../../tui/commands/mod.ts";
import { rowText } from "../../tui/screen.ts";
import { widthOf } from "../../tui/width.ts";
import { newWorld } from "./journey.ts";
import { ALICE, BOB, CAROL, type Stage } from "./stage.ts";

const DAY_MS = 86_400_000;
/** What a terminal must never be handed by a peer: controls, and what turns the direction of a line. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const PRINTED = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i));
/** Without Ctrl+Z. */
const CONTROLS = Array.from({ length: 25 }, (_, i) => String.fromCharCode(1 + i));
const KEYS =
  "\r|\t|\x1b|\x1b[Z|\x1b[A|\x1b[B|\x1b[C|\x1b[D|\x1b[5~|\x1b[6~|\x1b[H|\x1b[F|\x1b[1;3A|\x1b[1;3B|\x1b[1;5A|\x7f|\x1b\r|\x1b[3~|\x1bOP|\x1b[I|\x1b[O|\x1bo|\x1bu|\x1bp|\x1be|\x1bn|日|👍🏽|\x1b[200~x\ry\n\u202e\x07z\x1b[201~|\x1b[<0;5;5M|\x1b[<64;10;10M|\x1b[<65;10;10M|\x1b[<35;1000;1000M"
    .split("|");

const texts = fc.oneof(
  fc.constantFrom(
    ...[
      "",
      " ",
      "hello",
      "a\nb\nc",
      "\ttab\tz",
      "x".repeat(500),
      "word ".repeat(200),
      "日本語".repeat(40),
      "שלום",
    ],
    ...[
      "👨‍👩‍👧‍👦".repeat(20),
      "z\u0300\u0301\u0302".repeat(100),
      "\u200b\u200d\ufe0f",
      "\u202eevil\u202c",
      "\x1b[31mred",
    ],
    "[invite] x\nskychat:invite:QUJD",
  ),
  fc.string({ unit: "grapheme" }),
);
const peer = fc.constantFrom(ALICE, BOB, CAROL, `02${"d4".repeat(32)}`);
const short = (least: number, most: number, often: number) =>
  fc.oneof(fc.integer({ min: 1, max: often }), fc.integer({ min: least, max: most }));

/** Something that happens to a stage. */
type Act = (stage: Stage) => void;
const act = <T>(weight: number, arbitrary: fc.Arbitrary<T>, run: (stage: Stage, value: T) => void) => ({
  weight,
  arbitrary: arbitrary.map((value): Act => {
    const act: Act = (stage) => run(stage, value);
    return Object.assign(act, { toString: () => JSON.stringify(value) });
  }),
});

const acts = fc.oneof(
  act(2, fc.constantFrom(...PRINTED), (stage, key) => stage.type(key)),
  act(2, fc.constantFrom(...CONTROLS), (stage, key) => stage.type(key)),
  act(6, fc.constantFrom(...KEYS), (stage, key) => stage.type(key)),
  act(2, fc.tuple(short(1, 220, 12), short(1, 60, 6)), (stage, size) => stage.resize(...size)),
  act(3, fc.tuple(peer, texts, fc.boolean()), (stage, [peer, text, outgoing]) => {
    stage.receive(peer, { text, outgoing });
  }),
  act(3, fc.tuple(fc.constantFrom(...Object.keys(COMMANDS)), texts), (stage, [name, argument]) => {
    stage.tell({ kind: "command", name, argument });
  }),
  act(2, fc.constantFrom(0, 100, 60_000, DAY_MS, 400 * DAY_MS), (stage, ms) => {
    stage.nowMs += ms;
    stage.tell({ kind: "tick" });
  }),
  act(
    1,
    fc.tuple(peer, fc.nat(5), fc.constantFrom("failed", "read", "pending", "unconfirmed")),
    (stage, [peer, at, state]) => {
      if ((stage.stored.get(peer)?.length ?? 0) > at) stage.state(peer, at + 1, state, "a reason");
    },
  ),
  act(1, texts, (stage, text) => stage.problem(text, 1000)),
);

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
