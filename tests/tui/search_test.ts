import { deepStrictEqual } from "node:assert/strict";
import { nameOf } from "../../tui/model.ts";
import { rowText } from "../../tui/screen.ts";
import { update } from "../../tui/update.ts";
import { view } from "../../tui/view.ts";
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
