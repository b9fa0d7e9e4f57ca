/** Whatever the screen can do, lines can. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { COMMANDS } from "../../tui/commands/mod.ts";
import { askedBy } from "../../tui/lines/asked.ts";
import { commandLines, isCommands } from "../../tui/lines/commands.ts";
import { OVERLAYS } from "../../tui/overlays/mod.ts";
import { Spoken } from "./spoken.ts";
import { ALICE, BOB, CAROL, Stage, withPerson } from "./stage.ts";

/** Movements of the screen that are no commands of lines, and what is typed instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  filter: "/open and the beginning of a name",
  first: "1",
  last: "the number of the last one",
  compose: "a text",
  newline: "/editor",
  "older-line": "the history of the shell or terminal",
  "newer-line": "the same",
  complete: "/ and the beginning of a bot's command; names are found by their beginning",
  palette: "/help",
  suspend: "Ctrl+Z, which is the terminal's own",
  redraw: "nothing is drawn",
};

function world(): Spoken {
  const spoken = new Spoken();
  for (const peer of [ALICE, BOB, CAROL]) spoken.keep(peer, { text: "hello" });
  spoken.begin({ alice: ALICE, bob: BOB });
  spoken.said.splice(0);
  return spoken;
}

Deno.test("Each command of the screen is a command of lines that help names, or it is known what to type instead", () => {
  const spoken = world();
  spoken.line("/open alice");
  spoken.line("/select");
  const told = new Set(commandLines(spoken.model).flatMap((line) => /^\/([a-z-]+)/.exec(line)?.[1] ?? []));
  const missing = Object.keys(COMMANDS).filter((name) => !told.has(name));
  deepStrictEqual(missing.sort(), Object.keys(INSTEAD).sort());
  for (const name of told) {
    const asked = askedBy(spoken.model, `/${name} one two`);
    deepStrictEqual(asked, { kind: "command", name, argument: "one two" });
  }
});

Deno.test("Each key of an overlay is named at its bottom, so that lines say it", () => {
  for (const [name, { keys = {}, hint, prompt }] of Object.entries(OVERLAYS)) {
    // The search has two commands instead: /search is everywhere, /find is here.
    if (isCommands(name) || prompt !== undefined) continue;
    const words = hint.split(" ");
    // A blank does what Enter does; the lines that tell of more rows name < and >.
    const unsaid = Object.keys(keys).filter((key) => ![" ", "<", ">"].includes(key) && !words.includes(key));
    deepStrictEqual(unsaid, [], name);
  }
});

Deno.test("Keys of a list are said, and one is for the row whose number follows", () => {
  const spoken = world();
  deepStrictEqual(spoken.line("/requests").slice(-2), [
    "a accepts; b refuses; with a number for that one: a 2",
    "A number chooses; an empty line closes",
  ]);
  const decided = (line: string): unknown => {
    spoken.done.length = 0;
    spoken.line(line);
    return spoken.done.find(({ kind }) => kind === "decide");
  };
  deepStrictEqual(decided("b 2"), { kind: "decide", peer: BOB, blocked: true });
  deepStrictEqual(spoken.line("/down"), [
    "3 of 3: 02cacacacacacacacacacacacacacacacacacacacacacacacacacacacacacacaca  1 unread",
  ]);
  deepStrictEqual(decided("a"), { kind: "decide", peer: CAROL, accepted: true });
});

Deno.test("A number that a list does not have is said so, and sent to nobody", () => {
  const spoken = world();
  spoken.line("/open alice");
  spoken.line("/requests");
  for (const line of ["7", "a 7", "0"]) {
    deepStrictEqual(spoken.line(line), [`The list has no ${line.at(-1)}`]);
  }
  spoken.line("");
  spoken.line("/outbox");
  deepStrictEqual(spoken.line("x 1"), ["The list has no 1"]);
  ok(!spoken.done.some(({ kind }) => kind === "send"));
});

Deno.test("The kind of a new group is chosen by its number, and stays chosen while its name is typed", () => {
  const spoken = world();
  spoken.line("/create-group");
  ok(spoken.line("2").includes("2 of 3: public: in clear, the invite is enough"));
  spoken.line("walkers");
  deepStrictEqual(spoken.done.at(-1), { kind: "create", name: "walkers", group: "public" });
  const stage = new Stage(80, 24);
  stage.begin();
  stage.type("g\x1b[B\x1b[Bnews\r");
  const last = stage.done.at(-1);
  strictEqual(last?.kind === "create" && last.group, "channel");
});

Deno.test("Lines: of a list that is open what has changed is said; where a row is gone all of it", () => {
  const spoken = new Spoken();
  const TS = "2026-11-27T14:00:00.000Z";
  const last = { author: ALICE, what: "new", ts: TS };
  const named = { author: ALICE, ts: TS, last };
  const view = { ...named, id: "1".repeat(16), name: "Shopping", archived: false, items: 3, done: 0 };
  const id = withPerson(ALICE);
  const comes = (...texts: readonly string[]): string[] => {
    const items = texts.map((text) => ({ ...named, id: text[0].repeat(16), text, done: text.endsWith("!") }));
    spoken.tell({ kind: "shared", shared: { id, lists: [view], list: { view, items } } });
    return spoken.heard();
  };
  spoken.keep(ALICE, { text: "hello" });
  spoken.begin({ alice: ALICE });
  spoken.line("/open alice");
  spoken.line("/lists");
  spoken.tell({ kind: "shared", shared: { id, lists: [view] } });
  spoken.line("1");
  deepStrictEqual(comes("milk", "eggs", "tea").slice(0, 4), [
    "Shopping",
    "1 [ ] milk",
    "2 [ ] eggs",
    "3 [ ] tea",
  ]);
  deepStrictEqual(comes("milk", "eggs!", "tea"), ["2 [x] eggs!"]);
  deepStrictEqual(comes("milk", "eggs!", "tea", "rice"), ["4 [ ] rice"]);
  deepStrictEqual(comes("milk", "tea", "eggs!", "rice"), ["2 [ ] tea", "3 [x] eggs!"]);
  deepStrictEqual(comes("milk", "tea", "rice").slice(0, 4), [
    "Shopping",
    "1 [ ] milk",
    "2 [ ] tea",
    "3 [ ] rice",
  ]);
});
