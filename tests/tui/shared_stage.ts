/** A conversation whose lists, boards and polls are looked at, and what such things look like. */
import type { ItemView, ListView } from "../../lib/app/overlays/overlays.ts";
import type { SharedEffect } from "../../tui/state/shared_types.ts";
import { ALICE, Stage, withPerson } from "./stage.ts";

/** When everything was made. */
export const TS = "2026-11-27T10:00:00Z";
/** What was said last of everything. */
export const last = { author: ALICE, what: "new", ts: TS };
/** The conversation with alice. */
export const id = withPerson(ALICE);
/** A list of hers, with a character in its name that turns the line around. */
export const list: ListView = {
  id: "a".repeat(16),
  name: "Shop\u202eping",
  author: ALICE,
  ts: TS,
  archived: false,
  items: 2,
  done: 0,
  last,
};
/** An item of that list. @param name  One letter: its text, and sixteen times its id. */
export const item = (name: string, done = false): ItemView => ({
  id: name.repeat(16),
  text: name,
  done,
  author: ALICE,
  ts: TS,
  last,
});

/** The conversation with alice, behind a command. */
export function opened(command: string): Stage {
  const stage = new Stage(80, 24);
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE });
  stage.type("\r");
  stage.tell({ kind: "command", name: command, argument: "" });
  return stage;
}

/** What was asked and said of lists and their like. */
export const shared = (stage: Stage): SharedEffect[] =>
  stage.done.filter((one): one is SharedEffect => one.kind === "shared" || one.kind === "share");

/** What was said of them. */
export const said = (stage: Stage): unknown[] =>
  shared(stage).flatMap((one) => one.kind === "share" && "change" in one.say ? [one.say.change] : []);
