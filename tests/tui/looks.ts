/** What tests look for on a stage. */
import type { Effect } from "../../tui/state/types.ts";
import { ALICE, Stage } from "./stage.ts";

/** Whether a row of the screen has a text. */
export const has = (stage: Stage, text: string): boolean => stage.screen.some((row) => row.includes(text));

/** What was to be done, of one kind. */
export const effects = (stage: Stage, kind: Effect["kind"]): Effect[] =>
  stage.done.filter((one) => one.kind === kind);

/** A conversation of so many messages, the first ones read. */
export function long(count: number, read = count, rows = 24): Stage {
  const stage = new Stage(80, rows);
  for (let n = 1; n <= count; n++) stage.keep(ALICE, { text: `message ${n}` });
  stage.readTo.set(ALICE, read);
  stage.begin({ alice: ALICE });
  return stage;
}
