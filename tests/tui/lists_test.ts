/** Lists on the screen, and who has their items. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { has } from "./looks.ts";
import { id, item, list, opened, said, shared, TS } from "./shared_stage.ts";
import { ALICE, BOB, CAROL, OWN, Stage } from "./stage.ts";

Deno.test("Lists are shown, made, opened; items are checked, added, moved, removed", () => {
  const stage = opened("lists");
  deepStrictEqual(shared(stage), [{ kind: "shared", id, view: { show: "lists" } }]);
  stage.tell({ kind: "shared", shared: { id, lists: [list] } });
  ok(has(stage, "0 of 2 done") && !stage.screen.join().includes("\u202e"));
  stage.type("nTools\r");
  deepStrictEqual(said(stage), [{ do: "new", text: "Tools" }]);
  stage.type("\r");
  deepStrictEqual(shared(stage).at(-1), { kind: "shared", id, view: { show: "list", list: list.id } });
  stage.tell({ kind: "shared", shared: { id, list: { view: list, items: [item("b"), item("c")] } } });
  stage.type("\x1b[B");
  stage.type("\r");
  deepStrictEqual(said(stage).at(-1), { do: "check", id: "c".repeat(16) });
  // Somebody put another one in front: the chosen one stays chosen.
  stage.tell({
    kind: "shared",
    shared: { id, list: { view: list, items: [item("d"), item("b"), item("c", true)] } },
  });
  ok(has(stage, "[x] c"));
  stage.type(" ");
  deepStrictEqual(said(stage).at(-1), { do: "uncheck", id: "c".repeat(16) });
  stage.type("K");
  deepStrictEqual(said(stage).at(-1), {
    do: "move",
    id: "c".repeat(16),
    to: "before",
    beside: "b".repeat(16),
  });
  stage.type("aeggs\r");
  deepStrictEqual(said(stage).at(-1), { do: "add", list: list.id, text: "eggs" });
  stage.type("x");
  deepStrictEqual(said(stage).at(-1), { do: "remove", id: "c".repeat(16) });
  stage.type("u");
  deepStrictEqual(said(stage).at(-1), { do: "restore", id: "c".repeat(16) });
  const count = said(stage).length;
  stage.type("u");
  strictEqual(said(stage).length, count, "nothing is left to be brought back");
  for (const key of ["?", "\x1bOP"]) {
    stage.type(key);
    ok(has(stage, "Conversations") && has(stage, "Help"), "help above a list");
    stage.type(key);
    stage.type("q");
    ok(has(stage, "u undoes"));
  }
  stage.type("w");
  deepStrictEqual(shared(stage).at(-1), {
    kind: "shared",
    id,
    view: { show: "said", about: "c".repeat(16), title: "c" },
  });
  stage.tell({
    kind: "shared",
    shared: { id, said: { title: "c", rows: [{ author: OWN, what: "done", ts: TS, value: true }] } },
  });
  ok(has(stage, "you checked it"));
});

Deno.test("Archived lists are a key away, and come back from there", () => {
  const stage = opened("lists");
  stage.tell({ kind: "shared", shared: { id, lists: [list] } });
  stage.type("A");
  deepStrictEqual(shared(stage).at(-1), { kind: "shared", id, view: { show: "archive" } });
  const old = { ...list, id: "0".repeat(16), name: "Old one", archived: true };
  stage.tell({ kind: "shared", shared: { id, lists: [list], archived: [] } });
  ok(has(stage, "Nothing is archived here"));
  stage.tell({ kind: "shared", shared: { id, lists: [list], archived: [old] } });
  ok(has(stage, "Old one") && !has(stage, "Shop"));
  stage.type("w");
  deepStrictEqual(shared(stage).at(-1), {
    kind: "shared",
    id,
    view: { show: "said", about: old.id, title: "Old one" },
  });
  stage.type("q");
  stage.type("\r");
  deepStrictEqual(shared(stage).at(-1), { kind: "shared", id, view: { show: "list", list: old.id } });
  stage.type("q");
  stage.type("a");
  deepStrictEqual(shared(stage).at(-1), {
    kind: "share",
    id,
    view: { show: "archive" },
    say: { in: "list", change: { do: "unarchive", id: old.id } },
  });
  stage.tell({ kind: "shared", shared: { id, lists: [list, { ...old, archived: false }], archived: [] } });
  stage.type("q");
  ok(has(stage, "Shop") && has(stage, "Old one"));
});

Deno.test("What a list gives to us is said to be ours", () => {
  const stage = opened("lists");
  stage.tell({ kind: "shared", shared: { id, lists: [list] } });
  stage.type("\r");
  const items = [{ ...item("a"), assignee: OWN }, { ...item("b"), assignee: ALICE }];
  stage.tell({ kind: "shared", shared: { id, list: { view: list, items } } });
  ok(has(stage, "[ ] a  → you") && has(stage, "[ ] b  → alice"), stage.screen.join("\n"));
});

Deno.test("Who said what begins with who made it, and its times are those of this place", () => {
  const stage = new Stage(80, 24, { zone: () => 90 });
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE });
  stage.type("\r");
  stage.tell({ kind: "command", name: "lists", argument: "" });
  stage.tell({ kind: "shared", shared: { id, lists: [list] } });
  stage.type("\r");
  stage.tell({ kind: "shared", shared: { id, list: { view: list, items: [item("b")] } } });
  stage.type("w");
  const rows = [{ author: OWN, what: "done", ts: TS, value: true }];
  stage.tell({ kind: "shared", shared: { id, said: { title: "b", rows } } });
  const at = new Date(Date.parse(TS) + 90 * 60_000).toISOString().slice(0, 16).replace("T", " ");
  ok(has(stage, `${at}  alice made it`), stage.screen.join("\n"));
  ok(has(stage, `${at}  you checked it`));
});

Deno.test("An item is given to somebody of the conversation or to nobody, and a list is called otherwise", () => {
  const stage = opened("lists");
  stage.tell({ kind: "shared", shared: { id, lists: [list] } });
  stage.type("e\x15Food\r");
  deepStrictEqual(said(stage).at(-1), { do: "rename", id: list.id, text: "Food" });
  stage.type("\r");
  stage.tell({ kind: "shared", shared: { id, list: { view: list, items: [item("b"), item("c")] } } });
  stage.type("\x1b[Bg");
  deepStrictEqual(stage.screen.slice(1, 6).map((row) => row.trimEnd()), [
    "Who does it: c",
    "to:",
    "▸ you",
    "  alice",
    "  nobody",
  ]);
  const given = (keys: string): unknown => {
    stage.type(keys);
    strictEqual(stage.model.overlays.at(-1)?.name, "list");
    stage.type("g");
    return said(stage).at(-1);
  };
  const assign = { do: "assign", id: "c".repeat(16) };
  deepStrictEqual(given("\r"), { ...assign, assignee: OWN });
  deepStrictEqual(given("ali\r"), { ...assign, assignee: ALICE });
  deepStrictEqual(given("nob\r"), assign);
  stage.type("zzz\r");
  ok(has(stage, "Nobody here is called so"));
  strictEqual(stage.model.overlays.at(-1)?.name, "assign");
});

Deno.test("In a group an item is given to one of its members", () => {
  const group = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  const at = `group:${group}` as const;
  const stage = new Stage(80, 24);
  stage.begin({ alice: ALICE, bob: BOB });
  const parts = { mode: "private", kind: "private", role: "owner", status: "active", admin: true } as const;
  stage.tell({ kind: "groups", groups: [{ id: group, name: "ops", members: 2, ...parts }] });
  stage.tell({ kind: "command", name: "open", argument: "ops" });
  stage.tell({ kind: "command", name: "lists", argument: "" });
  stage.tell({ kind: "shared", shared: { id: at, lists: [list] } });
  stage.type("\r");
  stage.tell({ kind: "shared", shared: { id: at, list: { view: list, items: [item("b")] } } });
  stage.type("g");
  deepStrictEqual(stage.done.at(-1), { kind: "members", group });
  const one = { role: "member", muted: false, presence: "online" } as const;
  stage.tell({
    kind: "members",
    group,
    members: [{ ...one, pk: OWN }, { ...one, pk: ALICE }, { ...one, pk: CAROL }],
  } as never);
  ok(has(stage, "  alice") && has(stage, `  ${CAROL.slice(0, 8)}…`) && !has(stage, "bob "));
});

Deno.test("What was said in one part of a long list does not turn back to it", () => {
  const stage = opened("lists");
  stage.tell({ kind: "shared", shared: { id, lists: [list] } });
  stage.type("\r");
  const part = (from: number, name: string) => ({
    kind: "shared",
    shared: { id, list: { view: list, items: [item(name)], window: { from, total: 5000 } } },
  } as const);
  stage.tell(part(0, "b"));
  stage.type("\r>");
  stage.tell(part(500, "c"));
  stage.tell(part(0, "b"));
  ok(has(stage, "[ ] c") && has(stage, "501 to 1,500 of 5,000"), stage.screen.join("\n"));
});
