/** The list of conversations: its order, its cursor and filter, what its rows say. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeOverlay, LIST } from "../../lib/overlay/frame.ts";
import { named, namedWhole } from "../../tui/commands/picker.ts";
import { EMPTY } from "../../tui/compose/editor.ts";
import { fresh } from "../../tui/overlays/new.ts";
import { idOf, listed, newModel, sorted } from "../../tui/state/model.ts";
import type { Overlay } from "../../tui/state/types.ts";
import { newWorld } from "./journey.ts";
import { effects, has } from "./looks.ts";
import { ALICE, BOB, CAROL, OWN, Stage } from "./stage.ts";

Deno.test("The chosen row stays the chosen person while 200 messages a second move the others", () => {
  const stage = newWorld(80, 24);
  stage.type("\x1b[B\x1b[B"); // alice
  for (let n = 0; n < 200; n++) {
    stage.nowMs += 5;
    stage.receive([BOB, CAROL][n % 2], { text: `burst ${n}` });
    if (n === 100) stage.type("\x1b[A\x1b[B");
  }
  ok(stage.screen.some((row) => row.startsWith("▸ alice")));
  stage.type("\r");
  ok(stage.screen[0].startsWith("alice"));
});

Deno.test("Who has nobody yet sees their whole key, to give to others, and a peer without a name is named once", () => {
  for (const columns of [80, 40]) {
    const stage = new Stage(columns, 12);
    stage.begin({});
    ok(has(stage, "Nobody yet: n begins a conversation"));
    ok(stage.screen.join("").replaceAll(" ", "").includes(OWN), stage.screen.join("\n"));
  }
  const stage = new Stage();
  stage.begin({});
  stage.type(`n${CAROL}\r`);
  ok(stage.screen[0].startsWith("02cacaca…  "), stage.screen[0]);
});

Deno.test("Whoever a line speaks of has a name in the list, and we are you", () => {
  const stage = new Stage();
  const gave = (to: string): string => {
    const fallback = `[list] gave eggs in Shopping to ${to.slice(0, 8)}…`;
    return encodeOverlay({
      overlay: LIST,
      data: JSON.stringify({ a: "assign", w: to }),
      fallback,
      extra: {},
    });
  };
  stage.keep(ALICE, { text: gave(BOB) });
  stage.keep(BOB, { text: gave(OWN) });
  stage.begin();
  ok(has(stage, "gave eggs in Shopping to bob "), stage.screen.join("\n"));
  ok(has(stage, "gave eggs in Shopping to you "), stage.screen.join("\n"));
});

Deno.test("A line that no key of ours opens says so in the list, too", () => {
  const stage = new Stage();
  stage.keep(ALICE, { text: "", state: "received", reason: "sealed" });
  stage.begin();
  ok(has(stage, "(sealed)"));
});

Deno.test("The row under the picker's cursor stays there, also one that nobody has chosen or that a filter left", () => {
  const stage = newWorld(80, 24);
  const chosen = (): string | undefined =>
    stage.screen.find((row) => row.startsWith("▸ "))?.slice(2, 8).trim();
  const first = chosen();
  ok(first !== undefined && first !== "alice");
  stage.receive(ALICE, { text: "news" });
  ok(stage.screen[1].includes("alice"));
  strictEqual(chosen(), first);
  stage.type("f0");
  const left = chosen();
  stage.receive(`02${"0a".repeat(32)}`, { text: "another that the filter takes" });
  strictEqual(chosen(), left);
});

Deno.test("Enter in a filter that matches nobody says how all are shown again", () => {
  const stage = newWorld(80, 24);
  stage.type("fnobody like that\r");
  strictEqual(stage.screen.at(-1), "Nobody matches: Esc shows all again");
  stage.type("\x1b");
  ok(stage.screen[1].length > 0 && !stage.screen[1].startsWith("filter:"));
});

Deno.test("The key of who wrote is copied, also in a group", () => {
  const stage = new Stage(80, 24);
  const group = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  stage.keep(group, { text: "hello all", sender: BOB, via: "group" });
  stage.begin();
  stage.type("\r\tK");
  deepStrictEqual(effects(stage, "copy"), [{ kind: "copy", text: BOB, what: "the key" }]);
});

Deno.test("Whom we are paired with says so in the picker and above the conversation, at once", () => {
  const stage = new Stage(100, 20);
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE });
  ok(!has(stage, "paired"));
  stage.pair(CAROL); // who has said nothing yet
  stage.pair(ALICE);
  ok(has(stage, "alice (paired)") && has(stage, "02cacaca… (paired)"), stage.screen.join("\n"));
  stage.tell({ kind: "command", name: "open", argument: "alice" });
  ok(stage.screen[0].includes("· paired"), stage.screen[0]);
});

Deno.test("A name that nobody has is told as that, a key with a mistake as that", () => {
  const stage = newWorld(80, 24);
  stage.type("nnosuch\r");
  strictEqual(
    stage.screen.at(-1)!.trimEnd(),
    "Nobody is called nosuch: give the public key, 66 hex characters",
  );
  stage.type("\x1b");
  stage.type("n02abcdef12\r");
  strictEqual(
    stage.screen.at(-1)!.trimEnd(),
    "A public key is 66 hex characters that begin with 02 or 03",
  );
});

Deno.test("People without a message are listed by name, the numbers in it as numbers", () => {
  const names = ["host 10", "host 2", "host 1", "ann"];
  const model = {
    ...newModel(ALICE, { columns: 80, rows: 24 }),
    names: new Map(names.map((name, i) => [`02${i}`, name])),
  };
  const people = names.map((_, i) =>
    ({ id: idOf(`02${i}`), kind: "person", key: `02${i}`, unread: 0 }) as const
  );
  const nameless = { id: idOf("0310"), kind: "person", key: "0310", unread: 0 } as const;
  deepStrictEqual(
    sorted(model, [nameless, ...people]).map(({ key }) => model.names.get(key)),
    ["ann", "host 1", "host 2", "host 10", undefined],
  );
});

Deno.test("A name is found however its letters are written: by the filter, /open and the list of whom to begin with", () => {
  const [one, two] = ["\u00e9va", "e\u0301va"];
  for (const [name, typed] of [[one, two], [two, one], [one, one], [two, "\u00c9V"]]) {
    const stage = newWorld(80, 24);
    stage.begin({ [name]: ALICE, bob: BOB });
    const model = stage.model;
    deepStrictEqual(named(model, typed), idOf(ALICE));
    deepStrictEqual(namedWhole(model, typed), typed.length < 3 ? undefined : idOf(ALICE));
    const filtered = { ...model, picker: { filter: { ...EMPTY, text: typed } } };
    deepStrictEqual(listed(filtered).map(({ key }) => key), [ALICE]);
    const begun = fresh.items!(model, { input: { ...EMPTY, text: typed } } as Overlay);
    deepStrictEqual(begun.map(({ id }) => id), [idOf(ALICE)]);
  }
});
