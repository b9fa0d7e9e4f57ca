/**
 * The longest and the most of everything that a frame may hold, and one more. All who are in a conversation must take
 * the same of it, so the numbers stand here as lib/overlay/README.md has them, not as the code calls them.
 */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { readCommands } from "../../lib/overlay/announcement.ts";
import { stampIn } from "../../lib/overlay/entry.ts";
import { readListAction } from "../../lib/overlay/folds/list.ts";
import { readPollAction } from "../../lib/overlay/folds/poll.ts";
import { BULLETIN, readOverlay } from "../../lib/overlay/frame.ts";
import { inviteIn } from "../../lib/overlay/invite.ts";
import { readWidget } from "../../lib/overlay/widget.ts";

const x = (chars: number): string => "x".repeat(chars);
const many = <T>(count: number, one: T): T[] => Array(count).fill(one);

/** Something of a size, and whether it is taken. */
type Edge = readonly [name: string, most: number, taken: (size: number) => unknown];

const list = (value: unknown) => readListAction(JSON.stringify(value));
const poll = (value: Record<string, unknown>) =>
  readPollAction(JSON.stringify({ a: "new", q: "?", c: ["a", "b"], ...value }));
const widget = (value: Record<string, unknown>) =>
  readWidget(JSON.stringify({ w: "w", k: "number", v: 1, ...value }));
const commands = (c: unknown) => readCommands(JSON.stringify({ c }));

const EDGES: readonly Edge[] = [
  ["a list's name", 500, (n) => list({ a: "new", l: x(n) })],
  ["an item", 500, (n) => list({ a: "add", i: x(n) })],
  ["a new name", 500, (n) => list({ a: "rename", i: x(n) })],
  ["a place", 200, (n) => list({ a: "move", r: "1".repeat(n) })],
  ["a question", 300, (n) => poll({ q: x(n) })],
  ["a choice", 300, (n) => poll({ c: ["a", x(n)] })],
  ["choices", 20, (n) => poll({ c: Array.from({ length: n }, (_, i) => `${i}`) })],
  ["the number of a choice", 19, (n) => poll({ a: "vote", v: [n] })],
  ["choices of a vote", 20, (n) => poll({ a: "vote", v: many(n, 1) })],
  ["a widget's id", 40, (n) => widget({ w: x(n), t: "" })],
  ["its title", 60, (n) => widget({ t: x(n) })],
  ["its unit", 60, (n) => widget({ u: x(n) })],
  ["a number", 1e15, (n) => widget({ v: n })],
  ["a number below 0", 1e15, (n) => widget({ v: -n })],
  ["an age", 366 * 86_400_000, (n) => widget({ a: n })],
  ["a text value", 200, (n) => widget({ k: "text", v: x(n) })],
  ["rows", 12, (n) => widget({ k: "table", v: many(n, ["a"]) })],
  ["columns", 12, (n) => widget({ k: "table", v: [many(n, "a")] })],
  ["a cell", 60, (n) => widget({ k: "table", v: [[x(n)]] })],
  ["a spark line", 120, (n) => widget({ k: "spark", v: many(n, 1) })],
  ["a line for the chat", 200, (n) => widget({ info: x(n) })],
  ["a summary", 80, (n) => widget({ summary: x(n) })],
  ["commands", 32, (n) => commands(Array.from({ length: n }, (_, i) => [`c${i}`]))],
  ["a command's name", 32, (n) => commands([[x(n)]])],
  ["its help", 60, (n) => commands([["c", x(n)]])],
  ["a frame", 65_536, (n) => {
    const frame = `{"o":3,"d":"${x(n - '{"o":3,"d":""}'.length)}"}`;
    return readOverlay(`a\n\u2063${frame}`).overlay === BULLETIN || undefined;
  }],
  ["a text with a link", 65_536, (n) => inviteIn(`dmsg:invite:abc ${x(n - "dmsg:invite:abc ".length)}`)],
];

Deno.test("Of everything in a frame the longest is taken, and one more is not", () => {
  const wrong = EDGES.filter(([, most, taken]) => taken(most) === undefined || taken(most + 1) !== undefined);
  deepStrictEqual(wrong.map(([name]) => name), []);
  for (const none of [list({ a: "new", l: " " }), poll({ c: ["a"] }), widget({ k: "table", v: [[]] })]) {
    strictEqual(none, undefined);
  }
});

Deno.test("A stamp is above 0 and below 2^52", () => {
  deepStrictEqual([0n, 1n, 2n ** 52n - 1n, 2n ** 52n].map(stampIn), [undefined, 1, 2 ** 52 - 1, undefined]);
  strictEqual(stampIn(5), undefined);
});
