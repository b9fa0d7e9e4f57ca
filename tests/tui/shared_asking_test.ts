/** When lists and boards are asked for again, and what becomes of what was begun. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import type { ItemView, ListView, ThreadView } from "../../lib/app/overlays/overlays.ts";
import type { Said } from "../../tui/effects/parts.ts";
import type { SharedEffect } from "../../tui/state/shared_types.ts";
import { doShared } from "../../tui/steps/shared.ts";
import { has } from "./looks.ts";
import { id, item, list, opened, said, shared, TS } from "./shared_stage.ts";
import { ALICE, BOB, Stage, withPerson } from "./stage.ts";

Deno.test("What comes for the conversation on the screen asks again; for another one not", () => {
  const stage = opened("lists");
  const before = shared(stage).length;
  stage.receive(ALICE, { text: "[list] added x to y" });
  strictEqual(shared(stage).length, before + 1);
  stage.receive(`02${"9".repeat(64)}`, { text: "other" });
  strictEqual(shared(stage).length, before + 1);
});

Deno.test("What is said is said once, and then what is on the screen is asked again", async () => {
  const calls: unknown[] = [];
  const overlays = {
    changeList: (
      request: unknown,
    ) => (calls.push(request),
      Promise.resolve({ state: "queued", reason: "away", id: "x", position: 1, line: "" })),
    lists: () => Promise.resolve({ rows: [list], total: 1 }),
  };
  const told: Said[] = [];
  const say = { in: "list", change: { do: "new", text: "Tools" } } as const;
  await doShared(
    { overlays } as unknown as App,
    { kind: "share", id, say, view: { show: "lists" } },
    (msg) => told.push(msg),
  );
  deepStrictEqual(calls, [{ conversation: ALICE, waitMs: 5000, change: say.change }]);
  deepStrictEqual(told, [
    { kind: "said", text: "Kept here, and not yet there: away" },
    { kind: "shared", shared: { id, lists: [list] } },
  ]);
});

Deno.test("What was written for a board, a list or a poll and not taken stands in the line when that is asked for again", () => {
  const refused = (stage: Stage): void => {
    const { say } = shared(stage).at(-1) as Extract<SharedEffect, { kind: "share" }>;
    stage.tell({ kind: "unsaid", id, say });
  };
  const line = ({ screen }: Stage): string => screen[2].trimEnd();
  const board = opened("board");
  board.tell({ kind: "shared", shared: { id, threads: [] } });
  board.type("na long post\r");
  refused(board);
  board.type("n");
  strictEqual(line(board), "> a long post");
  board.type(" cut\r");
  deepStrictEqual(said(board).at(-1), { do: "post", text: "a long post cut" });
  board.type("n");
  strictEqual(line(board), ">", "it was taken");

  const lists = opened("lists");
  lists.tell({ kind: "shared", shared: { id, lists: [list] } });
  lists.type("\r");
  lists.tell({ kind: "shared", shared: { id, list: { view: list, items: [item("b"), item("c")] } } });
  lists.type("emilk\r");
  refused(lists);
  lists.type("a");
  strictEqual(line(lists), ">", "another one was refused");
  lists.type("\x1b\x1b[Be");
  strictEqual(line(lists), "> c");
  lists.type("\x1b\x1b[Ae");
  strictEqual(line(lists), "> bmilk");

  const polls = opened("polls");
  polls.tell({ kind: "shared", shared: { id, polls: [] } });
  polls.type("nWhen? | mon|tue\r");
  refused(polls);
  polls.type("n");
  strictEqual(line(polls), "> When? | mon | tue");
});

Deno.test("What was begun for a board or a list and left with Esc stands in the line when that is asked for again", () => {
  const line = ({ screen }: Stage): string => screen[2].trimEnd();
  const board = opened("board");
  board.tell({ kind: "shared", shared: { id, threads: [] } });
  board.type("na long post\x1b");
  board.type("n");
  strictEqual(line(board), "> a long post");
  board.type("\x15\x1b");
  board.type("n");
  strictEqual(line(board), ">", "it was taken away");

  const lists = opened("lists");
  lists.tell({ kind: "shared", shared: { id, lists: [list] } });
  lists.type("\r");
  lists.tell({ kind: "shared", shared: { id, list: { view: list, items: [item("b"), item("c")] } } });
  lists.type("amilk\x1b");
  lists.type("e\x1b"); // looked at, and left as it is
  lists.type("a");
  strictEqual(line(lists), "> milk");
  lists.type("\r");
  deepStrictEqual(said(lists).at(-1), { do: "add", list: list.id, text: "milk" });
  lists.type("a");
  strictEqual(line(lists), ">", "it was said");
});

Deno.test("What comes late of another list, post or conversation is shown nowhere else, and no key hits it", () => {
  const other: ListView = { ...list, id: "b".repeat(16), name: "Tools" };
  const stage = opened("lists");
  const lists = [list, other];
  const of = (
    view: ListView,
    ...items: ItemView[]
  ) => ({ kind: "shared", shared: { id, lists, list: { view, items } } } as const);
  stage.tell({ kind: "shared", shared: { id, lists } });
  stage.type("\r");
  stage.tell(of(list, item("b"), item("c")));
  stage.type("\r");
  stage.type("\x1b");
  stage.type("\x1b[B");
  const count = said(stage).length;
  stage.type("\rx");
  strictEqual(said(stage).length, count, "what is on the screen still is no item of the other list");
  stage.tell(of(other, item("d")));
  stage.tell(of(list, item("b", true), item("c")));
  ok(has(stage, "▸ [ ] d") && !has(stage, "[x] b"), stage.screen.join("\n"));
  stage.tell({ kind: "shared", shared: { id: withPerson(BOB), lists: [], list: { view: list, items: [] } } });
  ok(has(stage, "▸ [ ] d") && has(stage, "Tools"));

  const root = (name: string): ThreadView => ({
    ...{ id: name.repeat(16), author: ALICE, ts: TS, text: name, depth: 0, replies: 0, unread: 0 },
    ...{ expired: false, lastTs: TS },
  });
  const board = opened("board");
  board.tell({ kind: "shared", shared: { id, threads: [root("e"), root("f")] } });
  board.type("\r");
  board.tell({ kind: "shared", shared: { id, thread: { root: root("e"), replies: [] } } });
  board.type("\x1b");
  board.type("\x1b[B\r\rto f\r");
  deepStrictEqual(said(board), [], "there is nothing to answer yet");
  board.tell({ kind: "shared", shared: { id, thread: { root: root("f"), replies: [] } } });
  board.tell({ kind: "shared", shared: { id, thread: { root: root("e"), replies: [root("e")] } } });
  strictEqual(board.screen[1].trimEnd(), "f");
});
