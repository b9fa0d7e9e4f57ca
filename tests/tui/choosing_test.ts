/** What is chosen in a conversation, and that no command hits what nobody sees. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { selectedMessage } from "../../tui/state/model.ts";
import { effects, has, long } from "./looks.ts";
import { ALICE, BOB, Stage } from "./stage.ts";

Deno.test("What is chosen is on the screen that has got smaller, so that no command hits what nobody sees", () => {
  const stage = long(60);
  stage.type("\r\t");
  stage.type("\x1b[A".repeat(15));
  const chosen = (): string | undefined =>
    stage.screen.find((row) => row.includes("▸"))?.match(/message \d+/)?.[0];
  strictEqual(chosen(), "message 45");
  for (const [columns, rows] of [[80, 10], [40, 8], [80, 24]]) {
    stage.resize(columns, rows);
    strictEqual(chosen(), "message 45", `${columns}×${rows}`);
  }
  stage.type("\x1b[A");
  strictEqual(chosen(), "message 44");
});

Deno.test("Choosing begins with what is on the screen, and what is chosen stays there", () => {
  const stage = long(300);
  stage.type("\r");
  for (let i = 0; i < 4; i++) stage.type("\x1b[5~");
  const body = (): string[] => stage.screen.slice(1, -2);
  const chosen = (): string | undefined => body().find((row) => row.includes("▸"))?.match(/message \d+/)?.[0];
  const before = body();
  stage.type("\t");
  deepStrictEqual(body().map((row) => row.replace("▸", " ")), before, "nothing moves");
  strictEqual(chosen(), before.at(-1)!.match(/message \d+/)?.[0], "the lowest one");
  for (const key of ["\x1b[5~", "\x1b[5~", "\x1b[5~", "\x1b[6~", "\x1b[6~", "\x1b[6~", "\x1b[6~", "\x1b[A"]) {
    stage.type(key);
    ok(chosen() !== undefined, stage.screen.join("\n"));
  }
  stage.type("\x1b[<64;10;10M".repeat(20)); // the wheel
  const shown = chosen();
  stage.type("c");
  deepStrictEqual(stage.done.at(-1), { kind: "copy", text: shown, what: "the message" });
  stage.tell({ kind: "command", name: "select", argument: "251" });
  strictEqual(chosen(), "message 251");
  stage.type("\x1b[A");
  strictEqual(chosen(), "message 250");
});

Deno.test("Who goes elsewhere in a conversation has chosen what is there, and no command hits what was left", () => {
  for (const count of [30, 300]) {
    const stage = new Stage(80, 12);
    for (let n = 1; n <= count; n++) stage.keep(ALICE, { text: `message ${n}` });
    stage.readTo.set(ALICE, count);
    stage.begin();
    stage.type("\r\t");
    strictEqual(selectedMessage(stage.model)?.text, `message ${count}`);
    stage.type("\x1b[H");
    strictEqual(selectedMessage(stage.model)?.text, "message 1", `${count}`);
    ok(stage.screen.some((row) => /▸.*message 1$/.test(row)), stage.screen.join("\n"));
    stage.type("\x1b[B");
    strictEqual(selectedMessage(stage.model)?.text, "message 2");
  }
});

Deno.test("What is chosen stays on the screen whatever comes, and the new ones are counted below", () => {
  for (const together of [false, true]) {
    const stage = long(60, 60, 14);
    stage.type("\r\t");
    const chosen = (): string | undefined =>
      stage.screen.find((row) => row.includes("▸"))?.match(/message \d+/)?.[0];
    strictEqual(chosen(), "message 60");
    if (together) {
      for (let n = 61; n < 75; n++) stage.keep(ALICE, { text: `message ${n}` }); // one event tells of a page
      stage.receive(ALICE, { text: "message 75" });
    } else for (let n = 61; n <= 75; n++) stage.receive(ALICE, { text: `message ${n}` });
    strictEqual(chosen(), "message 60", stage.screen.join("\n"));
    ok(has(stage, "new below"), stage.screen.join("\n"));
    stage.type("c");
    deepStrictEqual(stage.done.at(-1), { kind: "copy", text: "message 60", what: "the message" });
    stage.type("\x1b\x1b[1;5F"); // Ctrl+End
    ok(has(stage, "message 75") && !has(stage, "new below"));
  }
});

Deno.test("What an answer answers stays that, when it is loaded no more", () => {
  const stage = new Stage(80, 14);
  for (let n = 1; n <= 600; n++) stage.keep(ALICE, { text: `message ${n}`, id: `${n}`.padStart(16, "0") });
  stage.readTo.set(ALICE, 600);
  stage.begin({ alice: ALICE });
  stage.type("\r");
  stage.tell({ kind: "command", name: "oldest", argument: "" });
  stage.tell({ kind: "command", name: "select", argument: "3" });
  stage.type("r");
  stage.type("\x1b[1;5F"); // Ctrl+End
  ok(has(stage, "message 600") && has(stage, "↳ answers alice: message 3"), stage.screen.join("\n"));
  stage.type("yes\r");
  const [sent] = effects(stage, "send");
  deepStrictEqual(sent.kind === "send" && [sent.text, sent.replyTo], ["yes", "3".padStart(16, "0")]);
});

Deno.test("What is to be deleted is shown, and nothing stays chosen in a conversation that is opened again", () => {
  const stage = new Stage(80, 14);
  stage.keep(ALICE, { text: "hello\nthere" });
  stage.keep(BOB, { text: "hi" });
  stage.begin({ alice: ALICE, bob: BOB });
  stage.tell({ kind: "command", name: "open", argument: "alice" });
  stage.type("\td");
  ok(has(stage, "Delete this message?") && has(stage, "alice: hello there"), stage.screen.join("\n"));
  stage.type("\x1b");
  stage.tell({ kind: "command", name: "open", argument: "bob" });
  stage.tell({ kind: "command", name: "open", argument: "alice" });
  stage.tell({ kind: "command", name: "delete", argument: "" });
  ok(has(stage, "Choose a message first"));
});
