/** What has no room on a narrow screen is led to: the end of a notice, the keys of an overlay, rows beyond its edges. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { idOf } from "../../tui/state/model.ts";
import { ALICE, BOB, Stage } from "./stage.ts";

const TS = "2026-11-27T14:00:00.000Z";
const last = { author: ALICE, what: "new", ts: TS };
const list = {
  ...{ id: "1".repeat(16), name: "Shopping", author: ALICE, ts: TS, archived: false },
  ...{ items: 30, done: 0, last },
};
const items = Array.from({ length: 30 }, (_, i) => ({
  ...{ id: `${i}`.padStart(16, "0"), text: `thing ${i}`, done: false, author: ALICE, ts: TS },
  last,
}));

function narrow(focused?: boolean): Stage {
  const stage = new Stage(40, 10, focused === undefined ? {} : { focused });
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE, bob: BOB });
  stage.type("\r");
  return stage;
}

function inList(): Stage {
  const stage = narrow();
  stage.tell({ kind: "command", name: "lists", argument: "" });
  stage.tell({ kind: "shared", shared: { id: idOf(ALICE), lists: [list] } });
  stage.type("\r");
  stage.tell({ kind: "shared", shared: { id: idOf(ALICE), lists: [list], list: { view: list, items } } });
  stage.done.length = 0;
  return stage;
}

Deno.test("A notice stands there to its end, over what is above it, and nothing under it is read", () => {
  const stage = narrow(true);
  const before = stage.screen;
  stage.tell({ kind: "command", name: "block", argument: "bob" });
  const [above, below] = [stage.screen.slice(0, -2), stage.screen.slice(-2)];
  deepStrictEqual(below.map((row) => row.trimEnd()), [
    "/block takes nothing behind it: it is",
    "about alice here",
  ]);
  deepStrictEqual(above, before.slice(0, -2), "nothing moves");
  stage.receive(ALICE, { text: "are you there?" });
  strictEqual(stage.model.conversations[0].unread, 1);
  stage.type("x");
  strictEqual(stage.model.conversations[0].unread, 0);
  ok(stage.screen.at(-2)!.startsWith("» x"), "the key was typed, and is seen");
  stage.tell({ kind: "said", text: "what ".repeat(200), style: "plain" });
  strictEqual(stage.screen.at(-4)!.startsWith("what"), false, "a third of the screen at most");
  ok(stage.screen.at(-1)!.trimEnd().endsWith("…"));
});

Deno.test("Help above a list begins with the keys of the list, and the bottom row leads there", () => {
  const stage = inList();
  strictEqual(stage.screen.at(-1)!.trimEnd(), "Enter checks · a adds · ? keys · Esc");
  stage.type("?");
  stage.resize(40, 24);
  const rows = stage.screen.map((row) => row.trim());
  strictEqual(rows[2], "Shopping");
  for (
    const key of ["x removes", "u undoes", "J K move", "w who", "r reads", "↑ ↓ PgUp PgDn Home End move"]
  ) {
    ok(rows.includes(key), key);
  }
  strictEqual(rows[rows.indexOf("Conversations") - 1], "q closes");
  stage.type("?q");
  strictEqual(stage.model.overlays.at(-1)?.name, "list");
  stage.type("a");
  stage.type("\x1bOP");
  ok(!stage.screen.some((row) => row.trim() === "q closes"), "there q is a letter");
});

Deno.test("How many rows there are above and below is said, and a digit is the key of no row that does not show it", () => {
  const stage = inList();
  strictEqual(stage.screen[1].replace(/ +/, " ").trimEnd(), "Shopping ↓23");
  stage.type("\x1b[F");
  strictEqual(stage.screen[1].replace(/ +/, " ").trimEnd(), "Shopping ↑23");
  stage.type("3");
  deepStrictEqual(stage.done, [], "the third item is not even on the screen");
  stage.type("\x1b[H\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B\x1b[B");
  strictEqual(stage.screen[1].replace(/ +/, " ").trimEnd(), "Shopping ↑1 ↓22");
});

Deno.test("The bottom row names no key that does something else: behind a text Tab completes", () => {
  const stage = narrow();
  stage.resize(80, 24);
  ok(stage.screen.at(-1)!.includes("Tab choose a message"));
  stage.type("hello");
  ok(!stage.screen.at(-1)!.includes("Tab") && stage.screen.at(-1)!.includes("Alt+↑ choose message"));
  stage.type("\x1b[1;3A");
  strictEqual(stage.model.focus, "messages");
});

Deno.test("The bottom row names no key that does something else: in a filter a letter narrows the list", () => {
  const stage = narrow();
  stage.resize(80, 24);
  stage.type("\x1b");
  ok(stage.screen.at(-1)!.includes("n new"));
  for (const keys of ["f", "n"]) {
    stage.type(keys);
    strictEqual(stage.screen.at(-1)!.trimEnd(), "Enter open · ↑ ↓ choose · F1 help · Esc shows all");
  }
  stage.type("\x1b");
  ok(stage.screen.at(-1)!.includes("n new"));
});

Deno.test("What a message that is to be deleted comes to, and how one begins, is there whole on 40 columns", () => {
  const stage = narrow();
  stage.type("oops\r");
  stage.type("\td");
  const text = (): string => stage.screen.map((row) => row.trim()).join(" ").replace(/ +/g, " ");
  for (
    const words of [
      "For me: the text goes here. For everyone: the other program is asked to take it away, too.",
      "1 for me",
      "2 for everyone",
    ]
  ) ok(text().includes(words), stage.screen.join("\n"));
  stage.type("\x1b");
  stage.tell({ kind: "command", name: "open", argument: "bob" });
  ok(text().includes("No messages yet: write below and press Enter"), stage.screen.join("\n"));
});
