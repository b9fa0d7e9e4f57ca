import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isSaid } from "../../tui/lines/linear.ts";
import { keyOf } from "../../tui/state/model.ts";
import type { Effect } from "../../tui/state/types.ts";
import { Spoken } from "./spoken.ts";
import { ALICE, BOB, CAROL, minutes, NOON_MS } from "./stage.ts";

function world(): Spoken {
  const spoken = new Spoken();
  spoken.nowMs = NOON_MS - minutes(60 * 26);
  spoken.keep(ALICE, { text: "Are you there?" }, { text: "Yes", outgoing: true, state: "read" });
  spoken.readTo.set(ALICE, 1);
  spoken.nowMs = NOON_MS - minutes(30);
  spoken.keep(BOB, { text: "two\nlines \x1b[31m" });
  spoken.keep(CAROL, { text: "hi" });
  spoken.nowMs = NOON_MS;
  spoken.begin();
  return spoken;
}

Deno.test("Lines: how one stands in a group is said with its name", () => {
  const id = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  const stage = new Spoken();
  stage.begin();
  const group = {
    id,
    name: "ops",
    mode: "private",
    kind: "private",
    role: "member",
    admin: false,
    members: 2,
  } as const;
  for (const status of ["active", "revoked"] as const) {
    stage.tell({ kind: "groups", groups: [{ ...group, status }] });
  }
  ok(stage.heard().includes("An admin of ops has removed you"));
  stage.tell({ kind: "groups", groups: [{ ...group, status: "awaiting_approval" }] });
  ok(stage.line("/list").some((line) => line.endsWith(" ops, waits for a yes")));
  ok(stage.line("/open ops").includes("Conversation with ops, waits for a yes"));
});

Deno.test("Lines: the start says the conversations, a number opens one", () => {
  const spoken = world();
  deepStrictEqual(spoken.heard(), [
    "Connected: peers reach you",
    "3 conversations; a number opens one",
    "1 bob, 1 unread, last 13:30",
    "2 02cacaca…, 1 unread, last 13:30",
    "3 alice, last 26 Nov",
  ]);
  deepStrictEqual(spoken.line("3"), [
    "Conversation with alice",
    "alice: Are you there?, 26 Nov 12:00",
    "you: Yes, read, 26 Nov 12:00",
  ]);
});

Deno.test("Lines: a number is of the list that was told, though others have written since", () => {
  const spoken = world();
  spoken.heard();
  spoken.receive(ALICE, { text: "now I am first" });
  deepStrictEqual(spoken.line("2")[0], "Conversation with 02cacaca…");
  spoken.line("/list");
  spoken.receive(BOB, { text: "now it is me" });
  deepStrictEqual(spoken.line("/open 1")[0], "Conversation with alice");
});

Deno.test("Lines: who, text, state in words, time", () => {
  const spoken = world();
  spoken.line("/open bob");
  spoken.heard();
  deepStrictEqual(spoken.line("hello"), [], "who typed it knows it");
  spoken.state(BOB, 2, "received");
  spoken.receive(BOB, { text: "and you?" });
  const said = spoken.line("I am well");
  spoken.state(BOB, 4, "failed", "nobody listens");
  deepStrictEqual([...said, ...spoken.heard()], [
    "you: hello, acknowledged, 14:00",
    "bob: and you?, 14:00",
    "you: I am well, failed: nobody listens, 14:00",
  ]);
});

Deno.test("Lines: text of peers is one visible line", () => {
  const spoken = world();
  ok(spoken.line("/open bob").includes("bob: two\\nlines \\x1b[31m, 13:30"));
});

Deno.test("Lines: parts can be switched off", () => {
  const spoken = world();
  spoken.model = {
    ...spoken.model,
    preferences: { ...spoken.model.preferences, parts: { state: false, time: false } },
  };
  spoken.heard();
  deepStrictEqual(spoken.line("/open alice"), [
    "Conversation with alice",
    "alice: Are you there?",
    "you: Yes",
  ]);
});

Deno.test("Lines: what is chosen is said as it moves", () => {
  const spoken = world();
  spoken.heard();
  deepStrictEqual(spoken.line("/down"), ["2 of 3: 02cacaca…, 1 unread, last 13:30"]);
  spoken.line("/open alice");
  spoken.heard();
  deepStrictEqual(spoken.line("/select"), ["message 2: you: Yes, read, 26 Nov 12:00"]);
  deepStrictEqual(spoken.line("/up"), ["message 1: alice: Are you there?, 26 Nov 12:00"]);
  const [head, ...facts] = spoken.line("/evidence");
  deepStrictEqual([head, facts.includes("State: kept here")], ["Who has this message", true]);
});

Deno.test("Lines: a search asks, lists with numbers, and a number goes there", () => {
  const spoken = world();
  spoken.heard();
  deepStrictEqual(spoken.line("/search"), ["Search everywhere", "Type find; an empty line closes"]);
  deepStrictEqual(spoken.line("there"), [
    "Search everywhere",
    "1 26 Nov alice: Are you there?",
    "A number chooses; an empty line closes",
  ]);
  ok(spoken.line("1").includes("Conversation with alice"));
});

Deno.test("Lines: commands, slashes and mistakes", () => {
  const spoken = world();
  spoken.heard();
  deepStrictEqual(spoken.line("/nonsense"), ["There is no command nonsense"]);
  deepStrictEqual(spoken.line("/serach"), ["There is no command serach. Did you mean search?"]);
  deepStrictEqual(spoken.line("hello?"), ["Open a conversation first"]);
  ok(spoken.line("/help").some((line) => line.startsWith("/search [WORDS]: ")));
  spoken.line("");
  spoken.line("/open bob");
  spoken.line("//shrug");
  deepStrictEqual(spoken.stored.get(BOB)!.at(-1)!.text, "/shrug");
  spoken.heard();
  spoken.problem("Cannot reach the discovery", 60_000);
  deepStrictEqual(spoken.heard(), ["No connection: Cannot reach the discovery; the next try is at 14:01"]);
});

Deno.test("Lines: whom we are paired with is said to be, in the list and on opening", () => {
  const spoken = world();
  spoken.pair(BOB);
  spoken.heard();
  deepStrictEqual(spoken.line("/list").slice(1, 3), [
    "1 bob, paired, 1 unread, last 13:30",
    "2 02cacaca…, 1 unread, last 13:30",
  ]);
  deepStrictEqual(spoken.line("1")[0], "Conversation with bob, paired");
});

Deno.test("A peer's text is one line of letters that are read as they are, and moves nothing", () => {
  const spoken = world();
  spoken.line("1");
  const from = (text: string): string => {
    spoken.receive(BOB, { text });
    return spoken.heard().at(-1)!.replace(/^bob: (.*), [^,]*$/s, "$1");
  };
  spoken.line("/open bob");
  deepStrictEqual(
    ["👩\u200d👩\u200d👧 at C:\\dir", "a\nbob: b", "\x1b[31mred\x9b2J\u202e", "a\tb", "שלום"].map(from),
    [
      "👩\u200d👩\u200d👧 at C:\\dir",
      "a\\nbob: b",
      "\\x1b[31mred\\x9b2J\\u{202e}",
      "a    b",
      "שלום",
    ],
  );
});

Deno.test("Lines: one conversation is one", () => {
  const spoken = new Spoken();
  spoken.keep(ALICE, { text: "hi" });
  spoken.begin({ alice: ALICE });
  const heard = spoken.heard();
  ok(heard.includes("1 conversation; a number opens one"), heard.join("\n"));
});

Deno.test("Lines: a draft is told in the list and where it is opened, and /send sends it", () => {
  const spoken = new Spoken();
  spoken.keep(ALICE, { text: "hello" });
  spoken.begin({ alice: ALICE });
  const id = spoken.model.conversations[0].id;
  spoken.tell({ kind: "edited", id, text: "Dear alice,\nI" });
  spoken.heard();
  ok(spoken.line("/list")[1].startsWith("1 alice, draft: Dear alice, I, 1 unread"), "in the list");
  deepStrictEqual(spoken.line("1").slice(0, 3), [
    "Conversation with alice",
    "Draft: Dear alice, I",
    "/send sends the draft",
  ]);
  spoken.line("/send");
  deepStrictEqual(spoken.stored.get(ALICE)?.at(-1)?.text, "Dear alice,\nI");
});

Deno.test("Lines: what a draft answers is told before it", () => {
  const spoken = new Spoken();
  spoken.keep(ALICE, { text: "are you\nthere?" });
  spoken.begin({ alice: ALICE });
  spoken.line("1");
  spoken.line("/select");
  spoken.line("/reply");
  spoken.tell({ kind: "edited", id: spoken.model.open!, text: "yes" });
  spoken.line("/list");
  deepStrictEqual(spoken.line("1").slice(0, 3), [
    "Conversation with alice",
    "The draft answers alice: are you there?",
    "Draft: yes",
  ]);
});

Deno.test("Lines: at the list a text goes to nobody, and coming back to who was open is said", () => {
  for (const leaves of ["/list", "/back"]) {
    const spoken = world();
    spoken.line("/open alice");
    spoken.line(leaves);
    spoken.done.length = 0;
    deepStrictEqual(spoken.line("bob"), [
      "Not sent: you are at the list; a number, or /open NAME, opens a conversation",
    ]);
    deepStrictEqual(spoken.done, []);
    deepStrictEqual(spoken.line("/open alice"), ["Conversation with alice"]);
    spoken.line("bob");
    ok(spoken.done.some((one: Effect) => one.kind === "send" && one.text === "bob"));
  }
});

Deno.test("Lines: what was said of the open conversation, or of who asks for something, is told by no notice again", () => {
  const spoken = new Spoken();
  for (let n = 1; n <= 60; n++) spoken.keep(ALICE, { text: `message ${n}` });
  spoken.readTo.set(ALICE, 60);
  spoken.keep(BOB, { text: "hello" });
  spoken.begin({ alice: ALICE, bob: BOB });
  spoken.line("/open alice");
  spoken.line("/page-up");
  const told = (): string[] => {
    const notices = spoken.done.splice(0).flatMap((one) => one.kind === "notify" ? [one] : []);
    return notices.filter(({ id, body }) => !isSaid(spoken.model, keyOf(id), body)).map(({ body }) => body);
  };
  told();
  spoken.receive(ALICE, { text: "while paged up" });
  deepStrictEqual([spoken.heard().length, told()], [1, []]);
  spoken.nowMs += minutes(1);
  spoken.receive(BOB, { text: "elsewhere" });
  deepStrictEqual(told(), ["elsewhere"]);
  spoken.nowMs += minutes(1);
  const detail = { event: "received", peer: BOB };
  const event = {
    cursor: 9,
    ts: "2026-11-27T14:00:00Z",
    kind: "network",
    name: "pair-invite",
    detail,
  } as const;
  spoken.tell({ kind: "event", event });
  deepStrictEqual(spoken.heard(), ["bob asks to be paired; /pair there agrees, /unpair says no"]);
  deepStrictEqual(told(), []);
});

Deno.test("Lines: whatever comes is said, behind a look at what was before and a choice, too", () => {
  for (const looked of ["/page-up", "/select"]) {
    const spoken = new Spoken();
    for (let n = 1; n <= 60; n++) spoken.keep(ALICE, { text: `message ${n}` });
    spoken.readTo.set(ALICE, 60);
    spoken.begin({ alice: ALICE });
    spoken.line("/open alice");
    spoken.line(looked);
    for (let n = 61; n <= 1000; n++) {
      spoken.receive(ALICE, { text: `message ${n}` });
      ok(spoken.heard()[0]?.startsWith(`alice: message ${n}, `), `${looked} ${n}`);
      strictEqual(spoken.readTo.get(ALICE), n, "what was said is read");
    }
  }
});

Deno.test("Lines: what is to be typed is named", () => {
  const spoken = world();
  deepStrictEqual(
    spoken.line("/create-group").at(-1),
    "A number chooses; then type name; an empty line closes",
  );
  spoken.line("");
  spoken.line("/open alice");
  spoken.tell({ kind: "command", name: "lists", argument: "" });
  deepStrictEqual(spoken.line("n").at(-1), "Type a text; an empty line closes");
});

Deno.test("Lines: what is typed before the first page is there has one answer each, however much it is", () => {
  for (const count of [3, 70]) {
    const spoken = world();
    spoken.held.add("page");
    spoken.line("/open alice");
    spoken.heard();
    for (let i = 0; i < count; i++) spoken.line(`row ${i}`);
    spoken.state(ALICE, 3, "received");
    const early = spoken.heard();
    spoken.held.delete("page");
    for (const effect of spoken.done.filter(({ kind }) => kind === "page")) spoken.answer(effect);
    for (let i = 1; i < count; i++) spoken.state(ALICE, 3 + i, "received");
    const said = [...early, ...spoken.heard()];
    const rows = said.filter((line) => line.includes("row"));
    deepStrictEqual(rows, Array.from({ length: count }, (_, i) => `you: row ${i}, acknowledged, 14:00`));
    strictEqual(said.includes("you: Yes, read, 26 Nov 12:00"), count < 50, "what was said before is said");
  }
});
