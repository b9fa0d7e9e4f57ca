/** Who is meant in a group: what is told, marked and said of it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeBody } from "../../lib/chat/body.ts";
import { nameStyle, sequenceOf } from "../../tui/drawing/style.ts";
import { newModel } from "../../tui/state/model.ts";
import { namesUs } from "../../tui/steps/mentions.ts";
import { Spoken } from "./spoken.ts";
import { ALICE, BOB, minutes, OWN, Stage } from "./stage.ts";

const GROUP = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
const parts = { mode: "private", kind: "private", role: "owner", status: "active", admin: true } as const;
const answerTo = (toSender: string): string =>
  encodeBody({ kind: "reply", toSender, toTs: "2026-11-27T13:00:00Z", toPreview: "hi", text: "yes" });

/** In a group, under a name of ours and a word from the file. */
function begin<S extends Stage>(stage: S): S {
  stage.keep(GROUP, { text: "welcome", sender: ALICE });
  stage.readTo.set(GROUP, 1);
  stage.model = { ...stage.model, preferences: { ...stage.model.preferences, mentions: ["on call"] } };
  stage.begin({ alice: ALICE, bob: BOB, ann: OWN });
  stage.tell({ kind: "groups", groups: [{ id: GROUP, name: "ops", members: 3, ...parts }] });
  return stage;
}

Deno.test("A name counts as a word of its own, whatever stands beside it and in whatever script", () => {
  const mentions = ["C++", "на связи", "李", "[x]"];
  const model = newModel(OWN, { columns: 80, rows: 24 }, { names: new Map([[OWN, "Ann"]]) });
  const reader = { ...model, preferences: { ...model.preferences, mentions } };
  const names = (text: string, more = {}): boolean =>
    namesUs(reader, {
      ...{ peer: GROUP, position: 1, outgoing: false, text, ts: "", state: "received", via: "dmsg" },
      ...more,
    });
  for (
    const text of [
      "ann",
      "@Ann: look",
      "(ANN)",
      "hi ann!",
      "ann’s",
      "c++?",
      "кто НА СВЯЗИ?",
      "老李说",
      "a [x] b",
      OWN,
    ]
  ) ok(names(text), text);
  for (const text of ["", "anna", "Joann", "ann_b", "ann1", "c+", "xC++", "на связистов", "x"]) {
    ok(!names(text), text);
  }
  ok(names(answerTo(OWN)) && !names(answerTo(BOB)));
  for (const more of [{ outgoing: true }, { state: "deleted" }, { silent: true }, { peer: ALICE }]) {
    ok(!names("ann", more), JSON.stringify(more));
  }
});

Deno.test("At the level of mentions a group tells of what names us or answers us alone", () => {
  const stage = begin(new Stage());
  const told = (text: string): string[] => {
    stage.nowMs += minutes(1);
    stage.done.length = 0;
    stage.receive(GROUP, { text, sender: ALICE });
    return stage.done.flatMap((one) => one.kind === "notify" ? [one.body] : []);
  };
  deepStrictEqual(told("chatter"), ["chatter"]);
  stage.tell({ kind: "command", name: "open", argument: "ops" });
  stage.tell({ kind: "command", name: "level", argument: "mentions" });
  strictEqual(stage.screen.at(-1), "ops: notices of what names you or answers you");
  stage.type("\x1b");
  ok(stage.screen[1].includes("ops (@)"), stage.screen[1]);
  deepStrictEqual(told("chatter"), []);
  deepStrictEqual(told("Ann, are you there?"), ["Ann, are you there?"]);
  deepStrictEqual(told("who is on call?"), ["who is on call?"]);
  deepStrictEqual(told(answerTo(OWN)), ["yes"]);
  deepStrictEqual(told(answerTo(BOB)), []);
  // Its menu has the other two.
  stage.type("P");
  const rows = stage.screen.filter((row) => /tell|notices/.test(row)).map((row) =>
    row.replace(/^.*\d {2}/, "")
  );
  deepStrictEqual(rows, ["tell about messages again", "no notices"]);
  stage.type("\x1b[B".repeat(10) + "\x1b[A\x1b[A\r");
  strictEqual(stage.model.levels[`group:${GROUP}`], "none");
  stage.tell({ kind: "command", name: "open", argument: "alice" });
  stage.tell({ kind: "command", name: "level", argument: "mentions" });
  strictEqual(stage.screen.at(-1), "Between two people all is for you: notices are all or none");
});

Deno.test("What names us is marked on the screen, and said in lines, as soon as the name is there", () => {
  const stage = begin(new Stage());
  stage.receive(GROUP, { text: "hi ann", sender: ALICE });
  stage.receive(GROUP, { text: "hi anna", sender: ALICE });
  stage.receive(GROUP, { text: "hi robin", sender: ALICE });
  stage.tell({ kind: "command", name: "open", argument: "ops" });
  const marked = (): string[] =>
    stage.screen.filter((row) => row.includes(" @ ")).map((row) => row.slice(24));
  deepStrictEqual(marked(), ["hi ann"]);
  stage.tell({ kind: "names", names: new Map([[ALICE, "alice"], [OWN, "robin"]]) });
  deepStrictEqual(marked(), ["hi robin"]);
  const spoken = begin(new Spoken());
  spoken.tell({ kind: "command", name: "open", argument: "ops" });
  spoken.heard();
  spoken.receive(GROUP, { text: "hi ann", sender: ALICE });
  spoken.receive(GROUP, { text: "hi all", sender: ALICE, reason: "unsigned" });
  spoken.receive(GROUP, { text: answerTo(OWN), sender: ALICE, reason: "unsigned" });
  deepStrictEqual(spoken.heard().map((line) => line.replace(/, \d\d:\d\d$/, "")), [
    "alice: hi ann, names you",
    "alice: hi all, warning: unsigned",
    "alice: yes, warning: unsigned, names you",
  ]);
});

Deno.test("In a group each name has a colour of its key, that of none is a warning's or ours, and without colours it is bold", () => {
  const stage = begin(new Stage());
  for (const sender of [ALICE, BOB]) stage.receive(GROUP, { text: "hi", sender });
  stage.receive(GROUP, { text: "mine", outgoing: true });
  stage.receive(ALICE, { text: "hi" });
  const styles = (): string[] => {
    const names = stage.frame.rows.flatMap((row) =>
      row.filter(({ text }) => /^(?:alice|bob|you) +$/.test(text))
    );
    return [...new Set(names.map(({ text, style }) => `${text.trim()} ${style}`))];
  };
  stage.tell({ kind: "command", name: "open", argument: "ops" });
  deepStrictEqual(styles(), [`alice ${nameStyle(ALICE)}`, `bob ${nameStyle(BOB)}`, "you own"]);
  stage.tell({ kind: "command", name: "open", argument: "alice" });
  deepStrictEqual(styles(), ["alice peer"]);
  const all = [...new Set(Array.from({ length: 64 }, (_, n) => nameStyle(n.toString(16).padStart(66, "0"))))];
  strictEqual(all.length, 6);
  for (const theme of ["dark", "light"] as const) {
    for (const depth of ["16", "256", "true"] as const) {
      const used = (["own", "error", "warning", "unread"] as const).map((one) =>
        sequenceOf(one, depth, theme)
      );
      const looks = all.map((one) => sequenceOf(one, depth, theme));
      strictEqual(new Set(looks).size, 6, `${theme} ${depth}`);
      for (const one of looks) ok(!used.includes(one), `${theme} ${depth}: ${JSON.stringify(one)}`);
    }
    for (const one of all) strictEqual(sequenceOf(one, "none", theme), "\x1b[0;1m");
  }
});
