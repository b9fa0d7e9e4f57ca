import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { excessBytes } from "../../lib/chat/outgoing.ts";
import { encodeOverlay, LIST } from "../../lib/overlay/frame.ts";
import { viewport } from "../../tui/drawing/layout.ts";
import {
  idOf,
  listed,
  newModel,
  openThread,
  selectedMessage,
  selectedOf,
  sorted,
  threadOf,
} from "../../tui/state/model.ts";
import type { Effect } from "../../tui/state/types.ts";
import { titleOf } from "../../tui/steps/update.ts";
import { newWorld } from "./journey.ts";
import { ALICE, BOB, CAROL, minutes, OWN, Stage, withPerson } from "./stage.ts";

const effects = (stage: Stage, kind: Effect["kind"]): Effect[] =>
  stage.done.filter((one) => one.kind === kind);
const has = (stage: Stage, text: string): boolean => stage.screen.some((row) => row.includes(text));

/** A conversation of so many messages, the first ones read. */
function long(count: number, read = count, rows = 24): Stage {
  const stage = new Stage(80, rows);
  for (let n = 1; n <= count; n++) stage.keep(ALICE, { text: `message ${n}` });
  stage.readTo.set(ALICE, read);
  stage.begin({ alice: ALICE });
  return stage;
}

Deno.test("Before anything is read nobody is said to be nobody", () => {
  const stage = new Stage();
  strictEqual(stage.screen[1].trimEnd(), "One moment …");
  ok(!has(stage, "Nobody yet") && !has(stage, "Others reach you"));
  stage.begin({});
  ok(has(stage, "Nobody yet") && has(stage, "Others reach you"));
});

Deno.test("A conversation of 100,000 messages loads one page, and older ones on scrolling without a hole", () => {
  const stage = long(100_000);
  stage.type("\r");
  deepStrictEqual(effects(stage, "page").map((one) => one.kind === "page" && one.where), ["newest"]);
  ok(has(stage, "message 100000"));
  let lowest = 100_000;
  for (let i = 0; i < 60; i++) {
    stage.type("\x1b[5~");
    const shown = stage.screen.flatMap((row) => /message (\d+)/.exec(row)?.[1] ?? []).map(Number);
    ok(shown[0] < lowest, "moves up");
    for (const [at, n] of shown.entries()) strictEqual(n, shown[0] + at, "no hole");
    lowest = shown[0];
  }
  const { messages } = threadOf(stage.model, withPerson(ALICE));
  ok(messages.length <= 400, `${messages.length} are loaded`);
  for (let i = 0; i < 70; i++) stage.type("\x1b[6~");
  ok(has(stage, "message 100000"), "and back down");
  strictEqual(threadOf(stage.model, withPerson(ALICE)).anchor, undefined);
});

Deno.test("A place in a long message stays on the screen when that gets another size, and comes back with it", () => {
  const stage = new Stage(80, 24);
  const line = (n: number): string => `line ${n} ${"of a long paste ".repeat(n % 7)}`;
  stage.keep(ALICE, { text: Array.from({ length: 500 }, (_, n) => line(n + 1)).join("\n") });
  stage.begin();
  stage.type("\r");
  for (let i = 0; i < 20; i++) stage.type("\x1b[6~");
  const shown = (): number[] =>
    stage.screen.flatMap((row) => /line (\d+)/.exec(row)?.slice(1).map(Number) ?? []);
  const before = stage.screen;
  const at = shown().at(-1)!;
  ok(at > 100 && at < 400, `${at}`);
  for (const [columns, rows] of [[40, 12], [200, 60], [12, 5], [1, 1], [100, 30]]) {
    stage.resize(columns, rows);
    if (columns >= 40) ok(shown().some((n) => Math.abs(n - at) < 10), `${at} at ${columns}: ${shown()}`);
  }
  stage.resize(80, 24);
  deepStrictEqual(stage.screen, before);
});

Deno.test("What is chosen is on the screen that has got smaller, so that no command hits what nobody sees", () => {
  const stage = long(60);
  stage.type("\r\t");
  stage.type("\x1b[A".repeat(15));
  const chosen = (): string | undefined =>
    stage.screen.find((row) => row.includes("▸"))?.match(/message \d+/)?.[0];
  strictEqual(chosen(), "message 45");
  for (const [columns, rows] of [[80, 10], [40, 8], [80, 24]]) {
    stage.resize(columns, rows);
    strictEqual(chosen(), "message 45", `${columns}×${rows}`);
  }
  stage.type("\x1b[A");
  strictEqual(chosen(), "message 44");
});

Deno.test("A larger screen is filled, with what lies below where nothing lies above", () => {
  const stage = long(300);
  stage.resize(40, 12);
  stage.type("\r");
  stage.tell({ kind: "command", name: "oldest", argument: "" });
  strictEqual(stage.screen[2].trimEnd().endsWith("message 1"), true, stage.screen.join("\n"));
  stage.resize(200, 60);
  ok(
    stage.screen[2].includes("message 1") && stage.screen.at(-3)!.includes("message 56"),
    stage.screen.join("\n"),
  );
});

Deno.test("Choosing begins with what is on the screen, and what is chosen stays there", () => {
  const stage = long(300);
  stage.type("\r");
  for (let i = 0; i < 4; i++) stage.type("\x1b[5~");
  const body = (): string[] => stage.screen.slice(1, -2);
  const chosen = (): string | undefined => body().find((row) => row.includes("▸"))?.match(/message \d+/)?.[0];
  const before = body();
  stage.type("\t");
  deepStrictEqual(body().map((row) => row.replace("▸", " ")), before, "nothing moves");
  strictEqual(chosen(), before.at(-1)!.match(/message \d+/)?.[0], "the lowest one");
  for (const key of ["\x1b[5~", "\x1b[5~", "\x1b[5~", "\x1b[6~", "\x1b[6~", "\x1b[6~", "\x1b[6~", "\x1b[A"]) {
    stage.type(key);
    ok(chosen() !== undefined, stage.screen.join("\n"));
  }
  stage.type("\x1b[<64;10;10M".repeat(20)); // the wheel
  const shown = chosen();
  stage.type("c");
  deepStrictEqual(stage.done.at(-1), { kind: "copy", text: shown, what: "the message" });
  stage.tell({ kind: "command", name: "select", argument: "251" });
  strictEqual(chosen(), "message 251");
  stage.type("\x1b[A");
  strictEqual(chosen(), "message 250");
});

Deno.test("Who goes elsewhere in a conversation has chosen what is there, and no command hits what was left", () => {
  for (const count of [30, 300]) {
    const stage = new Stage(80, 12);
    for (let n = 1; n <= count; n++) stage.keep(ALICE, { text: `message ${n}` });
    stage.readTo.set(ALICE, count);
    stage.begin();
    stage.type("\r\t");
    strictEqual(selectedMessage(stage.model)?.text, `message ${count}`);
    stage.type("\x1b[H");
    strictEqual(selectedMessage(stage.model)?.text, "message 1", `${count}`);
    ok(stage.screen.some((row) => /▸.*message 1$/.test(row)), stage.screen.join("\n"));
    stage.type("\x1b[B");
    strictEqual(selectedMessage(stage.model)?.text, "message 2");
  }
});

Deno.test("What is chosen stays on the screen whatever comes, and the new ones are counted below", () => {
  for (const together of [false, true]) {
    const stage = long(60, 60, 14);
    stage.type("\r\t");
    const chosen = (): string | undefined =>
      stage.screen.find((row) => row.includes("▸"))?.match(/message \d+/)?.[0];
    strictEqual(chosen(), "message 60");
    if (together) {
      for (let n = 61; n < 75; n++) stage.keep(ALICE, { text: `message ${n}` }); // one event tells of a page
      stage.receive(ALICE, { text: "message 75" });
    } else for (let n = 61; n <= 75; n++) stage.receive(ALICE, { text: `message ${n}` });
    strictEqual(chosen(), "message 60", stage.screen.join("\n"));
    ok(has(stage, "new below"), stage.screen.join("\n"));
    stage.type("c");
    deepStrictEqual(stage.done.at(-1), { kind: "copy", text: "message 60", what: "the message" });
    stage.type("\x1b\x1b[1;5F"); // Ctrl+End
    ok(has(stage, "message 75") && !has(stage, "new below"));
  }
});

Deno.test("What an answer answers stays that, when it is loaded no more", () => {
  const stage = new Stage(80, 14);
  for (let n = 1; n <= 600; n++) stage.keep(ALICE, { text: `message ${n}`, id: `${n}`.padStart(16, "0") });
  stage.readTo.set(ALICE, 600);
  stage.begin({ alice: ALICE });
  stage.type("\r");
  stage.tell({ kind: "command", name: "oldest", argument: "" });
  stage.tell({ kind: "command", name: "select", argument: "3" });
  stage.type("r");
  stage.type("\x1b[1;5F"); // Ctrl+End
  ok(has(stage, "message 600") && has(stage, "↳ answers alice: message 3"), stage.screen.join("\n"));
  stage.type("yes\r");
  const [sent] = effects(stage, "send");
  deepStrictEqual(sent.kind === "send" && [sent.text, sent.replyTo], ["yes", "3".padStart(16, "0")]);
});

Deno.test("What is to be deleted is shown, and nothing stays chosen in a conversation that is opened again", () => {
  const stage = new Stage(80, 14);
  stage.keep(ALICE, { text: "hello\nthere" });
  stage.keep(BOB, { text: "hi" });
  stage.begin({ alice: ALICE, bob: BOB });
  stage.tell({ kind: "command", name: "open", argument: "alice" });
  stage.type("\td");
  ok(has(stage, "Delete this message?") && has(stage, "alice: hello there"), stage.screen.join("\n"));
  stage.type("\x1b");
  stage.tell({ kind: "command", name: "open", argument: "bob" });
  stage.tell({ kind: "command", name: "open", argument: "alice" });
  stage.tell({ kind: "command", name: "delete", argument: "" });
  ok(has(stage, "Choose a message first"));
});

Deno.test("What is read is what was on the screen, with the focus there", () => {
  const stage = long(100, 40);
  stage.tell({ kind: "focus", focused: true });
  deepStrictEqual([...effects(stage, "read")], [], "the picker marks nothing");
  stage.type("\r");
  ok(has(stage, "message 41") && !has(stage, "message 100"), "begins at the first unread");
  const [first] = effects(stage, "read");
  ok(first.kind === "read" && first.position > 50 && first.position < 70, JSON.stringify(first));
  stage.type("\x1b[6~");
  const reads = effects(stage, "read");
  const second = reads.at(-1)!;
  ok(second.kind === "read" && second.position > first.position && second.position < 100);
  stage.tell({ kind: "focus", focused: false });
  stage.type("\x1b"); // a key without the focus is none of the user's
  stage.receive(ALICE, { text: "not seen" });
  strictEqual(effects(stage, "read").length, reads.length);
});

Deno.test("Where a terminal does not tell its focus, only what was there at a key is read", () => {
  const stage = long(3);
  stage.type("\r");
  stage.receive(ALICE, { text: "while away" });
  deepStrictEqual(effects(stage, "read"), []);
  stage.type("x");
  deepStrictEqual(effects(stage, "read").map((one) => one.kind === "read" && one.position), [4]);
});

Deno.test("An overlay, the picker and a search mark nothing; M does by hand", () => {
  const stage = newWorld(80, 24);
  stage.tell({ kind: "focus", focused: true });
  stage.type("?");
  stage.type("\x1b");
  stage.type("\x13");
  stage.type("hi\r");
  ok(has(stage, "hi, you do not know me"));
  stage.type("\x1b");
  deepStrictEqual(effects(stage, "read"), []);
  stage.type("M");
  deepStrictEqual(effects(stage, "read").length, 1);
  deepStrictEqual(stage.readTo.get(BOB), 1);
});

Deno.test("New lines move nothing for who reads further up: a counter says how many", () => {
  const stage = long(200);
  stage.type("\r");
  stage.type("\x1b[5~\x1b[5~");
  const before = stage.screen.slice(1, -3);
  for (let n = 0; n < 200; n++) stage.receive(ALICE, { text: `new ${n}` });
  deepStrictEqual(stage.screen.slice(1, -3), before);
  ok(has(stage, "↓ 200 new below"));
  stage.type("\x1b[1;5F");
  ok(has(stage, "new 199"));
});

Deno.test("Each conversation keeps its own place", () => {
  const stage = long(200);
  stage.keep(BOB, { text: "hello from bob" });
  stage.readTo.set(BOB, 1);
  stage.begin({ alice: ALICE, bob: BOB });
  stage.type("f");
  stage.type("alice\r");
  stage.type("\x1b[5~\x1b[5~");
  const before = stage.screen;
  stage.type("\x1b");
  stage.type("f");
  stage.type("bob\r");
  ok(has(stage, "hello from bob"));
  stage.type("\x1b");
  stage.type("f");
  stage.type("alice\r");
  deepStrictEqual(stage.screen, before);
});

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

Deno.test("Enter sends, Alt+Enter and Ctrl+J make a line, a paste never sends", () => {
  const stage = newWorld(80, 24);
  stage.type("f");
  stage.type("alice\r");
  stage.type("one\x1b\rtwo\nthree");
  stage.type("\x1b[200~pasted\rlines\r\x1b[201~");
  deepStrictEqual(effects(stage, "send"), []);
  stage.nowMs += 1000;
  stage.type("\r");
  deepStrictEqual(effects(stage, "send").map((one) => one.kind === "send" && one.text), [
    "one\ntwo\nthreepasted\nlines\n",
  ]);
  stage.type("   ");
  stage.type("\r");
  strictEqual(effects(stage, "send").length, 1, "blanks are no message");
});

Deno.test("What of a paste does not fit a message is told, and what the box takes can be sent", () => {
  const paste = (stage: Stage, text: string) => stage.type(`\x1b[200~${text}\x1b[201~`);
  const told = (left: number, limit = 65_472) =>
    `The paste is cut: ${left} characters beyond ${limit} bytes; /send-file sends a file`;
  const said = (stage: Stage) => stage.screen.at(-1)!.trimEnd();
  const draft = (stage: Stage) => openThread(stage.model)!.thread.draft.text;
  const excess = (text: string) => excessBytes({ text, id: "0123456789abcdef", ack: true });

  const stage = newWorld(80, 24);
  stage.type("f");
  stage.type("alice\r");
  paste(stage, "x".repeat(65_472));
  ok(!said(stage).includes("cut"));
  paste(stage, "and more");
  strictEqual(said(stage), told(8));
  strictEqual(excess(draft(stage)), 0);
  stage.type("y");
  strictEqual(said(stage), "A message holds no more; /send-file sends a file");
  stage.type("\x15"); // Ctrl+U
  paste(stage, "x".repeat(70_000));
  strictEqual(said(stage), told(4_528));
  strictEqual(draft(stage).length, 65_472);
  stage.type("\x15");
  // What is longer as it is sent: lines, and letters of several bytes.
  for (const text of ["line\n".repeat(14_000), "\u00e9".repeat(40_000), "\u{1f600}".repeat(20_000)]) {
    paste(stage, text);
    match(said(stage), /^The paste is cut: \d+ characters beyond 65472 bytes;/);
    strictEqual(excess(draft(stage)), 0);
    ok(excess(`${draft(stage)}${draft(stage).slice(0, 10)}`) > 0, "as much as fits");
    ok(draft(stage).isWellFormed());
    while (draft(stage) !== "") stage.type("\x15");
  }
  // What is shorter than all that fits is taken as it is, whatever it is.
  paste(stage, "\u{1f600}\n".repeat(1_000));
  ok(!said(stage).includes("cut"));
});

Deno.test("A draft stays with its conversation; a message that could not be kept comes back", () => {
  const stage = newWorld(80, 24);
  stage.type("\rhalf a thought");
  stage.type("\x1b");
  stage.type("f");
  stage.type("alice\r");
  ok(!has(stage, "half a thought"));
  stage.type("\x1b");
  stage.type("f");
  stage.type("bob\r");
  ok(has(stage, "» half a thought"));
  stage.held.add("send");
  stage.type("\r");
  const [sent] = effects(stage, "send");
  ok(sent.kind === "send" && has(stage, "half a thought"));
  stage.tell({ kind: "sent", id: sent.id, local: 99, problem: `${BOB} is blocked` });
  strictEqual(stage.model.notice?.text, "bob is blocked");
  stage.tell({ kind: "sent", id: sent.id, local: sent.local, problem: "The disk is full" });
  ok(has(stage, "» half a thought") && has(stage, "The disk is full"));
});

Deno.test("Lines that were sent come back with the arrow, and cut words with Ctrl+Y", () => {
  const stage = newWorld(80, 24);
  stage.type("\r");
  for (const text of ["first", "second"]) stage.type(`${text}\r`);
  stage.type("\x1b[A\x1b[A");
  ok(has(stage, "» first"));
  stage.type("\x1b[B");
  ok(has(stage, "» second"));
  stage.type("\x17");
  stage.type("x \x19");
  ok(has(stage, "» x second"));
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

Deno.test("Deleting asks how; forwarding asks whom", () => {
  const stage = newWorld(80, 24);
  stage.type("\r");
  stage.type("oops\r");
  stage.type("\t");
  stage.type("d");
  ok(has(stage, "for everyone"));
  stage.type("2");
  deepStrictEqual(effects(stage, "remove"), [
    { kind: "remove", id: withPerson(BOB), position: 2, everywhere: true },
  ]);
  ok(has(stage, "(deleted)"));
  stage.type("\t");
  stage.type("\x1b[A");
  stage.type("f");
  stage.type("alice\r");
  const sent = effects(stage, "send").at(-1)!;
  ok(sent.kind === "send" && sent.id === withPerson(ALICE) && sent.text.includes("skychat_forward"));
  ok(has(stage, "↪ forwarded from bob"));
});

Deno.test("Of what is deleted no more is offered than can still be done", () => {
  const group = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  const stage = newWorld(80, 24);
  stage.type("\r");
  stage.type("oops\r");
  stage.type("\td2");
  stage.type("\td");
  ok(
    has(stage, "1  for everyone: the other program is asked again") && !has(stage, "for me"),
    "it may not have been told",
  );
  stage.type("1");
  deepStrictEqual(effects(stage, "remove").at(-1), {
    kind: "remove",
    id: withPerson(BOB),
    position: 2,
    everywhere: true,
  });
  stage.type("\t\x1b[Ad1\t\x1b[Ad");
  strictEqual(stage.model.notice?.text, "This message is deleted already");
  strictEqual(effects(stage, "remove").length, 3);

  const room = new Stage(80, 24);
  room.keep(group, { text: "mine", outgoing: true, id: `${OWN}/1/1`, via: "group" });
  room.begin({});
  room.type("\r");
  room.deleted(group, 1);
  room.type("\td");
  strictEqual(room.model.notice?.text, "This message is deleted already", "a feed takes it back once");
  strictEqual(room.model.overlays.length, 0);
});

Deno.test("A group's message that is hidden and stands again leaves no placeholder beside it", () => {
  const group = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  const stage = new Stage(80, 24);
  const tail = `${BOB}/1796000000000000000/1`;
  stage.keep(group, { text: "before", id: `${BOB}/1/1` });
  stage.keep(group, { text: "said", id: tail });
  stage.begin({});
  stage.type("\r");
  ok(has(stage, "said"));
  stage.deleted(group, 2);
  ok(has(stage, "(deleted)") && !has(stage, "said"));
  stage.receive(group, { text: "said", id: `${tail}/again1` });
  ok(has(stage, "said") && !has(stage, "(deleted)"), stage.screen.join("\n"));
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

Deno.test("A day is found, and so is the first unread message beyond the first page", () => {
  const stage = new Stage(80, 24);
  stage.nowMs -= minutes(60 * 24 * 10);
  for (let day = 0; day < 10; day++) {
    for (let n = 0; n < 30; n++) stage.keep(ALICE, { text: `day ${day} message ${n}` });
    stage.nowMs += minutes(60 * 24);
  }
  stage.readTo.set(ALICE, 100);
  stage.begin({ alice: ALICE });
  stage.type("\r");
  ok(stage.screen[2].includes("day 3 message 10"), stage.screen.join("\n"));
  stage.tell({ kind: "command", name: "date", argument: "2026-11-24" });
  ok(has(stage, "day 7 message 0"));
  stage.tell({ kind: "command", name: "bottom", argument: "" });
  ok(has(stage, "day 9 message 29"));
});

Deno.test("The wheel scrolls what lies on top, and nothing behind it", () => {
  const stage = new Stage(80, 12);
  for (let n = 0; n < 60; n++) stage.keep(ALICE, { text: `message ${n}` });
  stage.begin({ alice: ALICE });
  stage.type("\r");
  stage.tell({ kind: "wheel", rows: 3, column: 60 });
  ok(!has(stage, "message 0") && has(stage, "message 9"), stage.screen.join("\n"));
  const behind = stage.screen;
  stage.tell({ kind: "command", name: "help", argument: "" });
  const help = stage.screen;
  stage.tell({ kind: "wheel", rows: 3, column: 60 });
  deepStrictEqual(stage.screen.slice(2, 8), help.slice(5, 11));
  stage.tell({ kind: "wheel", rows: -3, column: 60 });
  deepStrictEqual(stage.screen, help);
  stage.type("\x1b");
  deepStrictEqual(stage.screen.slice(1, 10), behind.slice(1, 10));
});

Deno.test("A click opens the conversation that stands there, and nothing through an overlay or beside the list", () => {
  for (const columns of [40, 120]) {
    const stage = new Stage(columns, 12);
    const names = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`peer${i}`, `02${`${i}`.padStart(64, "0")}`]),
    );
    for (const key of Object.values(names)) stage.keep(key, { text: "hi" });
    stage.begin(names);
    const click = (name: string, column = 3): void => {
      const row = stage.screen.findIndex((one) => one.slice(0, 30).includes(`${name} `));
      ok(row > 0, `${name}: ${stage.screen.join("\n")}`);
      stage.tell({ kind: "click", column, row });
    };
    const shown = (): string[] => stage.screen.flatMap((one) => /peer\d+/.exec(one.slice(0, 30))?.[0] ?? []);
    stage.type("\x1b[B".repeat(15));
    const [, , name] = shown();
    if (columns === 120) {
      click(name, 60);
      strictEqual(stage.model.open, undefined, "not beside the list");
    }
    stage.tell({ kind: "click", column: 3, row: 0 });
    stage.tell({ kind: "click", column: 3, row: 11 });
    strictEqual(stage.model.open, undefined, "nothing stands there");
    click(name);
    strictEqual(stage.model.open, withPerson(names[name]), `${columns} columns`);
    if (columns === 40) continue;
    stage.tell({ kind: "command", name: "help", argument: "" });
    const before = stage.model;
    click(shown().find((one) => one !== name)!);
    strictEqual(stage.model.open, before.open, "help lies above");
  }
});

Deno.test("In a filtered list a click opens the row under it", () => {
  const stage = new Stage(80, 12);
  stage.keep(ALICE, { text: "hi" });
  stage.keep(BOB, { text: "hi" });
  stage.begin({ alice: ALICE, bob: BOB });
  stage.type("fb");
  stage.tell({ kind: "click", column: 3, row: 1 });
  strictEqual(stage.model.open, undefined, "the filter is no conversation");
  stage.tell({ kind: "click", column: 3, row: 2 });
  strictEqual(stage.model.open, withPerson(BOB));
});

Deno.test("In the list the wheel moves the cursor, also in one that is filtered", () => {
  const stage = new Stage(80, 12);
  for (let n = 10; n < 40; n++) stage.keep(`02${`${n}`.repeat(32)}`, { text: "hi" });
  stage.begin({});
  const at = (): number => listed(stage.model).findIndex(({ id }) => id === selectedOf(stage.model));
  for (const [rows, to] of [[3, 3], [3, 6], [-3, 3], [-30, 0], [300, 29]]) {
    stage.tell({ kind: "wheel", rows, column: 3 });
    strictEqual(at(), to);
  }
  stage.type("f023");
  stage.tell({ kind: "wheel", rows: -3, column: 3 });
  deepStrictEqual([at(), listed(stage.model).length, stage.model.focus], [6, 10, "picker"]);
});

Deno.test("Ctrl+N says that there is one network", () => {
  const stage = newWorld(80, 24);
  stage.type("\x0e");
  ok(has(stage, "dmsg is the only network here"));
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

Deno.test("Of thousands of lines that are not kept yet only those on the screen are laid out", () => {
  const stage = newWorld(80, 24);
  stage.type("\r");
  const { thread } = openThread(stage.model)!;
  let read = 0;
  const unsent = Array.from({ length: 5000 }, (_, i) => ({
    local: i,
    get text(): string {
      read++;
      return `line ${i}`;
    },
  }));
  const { rows } = viewport(stage.model, { ...thread, unsent: unsent as never }, 80, 10);
  deepStrictEqual(
    rows.map((row) => row.at(-1)!.text),
    Array.from({ length: 10 }, (_, i) => `line ${4990 + i}`),
  );
  strictEqual(read, 10);
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
