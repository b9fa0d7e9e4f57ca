/** What the screen says of its own state: before anything is read, in trouble, and notices. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { titleOf } from "../../tui/steps/update.ts";
import { newWorld } from "./journey.ts";
import { effects, has } from "./looks.ts";
import { ALICE, BOB, CAROL, minutes, Stage, withPerson } from "./stage.ts";

Deno.test("Before anything is read nobody is said to be nobody", () => {
  const stage = new Stage();
  strictEqual(stage.screen[1].trimEnd(), "One moment …");
  ok(!has(stage, "Nobody yet") && !has(stage, "Others reach you"));
  stage.begin({});
  ok(has(stage, "Nobody yet") && has(stage, "Others reach you"));
});

Deno.test("A state in trouble is shown with its reason and a way on", () => {
  const stage = newWorld(80, 24);
  stage.type("\r");
  stage.type("hello\r");
  stage.state(BOB, 2, "failed", "nobody listens on port 1");
  ok(has(stage, "✗  you            hello") && has(stage, "not sent: nobody listens on port 1 (R retries)"));
  stage.state(BOB, 2, "failed", `Cannot reach ${BOB}, nor ${CAROL}`);
  ok(
    has(stage, "not sent: Cannot reach bob, nor 02cacaca… (R retries)"),
    "people are called by their names",
  );
  const why = `Cannot reach ${BOB}: the discovery has no entry of it`;
  stage.tell({ kind: "said", text: why, style: "error" });
  strictEqual(stage.model.notice?.text, "Cannot reach bob: the discovery has no entry of it");
  stage.tell({ kind: "failed", what: "Cannot read the groups", why });
  strictEqual(
    stage.model.trouble,
    "Cannot read the groups: Cannot reach bob: the discovery has no entry of it",
  );
  stage.type("\t");
  stage.type("R");
  deepStrictEqual(effects(stage, "retry"), [{ kind: "retry", id: withPerson(BOB), position: 2 }]);
});

Deno.test("A burst is one notice, a quiet conversation none, and the title counts", () => {
  const stage = newWorld(80, 24);
  for (let n = 0; n < 50; n++) stage.receive(ALICE, { text: `news ${n}` });
  strictEqual(effects(stage, "notify").length, 1);
  stage.nowMs += minutes(1);
  stage.receive(ALICE, { text: "later" });
  const last = effects(stage, "notify").at(-1)!;
  ok(last.kind === "notify" && last.body === "later (and 49 more)" && last.title === "alice");
  strictEqual(titleOf(stage.model), "(55) dmsg");
  stage.tell({ kind: "command", name: "first", argument: "" });
  stage.tell({ kind: "command", name: "level", argument: "none" });
  const before = stage.done.length;
  stage.nowMs += minutes(1);
  stage.receive(ALICE, { text: "quietly" });
  ok(!stage.done.slice(before).some(({ kind }) => kind === "notify" || kind === "bell"));
  stage.tell({ kind: "command", name: "level", argument: "all" });
  stage.receive(ALICE, { text: "what a ban had hidden", again: true });
  ok(!stage.done.slice(before).some(({ kind }) => kind === "notify" || kind === "bell"));
  stage.tell({ kind: "command", name: "quiet", argument: "13:00-15:00" });
  stage.receive(BOB, { text: "at a bad hour" });
  ok(!stage.done.slice(before).some(({ kind }) => kind === "notify"));
});

Deno.test("What could not be kept is in the status line until something is", () => {
  const stage = newWorld(80, 24);
  const why = "No space left on device";
  for (let n = 0; n < 2; n++) stage.tell({ kind: "failed", what: "Not kept", why, unkept: true });
  ok(stage.screen[0].endsWith("nothing is kept"));
  stage.type("\x1b[B");
  strictEqual(stage.screen.at(-1), `Not kept: ${why}`);
  stage.tell({ kind: "conversations", conversations: [] });
  ok(stage.screen[0].endsWith("nothing is kept"), "what is read tells nothing about that");
  stage.receive(ALICE, { text: "kept" });
  ok(!stage.screen[0].includes("nothing is kept"));
});

Deno.test("Ctrl+N says that there is one network", () => {
  const stage = newWorld(80, 24);
  stage.type("\x0e");
  ok(has(stage, "dmsg is the only network here"));
});
