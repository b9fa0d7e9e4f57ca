/** What counts as read. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { newWorld } from "./journey.ts";
import { effects, has, long } from "./looks.ts";
import { ALICE, BOB } from "./stage.ts";

Deno.test("What is read is what was on the screen, with the focus there", () => {
  const stage = long(100, 40);
  stage.tell({ kind: "focus", focused: true });
  deepStrictEqual([...effects(stage, "read")], [], "the picker marks nothing");
  stage.type("\r");
  ok(has(stage, "message 41") && !has(stage, "message 100"), "begins at the first unread");
  const [first] = effects(stage, "read");
  ok(first.kind === "read" && first.position > 50 && first.position < 70, JSON.stringify(first));
  stage.type("\x1b[6~");
  const reads = effects(stage, "read");
  const second = reads.at(-1)!;
  ok(second.kind === "read" && second.position > first.position && second.position < 100);
  stage.tell({ kind: "focus", focused: false });
  stage.type("\x1b"); // a key without the focus is none of the user's
  stage.receive(ALICE, { text: "not seen" });
  strictEqual(effects(stage, "read").length, reads.length);
});

Deno.test("Where a terminal does not tell its focus, only what was there at a key is read", () => {
  const stage = long(3);
  stage.type("\r");
  stage.receive(ALICE, { text: "while away" });
  deepStrictEqual(effects(stage, "read"), []);
  stage.type("x");
  deepStrictEqual(effects(stage, "read").map((one) => one.kind === "read" && one.position), [4]);
});

Deno.test("An overlay, the picker and a search mark nothing; M does by hand", () => {
  const stage = newWorld(80, 24);
  stage.tell({ kind: "focus", focused: true });
  stage.type("?");
  stage.type("\x1b");
  stage.type("\x13");
  stage.type("hi\r");
  ok(has(stage, "hi, you do not know me"));
  stage.type("\x1b");
  deepStrictEqual(effects(stage, "read"), []);
  stage.type("M");
  deepStrictEqual(effects(stage, "read").length, 1);
  deepStrictEqual(stage.readTo.get(BOB), 1);
});
