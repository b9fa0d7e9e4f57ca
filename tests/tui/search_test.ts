import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { encodeBody } from "../../lib/chat/body.ts";
import { rowText } from "../../tui/drawing/screen.ts";
import { view } from "../../tui/drawing/view.ts";
import { nameOf } from "../../tui/state/model.ts";
import { update } from "../../tui/steps/update.ts";
import { ALICE, BOB, Stage } from "./stage.ts";

const CTRL_S = "\x13";

Deno.test("Ctrl+S searches everywhere, again in the conversation, and back; each shows its own results", () => {
  const stage = new Stage();
  stage.keep(ALICE, { text: "the key of alice" });
  stage.keep(BOB, { text: "the key of bob" });
  stage.begin();
  const shown = (): string[] => view(stage.model).rows.slice(1, 6).map(rowText).map((row) => row.trim());
  const results = (): string[] => shown().filter((row) => row.includes(": ")).slice(1);
  stage.type("\r");
  stage.type(CTRL_S);
  stage.type("key\r");
  deepStrictEqual([shown()[0], results().length], ["Search everywhere", 2]);
  stage.type(CTRL_S);
  deepStrictEqual([shown()[0], results().length], [`Search in ${nameOf(stage.model, stage.model.open!)}`, 1]);
  // The answer to the search before comes late: it is not of this place.
  const late = { kind: "found", text: "key", messages: [...stage.stored.values()].flat() } as const;
  [stage.model] = update(stage.model, { ...late, nowMs: stage.nowMs });
  deepStrictEqual(results().length, 0);
  stage.type(CTRL_S);
  deepStrictEqual([shown()[0], results().length], ["Search everywhere", 2]);
});

Deno.test("The last search is there again: the next result is a key away, and what is typed begins another one", () => {
  const [DOWN, ESC, CTRL_U] = ["\x1b[B", "\x1b", "\x15"];
  const stage = new Stage();
  stage.keep(ALICE, { text: "key one" }, { text: "key two" }, { text: "lock" }, { text: "key three" });
  stage.begin();
  const chosen = (): string => stage.screen.find((row) => row.includes("▸"))?.split(": ").at(-1) ?? "";
  const typed = (): string => stage.screen.find((row) => row.startsWith("find: "))?.slice(6) ?? "";
  const selected = (): number | undefined => stage.model.threads[stage.model.open!]?.selected;
  stage.type(CTRL_S);
  stage.type(`key\r${DOWN}\r`);
  strictEqual(selected(), 2);
  stage.receive(ALICE, { text: "key four" });
  stage.type(CTRL_S);
  deepStrictEqual([typed(), chosen()], ["key", "key two"], "where it was left, behind what has come");
  stage.type(`${DOWN}\r`);
  strictEqual(selected(), 1);
  stage.type(CTRL_S);
  stage.type("lo");
  strictEqual(typed(), "lo");
  stage.type("ck\r");
  deepStrictEqual([typed(), chosen()], ["lock", "lock"]);
  stage.type(ESC);
  stage.type(CTRL_S);
  stage.type("\x7f\x7f");
  strictEqual(typed(), "lo", "what is taken away changes the same words");
  stage.type(CTRL_U);
  strictEqual(typed(), "");
  stage.type(ESC);
  // In a conversation that is another one nothing was looked for.
  stage.tell({ kind: "command", name: "find", argument: "lock" });
  stage.type(ESC);
  stage.tell({ kind: "command", name: "find", argument: "" });
  strictEqual(typed(), "lock");
  stage.type(ESC);
  stage.keep(BOB, { text: "lock" });
  stage.tell({ kind: "command", name: "open", argument: BOB });
  stage.tell({ kind: "command", name: "find", argument: "" });
  strictEqual(typed(), "");
});

Deno.test("Going to a day, or to what was found, calls nothing unread; going to what is unread does", () => {
  const stage = new Stage();
  const ts = (hour: number): string => `2026-11-27T${hour}:00:00Z`;
  stage.keep(ALICE, ...[10, 11, 12].map((hour) => ({ text: `at ${hour}`, ts: ts(hour) })));
  stage.readTo.set(ALICE, 3);
  stage.begin();
  const hasLine = (): boolean =>
    view(stage.model).rows.map(rowText).some((row) => row.includes("── unread ──"));
  const run = (name: string, argument = ""): void => {
    stage.tell({ kind: "command", name, argument });
  };
  run("open", ALICE);
  run("date", "2026-11-27");
  deepStrictEqual([hasLine(), stage.model.notice], [false, undefined], "the day is there");
  stage.receive(ALICE, { text: "new" });
  run("list");
  const page = { kind: "page", id: `person:${ALICE}`, where: "unread", position: 4 } as const;
  const messages = stage.stored.get(ALICE)!;
  run("open", ALICE);
  stage.tell({ ...page, messages, ended: { start: true, end: true } });
  deepStrictEqual(hasLine(), true);
});

Deno.test("What was found in what an answer quotes says so, and what an answer says itself does not", () => {
  const stage = new Stage(100, 24);
  const quote = { toSender: BOB, toTs: "2026-11-27T10:00:00Z", toPreview: "the Key\nof bob" };
  stage.keep(ALICE, { text: encodeBody({ kind: "reply", ...quote, text: "yes" }) });
  stage.keep(BOB, { text: encodeBody({ kind: "reply", ...quote, text: "which Key?" }) });
  stage.begin();
  stage.type(CTRL_S);
  stage.type("Key\r");
  const found = stage.screen.filter((row) => row.includes("14:00  "));
  deepStrictEqual(found.map((row) => row.slice(row.indexOf("14:00  "))), [
    "14:00  bob: which Key?",
    '14:00  alice: (answers "the Key of bob") yes',
  ]);
});

Deno.test("A result shows what was found where that is far behind the beginning of its message", () => {
  const far = "The train leaves the station at noon; I have put both tickets into the blue folder";
  for (const columns of [40, 80, 120]) {
    const stage = new Stage(columns, 12);
    stage.keep(
      ALICE,
      { text: `${far} Number 9 of the day` },
      { text: `${far}${"é".repeat(80)}number 9` },
      { text: `number 9: ${far}` },
    );
    stage.begin();
    stage.type(CTRL_S);
    stage.tell({ kind: "key", key: "ctrl+u" });
    stage.type("umber 9\r");
    const rows = stage.screen.filter((row) => /alice: |02\S+: /.test(row));
    strictEqual(rows.length, 3, stage.screen.join("\n"));
    strictEqual(rows.filter((row) => row.includes("umber 9")).length, 3, rows.join("\n"));
    strictEqual(rows.filter((row) => row.includes(": number 9: The")).length, 1, "a beginning stays one");
  }
  const wide = new Stage(200, 12);
  wide.keep(ALICE, { text: `${far} number 9` });
  wide.begin();
  wide.type(`${CTRL_S}number 9\r`);
  strictEqual(wide.screen.some((row) => row.includes(`: ${far} number 9`)), true, wide.screen.join("\n"));
});

Deno.test("A search that takes its time says so, until it is answered or something else is typed", () => {
  const stage = new Stage(80, 12);
  stage.keep(ALICE, { text: "the key" });
  stage.begin();
  stage.held.add("search");
  const has = (text: string): boolean => stage.screen.some((row) => row.includes(text));
  stage.type(`\r${CTRL_S}key`);
  strictEqual(has("Searching …"), false, "nothing was asked");
  stage.type("\r");
  strictEqual(has("Searching …"), true);
  stage.type("s");
  strictEqual(has("Searching …"), false);
  stage.type("\x7f");
  stage.type(CTRL_S);
  strictEqual(has("Searching …"), true, "elsewhere, too");
  stage.answer(stage.done.findLast(({ kind }) => kind === "search")!);
  deepStrictEqual([has("Searching …"), has("the key")], [false, true]);
});
