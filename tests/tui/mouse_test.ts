/** The mouse over the list and the conversation beside it, and what is said when there are many others. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { listed, selectedOf } from "../../tui/state/model.ts";
import { OWN, Stage, withPerson } from "./stage.ts";

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

Deno.test("How a message is deleted for everyone speaks of the programs of a group, and of one person's", () => {
  const group = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  for (
    const [peer, via, words] of [
      [group, "group", "their programs are asked to take it away, too"],
      [keyAt(1), "dmsg", "the other program is asked to take it away"],
    ] as const
  ) {
    const stage = new Stage(100, 24);
    stage.keep(peer, { text: "mine", outgoing: true, id: `${OWN}/1/1`, via });
    stage.begin({});
    stage.type("\r\td");
    ok(stage.screen.some((row) => row.includes(words)), stage.screen.join("\n"));
  }
});
