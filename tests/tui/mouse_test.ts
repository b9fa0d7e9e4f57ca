/** The mouse: over the list and the conversation beside it, also where there are many others, and on what lies on top. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { listed, selectedOf } from "../../tui/state/model.ts";
import { has } from "./looks.ts";
import { ALICE, BOB, Stage, withPerson } from "./stage.ts";

const PEOPLE = 40;
const keyAt = (n: number): string => `02${`${n}`.padStart(64, "0")}`;

/** Forty people, and a conversation of sixty messages with the first of the list. */
function crowd(columns = 120): Stage {
  const stage = new Stage(columns, 14);
  for (let n = 10; n < 10 + PEOPLE; n++) stage.keep(keyAt(n), { text: "hi" });
  for (let n = 0; n < 60; n++) stage.keep(keyAt(10), { text: `message ${n}` });
  stage.begin(Object.fromEntries(Array.from({ length: PEOPLE }, (_, i) => [`peer${i + 10}`, keyAt(i + 10)])));
  return stage;
}

/** The names of the list, from the top. */
const names = ({ screen }: Stage): string[] =>
  screen.slice(1).flatMap((row) => /peer\d+/.exec(row.slice(0, 30))?.[0] ?? []);
/** The conversation's part of the screen. */
const beside = ({ screen }: Stage): string[] => screen.slice(1, -1).map((row) => row.slice(35));

Deno.test("The wheel moves what it is over, the list or the conversation, whoever has the keys", () => {
  const stage = crowd();
  const wheel = (rows: number, column: number): void => stage.tell({ kind: "wheel", rows, column });
  stage.type("\r");
  const [conversation, list, { open, focus }] = [beside(stage), names(stage), stage.model];
  wheel(3, 3);
  deepStrictEqual(beside(stage), conversation, "over the list the conversation stays");
  deepStrictEqual(names(stage).slice(0, -3), list.slice(3));
  wheel(3, 33);
  wheel(3, 3);
  deepStrictEqual(names(stage)[0], listedName(stage, 9), "also where what is open is no more to be seen");
  deepStrictEqual([stage.model.open, stage.model.focus, selectedOf(stage.model)], [open, focus, open]);
  wheel(-300, 3);
  deepStrictEqual(names(stage), list);
  wheel(3, 60);
  ok(beside(stage).join() !== conversation.join(), "over the conversation it scrolls");
  deepStrictEqual(names(stage), list);
  stage.type("\x1b");
  strictEqual(stage.model.focus, "picker");
  const scrolled = beside(stage);
  wheel(3, 60);
  ok(beside(stage).join() !== scrolled.join(), "also while the list has the keys");
  strictEqual(selectedOf(stage.model), open);
});

const listedName = ({ model }: Stage, at: number): string => `peer${Number(listed(model)[at].key.slice(-2))}`;

Deno.test("In a list that is longer than the screen a click and Esc move no row; a key goes on from there", () => {
  const stage = crowd();
  stage.type("\x1b[B".repeat(20));
  const list = names(stage);
  for (const row of [2, 9, 1, 12]) {
    stage.tell({ kind: "click", column: 3, row });
    deepStrictEqual(names(stage), list, `row ${row}`);
    strictEqual(stage.model.open, withPerson(keyAt(Number(list[row - 1].slice(4)))));
  }
  stage.type("\x1b");
  deepStrictEqual(names(stage), list);
  stage.type("\x1b[B");
  strictEqual(
    listedName(stage, listed(stage.model).findIndex(({ id }) => id === selectedOf(stage.model))),
    next(list.at(-1)!),
  );
  ok(names(stage).includes(next(list.at(-1)!)), "what is chosen is on the screen");
});

/** Who stands below: by name, as all wrote at once. */
const next = (name: string): string => `peer${Number(name.slice(4)) + 1}`;

Deno.test("At the list the wheel's rows move with its cursor, which stays on the screen", () => {
  const stage = crowd(40);
  stage.type("\x1b[B".repeat(20));
  const list = names(stage);
  stage.tell({ kind: "wheel", rows: 3, column: 39 });
  deepStrictEqual(names(stage).slice(0, -3), list.slice(3));
  for (const rows of [300, -3, -300, 3]) {
    stage.tell({ kind: "wheel", rows, column: 3 });
    ok(stage.screen.some((row) => row.startsWith("▸")), stage.screen.join("\n"));
  }
});

Deno.test("The wheel scrolls what lies on top, and nothing behind it", () => {
  const stage = new Stage(80, 12);
  for (let n = 0; n < 60; n++) stage.keep(ALICE, { text: `message ${n}` });
  stage.begin({ alice: ALICE });
  stage.type("\r");
  stage.tell({ kind: "wheel", rows: 3, column: 60 });
  ok(!has(stage, "message 0") && has(stage, "message 9"), stage.screen.join("\n"));
  const behind = stage.screen;
  stage.tell({ kind: "command", name: "help", argument: "" });
  const help = stage.screen;
  stage.tell({ kind: "wheel", rows: 3, column: 60 });
  deepStrictEqual(stage.screen.slice(2, 8), help.slice(5, 11));
  stage.tell({ kind: "wheel", rows: -3, column: 60 });
  deepStrictEqual(stage.screen, help);
  stage.type("\x1b");
  deepStrictEqual(stage.screen.slice(1, 10), behind.slice(1, 10));
});

Deno.test("A click opens the conversation that stands there, and nothing through an overlay or beside the list", () => {
  for (const columns of [40, 120]) {
    const stage = new Stage(columns, 12);
    const names = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`peer${i}`, `02${`${i}`.padStart(64, "0")}`]),
    );
    for (const key of Object.values(names)) stage.keep(key, { text: "hi" });
    stage.begin(names);
    const click = (name: string, column = 3): void => {
      const row = stage.screen.findIndex((one) => one.slice(0, 30).includes(`${name} `));
      ok(row > 0, `${name}: ${stage.screen.join("\n")}`);
      stage.tell({ kind: "click", column, row });
    };
    const shown = (): string[] => stage.screen.flatMap((one) => /peer\d+/.exec(one.slice(0, 30))?.[0] ?? []);
    stage.type("\x1b[B".repeat(15));
    const [, , name] = shown();
    if (columns === 120) {
      click(name, 60);
      strictEqual(stage.model.open, undefined, "not beside the list");
    }
    stage.tell({ kind: "click", column: 3, row: 0 });
    stage.tell({ kind: "click", column: 3, row: 11 });
    strictEqual(stage.model.open, undefined, "nothing stands there");
    click(name);
    strictEqual(stage.model.open, withPerson(names[name]), `${columns} columns`);
    if (columns === 40) continue;
    stage.tell({ kind: "command", name: "help", argument: "" });
    const before = stage.model;
    click(shown().find((one) => one !== name)!);
    strictEqual(stage.model.open, before.open, "help lies above");
  }
});

Deno.test("In a filtered list a click opens the row under it", () => {
  const stage = new Stage(80, 12);
  stage.keep(ALICE, { text: "hi" });
  stage.keep(BOB, { text: "hi" });
  stage.begin({ alice: ALICE, bob: BOB });
  stage.type("fb");
  stage.tell({ kind: "click", column: 3, row: 1 });
  strictEqual(stage.model.open, undefined, "the filter is no conversation");
  stage.tell({ kind: "click", column: 3, row: 2 });
  strictEqual(stage.model.open, withPerson(BOB));
});

Deno.test("In the list the wheel moves the cursor, also in one that is filtered", () => {
  const stage = new Stage(80, 12);
  for (let n = 10; n < 40; n++) stage.keep(`02${`${n}`.repeat(32)}`, { text: "hi" });
  stage.begin({});
  const at = (): number => listed(stage.model).findIndex(({ id }) => id === selectedOf(stage.model));
  for (const [rows, to] of [[3, 3], [3, 6], [-3, 3], [-30, 0], [300, 29]]) {
    stage.tell({ kind: "wheel", rows, column: 3 });
    strictEqual(at(), to);
  }
  stage.type("f023");
  stage.tell({ kind: "wheel", rows: -3, column: 3 });
  deepStrictEqual([at(), listed(stage.model).length, stage.model.focus], [6, 10, "picker"]);
});
