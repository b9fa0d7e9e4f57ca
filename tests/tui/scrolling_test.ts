/** Which part of a conversation is on the screen: scrolling, other sizes, what comes meanwhile. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { viewport } from "../../tui/drawing/layout.ts";
import { openThread, threadOf } from "../../tui/state/model.ts";
import { newWorld } from "./journey.ts";
import { effects, has, long } from "./looks.ts";
import { ALICE, BOB, minutes, Stage, withPerson } from "./stage.ts";

Deno.test("A conversation of 100,000 messages loads one page, and older ones on scrolling without a hole", () => {
  const stage = long(100_000);
  stage.type("\r");
  deepStrictEqual(effects(stage, "page").map((one) => one.kind === "page" && one.where), ["newest"]);
  ok(has(stage, "message 100000"));
  let lowest = 100_000;
  for (let i = 0; i < 60; i++) {
    stage.type("\x1b[5~");
    const shown = stage.screen.flatMap((row) => /message (\d+)/.exec(row)?.[1] ?? []).map(Number);
    ok(shown[0] < lowest, "moves up");
    for (const [at, n] of shown.entries()) strictEqual(n, shown[0] + at, "no hole");
    lowest = shown[0];
  }
  const { messages } = threadOf(stage.model, withPerson(ALICE));
  ok(messages.length <= 400, `${messages.length} are loaded`);
  for (let i = 0; i < 70; i++) stage.type("\x1b[6~");
  ok(has(stage, "message 100000"), "and back down");
  strictEqual(threadOf(stage.model, withPerson(ALICE)).anchor, undefined);
});

Deno.test("A place in a long message stays on the screen when that gets another size, and comes back with it", () => {
  const stage = new Stage(80, 24);
  const line = (n: number): string => `line ${n} ${"of a long paste ".repeat(n % 7)}`;
  stage.keep(ALICE, { text: Array.from({ length: 500 }, (_, n) => line(n + 1)).join("\n") });
  stage.begin();
  stage.type("\r");
  for (let i = 0; i < 20; i++) stage.type("\x1b[6~");
  const shown = (): number[] =>
    stage.screen.flatMap((row) => /line (\d+)/.exec(row)?.slice(1).map(Number) ?? []);
  const before = stage.screen;
  const at = shown().at(-1)!;
  ok(at > 100 && at < 400, `${at}`);
  for (const [columns, rows] of [[40, 12], [200, 60], [12, 5], [1, 1], [100, 30]]) {
    stage.resize(columns, rows);
    if (columns >= 40) ok(shown().some((n) => Math.abs(n - at) < 10), `${at} at ${columns}: ${shown()}`);
  }
  stage.resize(80, 24);
  deepStrictEqual(stage.screen, before);
});

Deno.test("A larger screen is filled, with what lies below where nothing lies above", () => {
  const stage = long(300);
  stage.resize(40, 12);
  stage.type("\r");
  stage.tell({ kind: "command", name: "oldest", argument: "" });
  strictEqual(stage.screen[2].trimEnd().endsWith("message 1"), true, stage.screen.join("\n"));
  stage.resize(200, 60);
  ok(
    stage.screen[2].includes("message 1") && stage.screen.at(-3)!.includes("message 56"),
    stage.screen.join("\n"),
  );
});

Deno.test("New lines move nothing for who reads further up: a counter says how many", () => {
  const stage = long(200);
  stage.type("\r");
  stage.type("\x1b[5~\x1b[5~");
  const before = stage.screen.slice(1, -3);
  for (let n = 0; n < 200; n++) stage.receive(ALICE, { text: `new ${n}` });
  deepStrictEqual(stage.screen.slice(1, -3), before);
  ok(has(stage, "↓ 200 new below"));
  stage.type("\x1b[1;5F");
  ok(has(stage, "new 199"));
});

Deno.test("Each conversation keeps its own place", () => {
  const stage = long(200);
  stage.keep(BOB, { text: "hello from bob" });
  stage.readTo.set(BOB, 1);
  stage.begin({ alice: ALICE, bob: BOB });
  stage.type("f");
  stage.type("alice\r");
  stage.type("\x1b[5~\x1b[5~");
  const before = stage.screen;
  stage.type("\x1b");
  stage.type("f");
  stage.type("bob\r");
  ok(has(stage, "hello from bob"));
  stage.type("\x1b");
  stage.type("f");
  stage.type("alice\r");
  deepStrictEqual(stage.screen, before);
});

Deno.test("A day is found, and so is the first unread message beyond the first page", () => {
  const stage = new Stage(80, 24);
  stage.nowMs -= minutes(60 * 24 * 10);
  for (let day = 0; day < 10; day++) {
    for (let n = 0; n < 30; n++) stage.keep(ALICE, { text: `day ${day} message ${n}` });
    stage.nowMs += minutes(60 * 24);
  }
  stage.readTo.set(ALICE, 100);
  stage.begin({ alice: ALICE });
  stage.type("\r");
  ok(stage.screen[2].includes("day 3 message 10"), stage.screen.join("\n"));
  stage.tell({ kind: "command", name: "date", argument: "2026-11-24" });
  ok(has(stage, "day 7 message 0"));
  stage.tell({ kind: "command", name: "bottom", argument: "" });
  ok(has(stage, "day 9 message 29"));
});

Deno.test("Of thousands of lines that are not kept yet only those on the screen are laid out", () => {
  const stage = newWorld(80, 24);
  stage.type("\r");
  const { thread } = openThread(stage.model)!;
  let read = 0;
  const unsent = Array.from({ length: 5000 }, (_, i) => ({
    local: i,
    get text(): string {
      read++;
      return `line ${i}`;
    },
  }));
  const { rows } = viewport(stage.model, { ...thread, unsent: unsent as never }, 80, 10);
  deepStrictEqual(
    rows.map((row) => row.at(-1)!.text),
    Array.from({ length: 10 }, (_, i) => `line ${4990 + i}`),
  );
  strictEqual(read, 10);
});
