/** What is written: lines, pastes, drafts. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { excessBytes } from "../../lib/chat/outgoing.ts";
import { openThread } from "../../tui/state/model.ts";
import { newWorld } from "./journey.ts";
import { effects, has } from "./looks.ts";
import { BOB, Stage } from "./stage.ts";

Deno.test("Enter sends, Alt+Enter and Ctrl+J make a line, a paste never sends", () => {
  const stage = newWorld(80, 24);
  stage.type("f");
  stage.type("alice\r");
  stage.type("one\x1b\rtwo\nthree");
  stage.type("\x1b[200~pasted\rlines\r\x1b[201~");
  deepStrictEqual(effects(stage, "send"), []);
  stage.nowMs += 1000;
  stage.type("\r");
  deepStrictEqual(effects(stage, "send").map((one) => one.kind === "send" && one.text), [
    "one\ntwo\nthreepasted\nlines\n",
  ]);
  stage.type("   ");
  stage.type("\r");
  strictEqual(effects(stage, "send").length, 1, "blanks are no message");
});

Deno.test("What of a paste does not fit a message is told, and what the box takes can be sent", () => {
  const paste = (stage: Stage, text: string) => stage.type(`\x1b[200~${text}\x1b[201~`);
  const told = (left: number, limit = 65_472) =>
    `The paste is cut: ${left} characters beyond ${limit} bytes; /send-file sends a file`;
  const said = (stage: Stage) => stage.screen.at(-1)!.trimEnd();
  const draft = (stage: Stage) => openThread(stage.model)!.thread.draft.text;
  const excess = (text: string) => excessBytes({ text, id: "0123456789abcdef", ack: true });

  const stage = newWorld(80, 24);
  stage.type("f");
  stage.type("alice\r");
  paste(stage, "x".repeat(65_472));
  ok(!said(stage).includes("cut"));
  paste(stage, "and more");
  strictEqual(said(stage), told(8));
  strictEqual(excess(draft(stage)), 0);
  stage.type("y");
  strictEqual(said(stage), "A message holds no more; /send-file sends a file");
  stage.type("\x15"); // Ctrl+U
  paste(stage, "x".repeat(70_000));
  strictEqual(said(stage), told(4_528));
  strictEqual(draft(stage).length, 65_472);
  stage.type("\x15");
  // What is longer as it is sent: lines, and letters of several bytes.
  for (const text of ["line\n".repeat(14_000), "\u00e9".repeat(40_000), "\u{1f600}".repeat(20_000)]) {
    paste(stage, text);
    match(said(stage), /^The paste is cut: \d+ characters beyond 65472 bytes;/);
    strictEqual(excess(draft(stage)), 0);
    ok(excess(`${draft(stage)}${draft(stage).slice(0, 10)}`) > 0, "as much as fits");
    ok(draft(stage).isWellFormed());
    while (draft(stage) !== "") stage.type("\x15");
  }
  // What is shorter than all that fits is taken as it is, whatever it is.
  paste(stage, "\u{1f600}\n".repeat(1_000));
  ok(!said(stage).includes("cut"));
});

Deno.test("A draft stays with its conversation; a message that could not be kept comes back", () => {
  const stage = newWorld(80, 24);
  stage.type("\rhalf a thought");
  stage.type("\x1b");
  stage.type("f");
  stage.type("alice\r");
  ok(!has(stage, "half a thought"));
  stage.type("\x1b");
  stage.type("f");
  stage.type("bob\r");
  ok(has(stage, "» half a thought"));
  stage.held.add("send");
  stage.type("\r");
  const [sent] = effects(stage, "send");
  ok(sent.kind === "send" && has(stage, "half a thought"));
  stage.tell({ kind: "sent", id: sent.id, local: 99, problem: `${BOB} is blocked` });
  strictEqual(stage.model.notice?.text, "bob is blocked");
  stage.tell({ kind: "sent", id: sent.id, local: sent.local, problem: "The disk is full" });
  ok(has(stage, "» half a thought") && has(stage, "The disk is full"));
});

Deno.test("Lines that were sent come back with the arrow, and cut words with Ctrl+Y", () => {
  const stage = newWorld(80, 24);
  stage.type("\r");
  for (const text of ["first", "second"]) stage.type(`${text}\r`);
  stage.type("\x1b[A\x1b[A");
  ok(has(stage, "» first"));
  stage.type("\x1b[B");
  ok(has(stage, "» second"));
  stage.type("\x17");
  stage.type("x \x19");
  ok(has(stage, "» x second"));
});
