/** Where the eye is put: at what is unread, at what was looked for, and nowhere else by what comes. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { conversationOf } from "../../tui/state/model.ts";
import type { Effect } from "../../tui/state/types.ts";
import { Spoken } from "./spoken.ts";
import { ALICE, BOB, CAROL, Stage, withPerson } from "./stage.ts";

const [ANN, BEN, CARO] = [ALICE, BOB, CAROL].map(withPerson);
const [ESC, PAGE_UP, PAGE_DOWN, END, ALT_A] = ["\x1b", "\x1b[5~", "\x1b[6~", "\x1b[1;5F", "\x1ba"];

function begun(count: number, more: Record<string, number> = {}): Stage {
  const stage = new Stage(80, 24);
  stage.model = { ...stage.model, focused: true };
  for (let n = 1; n <= count; n++) stage.keep(ALICE, { text: `message ${n}` });
  stage.readTo.set(ALICE, count);
  for (const [peer, unread] of Object.entries(more)) {
    for (let n = 1; n <= unread; n++) stage.keep(peer, { text: `message ${n}` });
  }
  stage.begin({ alice: ALICE, bob: BOB, carol: CAROL });
  return stage;
}
const open = (stage: Stage, peer: string): void =>
  stage.tell({ kind: "command", name: "open", argument: peer });
const shown = (stage: Stage): number[] =>
  stage.screen.flatMap((row) => /message (\d+)/.exec(row)?.slice(1).map(Number) ?? []);
const unreadOf = (stage: Stage, id = ANN): number => conversationOf(stage.model, id)!.unread;
const hasLine = (stage: Stage): boolean => stage.screen.some((row) => row.startsWith("── unread ──"));

for (const count of [1, 60, 300, 700]) {
  Deno.test(`Who comes back to ${count} new messages begins at the first, and all of them are seen before they are read`, () => {
    const stage = begun(10);
    open(stage, ALICE);
    stage.type(ESC);
    for (let n = 11; n <= 10 + count; n++) stage.receive(ALICE, { text: `message ${n}` });
    open(stage, ALICE);
    ok(hasLine(stage) && shown(stage).includes(11), stage.screen.join("\n"));
    const seen = new Set(shown(stage));
    for (let pages = 0; unreadOf(stage) > 0 && pages < 100; pages++) {
      ok(
        stage.screen.some((row) => row.includes(`↓ ${unreadOf(stage)} unread below`)),
        "it says that there is more",
      );
      stage.type(PAGE_DOWN);
      for (const n of shown(stage)) seen.add(n);
    }
    strictEqual(stage.readTo.get(ALICE), 10 + count);
    for (let n = 11; n <= 10 + count; n++) ok(seen.has(n), `${n}`);
    stage.type(ESC);
    open(stage, ALICE);
    ok(!hasLine(stage));
  });
}

for (const rows of [24, 60, 120]) {
  Deno.test(`What is unread begins at the top of ${rows} rows, fills them, and goes on with the first page down`, () => {
    const stage = begun(100, { [BOB]: 400, [CAROL]: 1000 });
    stage.readTo.set(CAROL, 500);
    stage.tell({ kind: "command", name: "refresh", argument: "" });
    stage.resize(80, rows);
    for (const [peer, first] of [[BOB, 1], [CAROL, 501]] as const) {
      open(stage, peer);
      const before = shown(stage);
      strictEqual(before[0], first);
      ok(before.length >= rows - 6, stage.screen.join("\n"));
      stage.type(PAGE_DOWN);
      const after = shown(stage);
      ok(after[0] > before.at(-1)! - 4 && after.length >= rows - 6, stage.screen.join("\n"));
    }
  });
}

Deno.test("Who comes back to a place further up finds it again, and the line of what is unread", () => {
  const stage = begun(200);
  open(stage, ALICE);
  stage.type(PAGE_UP.repeat(3));
  const before = shown(stage);
  stage.type(ESC);
  for (let n = 201; n <= 230; n++) stage.receive(ALICE, { text: `message ${n}` });
  open(stage, ALICE);
  deepStrictEqual(shown(stage).slice(0, -1), before.slice(0, -1), "one row says what is below");
  ok(stage.screen.some((row) => row.includes("↓ 30 new below")), stage.screen.join("\n"));
  stage.tell({ kind: "command", name: "unread", argument: "" });
  ok(hasLine(stage) && shown(stage)[0] === 201);
});

Deno.test("The row that tells of more below gives the text beside it as much as it can", () => {
  const stage = begun(0, { [ALICE]: 60 });
  for (const [columns, words] of [[80, "message 19"], [40, "messa…"]] as const) {
    stage.resize(columns, 24);
    open(stage, ALICE);
    const row = stage.screen.find((one) => one.includes("unread below"))!;
    ok(row.includes(words) && [...row].length <= columns, row);
    strictEqual(row.includes("Ctrl+End goes there"), columns === 80 && [...row].length <= 80);
  }
  stage.type(END);
  ok(!stage.screen.some((one) => one.includes("below")) && unreadOf(stage) === 0);
});

Deno.test("What is on the screen is not called below, also where a terminal does not tell its focus", () => {
  const stage = begun(0, { [ALICE]: 60, [BOB]: 300 });
  stage.readTo.set(BOB, 200);
  stage.tell({ kind: "command", name: "refresh", argument: "" });
  stage.model = { ...stage.model, focused: undefined };
  const says = (): number => Number(/↓ (\d+) unread below/.exec(stage.screen.join("\n"))![1]);
  open(stage, BOB); // what lies before is read already
  deepStrictEqual([unreadOf(stage, BEN), says()], [100, 300 - shown(stage).at(-1)!]);
  open(stage, ALICE);
  deepStrictEqual([unreadOf(stage), says()], [60, 60 - shown(stage).length]);
  stage.type(PAGE_DOWN);
  strictEqual(says(), 60 - shown(stage).at(-1)!);
});

Deno.test("Alt+A goes from one conversation with unread messages to the next, those without notices last", () => {
  const stage = begun(1, { [BOB]: 2, [CAROL]: 40 });
  const order = stage.model.conversations.map(({ id }) => id);
  const openId = (): string | undefined => stage.model.open;
  stage.model = { ...stage.model, levels: { [BEN]: "none" } };
  stage.type(ALT_A);
  strictEqual(openId(), CARO);
  ok(unreadOf(stage, CARO) > 0, "it is longer than the screen");
  stage.type(ALT_A);
  strictEqual(openId(), BEN);
  stage.type(ALT_A);
  strictEqual(openId(), CARO, "and around");
  stage.type(END);
  stage.type(ALT_A);
  deepStrictEqual([openId(), stage.model.notice?.text], [CARO, "Nothing is unread elsewhere"]);
  stage.receive(ALICE, { text: "new" });
  stage.type("\t"); // a message is chosen
  stage.type(ALT_A);
  deepStrictEqual([openId(), stage.model.focus], [ANN, "compose"]);
  stage.type(ESC);
  stage.receive(ALICE, { text: "newer" });
  stage.type(ALT_A);
  strictEqual(openId(), ANN, "in the list the one under the cursor counts");
  strictEqual(order.length, 3);
});

Deno.test("Where the list is not on the screen its top says what is unread elsewhere, without what is to be quiet", () => {
  const stage = begun(1, { [BOB]: 2, [CAROL]: 40 });
  open(stage, ALICE);
  const top = (columns: number): string => {
    stage.resize(columns, 24);
    return stage.screen[0];
  };
  ok(top(80).endsWith("42 unread elsewhere (Alt+A) · online"), top(80));
  ok(top(40).startsWith("alice · ") && top(40).endsWith("42 unread · online"), top(40));
  ok(!top(120).includes("elsewhere"), "there it is in the list");
  stage.model = { ...stage.model, levels: { [CARO]: "none" } };
  ok(top(80).includes(" 2 unread elsewhere"), top(80));
  stage.type(ALT_A);
  ok(!top(80).includes("elsewhere"), top(80));
});

Deno.test("What was looked for stays on the screen, in whatever order pages come", () => {
  for (const order of [[0, 1], [1, 0]]) {
    const stage = begun(0, { [ALICE]: 300 });
    stage.type("\x13");
    stage.type("message 150\r");
    stage.held.add("page").add("unread");
    stage.type("\r");
    const asked = (): Effect[] =>
      stage.done.splice(0).filter(({ kind }) => kind === "page" || kind === "unread");
    const pages = asked();
    deepStrictEqual(pages.map((one) => one.kind === "page" && one.where), ["newest", "around"]);
    for (const at of order) stage.answer(pages[at]);
    for (const one of asked()) stage.answer(one);
    ok(shown(stage).includes(150), stage.screen.join("\n"));
    strictEqual(stage.model.threads[ANN].selected, 150);
  }
});

Deno.test("Who reads further up stays there when the newest messages have to be asked for", () => {
  for (const [silent, gap] of [[1, false], [80, true]] as const) {
    const stage = begun(200);
    open(stage, ALICE);
    stage.type(PAGE_UP.repeat(3));
    const before = shown(stage);
    // What is silent, and no event has told.
    for (let n = 1; n <= silent; n++) stage.keep(ALICE, { text: "a value", silent: !gap });
    stage.receive(ALICE, { text: "message 201" });
    deepStrictEqual(shown(stage).slice(0, -1), before.slice(0, -1), `${gap}`);
    stage.type(END);
    ok(shown(stage).includes(201), "the end is there, too");
  }
});

Deno.test("Lines: a conversation begins with what is unread, in its order, and says how much there is more", () => {
  for (const count of [3, 30, 60]) {
    const spoken = new Spoken();
    spoken.keep(ALICE, { text: "read" });
    for (let n = 1; n <= count; n++) spoken.keep(ALICE, { text: `message ${n}` });
    spoken.readTo.set(ALICE, 1);
    spoken.begin({ alice: ALICE });
    const said: string[] = [];
    const hear = (lines: string[]): string => {
      said.push(...lines.filter((line) => line.startsWith("alice: message")));
      return lines.at(-1)!;
    };
    spoken.heard();
    let last = hear(spoken.line("/open alice"));
    for (let pages = 0; last.includes("more unread"); pages++) {
      ok(pages < 10 && last === `${conversationOf(spoken.model, ANN)!.unread} more unread: /page-down`, last);
      last = hear(spoken.line("/page-down"));
    }
    strictEqual(spoken.readTo.get(ALICE), count + 1);
    const numbers = [...new Set(said.map((line) => Number(/\d+/.exec(line)![0])))];
    deepStrictEqual(numbers, Array.from({ length: count }, (_, i) => i + 1));
    ok(said.length <= count * 2, "no page is said twice");
  }
});
