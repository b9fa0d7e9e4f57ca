/** Lists, boards and polls on the screen. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import type { InviteView } from "../../lib/app/overlays/invite_views.ts";
import type { ItemView, ListView, PollView, ThreadView } from "../../lib/app/overlays/overlays.ts";
import { encodeBody } from "../../lib/chat/body.ts";
import { encodeOverlay } from "../../lib/overlay/frame.ts";
import { momentOf } from "../../tui/drawing/time.ts";
import type { Said } from "../../tui/effects/parts.ts";
import { OVERLAYS } from "../../tui/overlays/mod.ts";
import type { ShownThread } from "../../tui/state/shared_types.ts";
import type { SharedEffect } from "../../tui/state/shared_types.ts";
import { doShared } from "../../tui/steps/shared.ts";
import { ALICE, BOB, CAROL, OWN, Stage, withPerson } from "./stage.ts";

const TS = "2026-11-27T10:00:00Z";
const last = { author: ALICE, what: "new", ts: TS };
const id = withPerson(ALICE);
const list: ListView = {
  id: "a".repeat(16),
  name: "Shop\u202eping",
  author: ALICE,
  ts: TS,
  archived: false,
  items: 2,
  done: 0,
  last,
};
const item = (name: string, done = false): ItemView => ({
  id: name.repeat(16),
  text: name,
  done,
  author: ALICE,
  ts: TS,
  last,
});

function opened(command: string): Stage {
  const stage = new Stage(80, 24);
  stage.keep(ALICE, { text: "hello" });
  stage.begin({ alice: ALICE });
  stage.type("\r");
  stage.tell({ kind: "command", name: command, argument: "" });
  return stage;
}
const shared = (stage: Stage): SharedEffect[] =>
  stage.done.filter((one): one is SharedEffect => one.kind === "shared" || one.kind === "share");
const said = (stage: Stage): unknown[] =>
  shared(stage).flatMap((one) => one.kind === "share" && "change" in one.say ? [one.say.change] : []);
const has = (stage: Stage, text: string): boolean => stage.screen.some((row) => row.includes(text));

Deno.test("An invite is a message without its link; a key accepts it, another refuses it", () => {
  const stage = new Stage(80, 24);
  const link = `skychat://${BOB}`;
  stage.keep(ALICE, { text: `meet bob\n${link}` }, { text: "hello" });
  stage.begin({ alice: ALICE, bob: BOB });
  stage.type("\r");
  ok(has(stage, "[invite] to talk with bob,") && has(stage, "meet bob") && !has(stage, link));
  stage.tell({ kind: "command", name: "select", argument: "1" });
  stage.type("N");
  stage.type("a");
  const at = { kind: "share", id, view: { show: "invites" } } as const;
  deepStrictEqual(shared(stage), [
    { ...at, say: { in: "invite", position: 1, answer: "refuse" } },
    { ...at, say: { in: "invite", position: 1, answer: "accept" } },
  ]);
  stage.type("l");
  deepStrictEqual(stage.done.at(-1), { kind: "there", id, position: 1 });
  stage.tell({ kind: "there", id, place: { kind: "invite", id: "e".repeat(16) } });
  const invite = {
    id: "e".repeat(16),
    position: 1,
    author: ALICE,
    ts: TS,
    offer: { kind: "contact", pk: BOB },
  };
  stage.tell({ kind: "shared", shared: { id, invites: [{ ...invite, state: "refused" } as InviteView] } });
  ok(has(stage, "contact bob  from alice, refused"));
  stage.type("x");
  deepStrictEqual(shared(stage).at(-1), { ...at, say: { in: "invite", position: 1, answer: "refuse" } });
});

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

Deno.test("What comes for the conversation on the screen asks again; for another one not", () => {
  const stage = opened("lists");
  const before = shared(stage).length;
  stage.receive(ALICE, { text: "[list] added x to y" });
  strictEqual(shared(stage).length, before + 1);
  stage.receive(`02${"9".repeat(64)}`, { text: "other" });
  strictEqual(shared(stage).length, before + 1);
});

Deno.test("A line about an item leads to that item; one of the chat nowhere", () => {
  const stage = new Stage(80, 24);
  stage.keep(ALICE, { text: "hello" });
  stage.keep(ALICE, {
    text: encodeOverlay({ overlay: 2, data: "{}", fallback: "[list] checked c in x", extra: {} }),
  });
  stage.begin({ alice: ALICE });
  stage.type("\r\t");
  ok(has(stage, "[list] checked c in x") && !stage.screen.join().includes('"o":2'));
  stage.type("l");
  deepStrictEqual(stage.done.at(-1), { kind: "there", id, position: 2 });
  const sought = "c".repeat(16);
  stage.tell({ kind: "there", id, place: { kind: "list", id: sought, within: list.id } });
  deepStrictEqual(shared(stage).at(-1), { kind: "shared", id, view: { show: "list", list: list.id } });
  const items = [item("b"), item("c"), item("d")];
  stage.tell({ kind: "shared", shared: { id, list: { view: list, items } } });
  ok(has(stage, "▸ [ ] c"), "the item is chosen");
  stage.type("\x1b[B");
  stage.tell({ kind: "shared", shared: { id, list: { view: list, items: [item("a"), ...items] } } });
  ok(has(stage, "▸ [ ] d"), "from then on the reader chooses");
  stage.type("\x1b");
  const before = shared(stage).length;
  stage.type("\x1b[A");
  stage.type("l");
  strictEqual(shared(stage).length, before);
  ok(has(stage, "This message is of no list, board or poll"));
  stage.tell({ kind: "there", id, place: {} });
  ok(has(stage, "is not here any more"));
});

Deno.test("Lines about polls, answers, dashboards and invites lead there", () => {
  const stage = opened("lists");
  stage.type("\x1b");
  const sought = "e".repeat(16);
  const views = ([
    [{ kind: "poll", id: sought }, { show: "polls" }],
    [{ kind: "board", id: sought, within: list.id }, { show: "thread", post: list.id }],
    [{ kind: "list", id: list.id }, { show: "list", list: list.id }],
    [{ kind: "dash" }, { show: "widgets" }],
    [{ kind: "invite", id: sought }, { show: "invites" }],
  ] as const).map(([place, view]) => {
    stage.tell({ kind: "there", id, place });
    const last = shared(stage).at(-1);
    stage.type("\x1b");
    return [last?.kind === "shared" ? last.view : undefined, view];
  });
  for (const [seen, expected] of views) deepStrictEqual(seen, expected);
});

Deno.test("Posts are read and answered, polls asked and voted", () => {
  const root: ThreadView = {
    id: "e".repeat(16),
    author: ALICE,
    ts: TS,
    text: "bike",
    depth: 0,
    replies: 0,
    unread: 1,
    expired: false,
    lastTs: TS,
  };
  const board = opened("board");
  const old: ShownThread = {
    ...root,
    id: "d".repeat(16),
    text: "rules",
    unread: 0,
    replies: 2,
    lastTs: "2026-11-26T09:30:00Z",
    expires: "2026-12-24T18:00:00Z",
    pinned: true,
  };
  board.tell({
    kind: "shared",
    shared: { id, threads: [old, { ...old, expired: true, pinned: undefined }] },
  });
  const until = momentOf(board.model, Date.parse(old.expires!));
  const grew = momentOf(board.model, Date.parse(old.lastTs));
  const facts = [
    `pinned, until ${until}, 2 answers, last ${grew}, alice`,
    `over, 2 answers, last ${grew}, alice`,
  ];
  deepStrictEqual(
    OVERLAYS.board.items!(board.model, board.model.overlays.at(-1)!).map(({ text }) => text),
    facts.map((one) => `rules  (${one})`),
  );
  board.tell({ kind: "shared", shared: { id, threads: [root] } });
  ok(has(board, "bike  (1 new, alice)"));
  board.type("\r");
  board.tell({
    kind: "shared",
    shared: { id, thread: { root, replies: [{ ...root, id: "f".repeat(16), text: "50?", depth: 1 }] } },
  });
  ok(has(board, "alice: 50?"));
  ok(has(board, "1 new, alice"), "how the thread stands");
  board.type("\x1b[Br");
  deepStrictEqual(board.screen.slice(1, 4).map((row) => row.trimEnd()), ["alice", "50?", ""]);
  board.type("\x1b");
  board.type("\x1b[A");
  board.type("\x1b[B");
  board.type("\rok\r");
  deepStrictEqual(said(board), [{ do: "reply", id: "f".repeat(16), text: "ok" }]);
  const poll: PollView = {
    id: "1".repeat(16),
    author: ALICE,
    ts: TS,
    question: "When?",
    choices: [{ text: "mon", votes: 0, voters: [] }, { text: "tue", votes: 1, voters: [OWN] }],
    many: false,
    voters: 1,
    over: false,
  };
  const polls = opened("polls");
  polls.type("nonly a question\r");
  deepStrictEqual(said(polls), [], "it needs choices");
  polls.type("\x15When? | mon | tue\r");
  polls.type("nHow many? | few | many | several choices | until 2d\r");
  polls.type("nHow? | by bus | until 2d | several choices\r");
  deepStrictEqual(
    said(polls).slice(1).map((one) => ({ ...one as object, until: "" })),
    [{ do: "new", text: "How many?", choices: ["few", "many"], many: true, until: "" }],
    "words that say how are no choices",
  );
  polls.type("\x1b");
  polls.tell({ kind: "shared", shared: { id, polls: [poll] } });
  ok(has(polls, "*   1  tue"));
  polls.type("\r");
  strictEqual(polls.model.notice?.text, "Choose one of its choices below, then Enter");
  polls.type("\x1b[B\r\x1b[B\r");
  deepStrictEqual(said(polls).slice(-2), [
    { do: "vote", id: poll.id, votes: [0] },
    { do: "vote", id: poll.id, votes: [] },
  ]);
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

Deno.test("A chosen post stays chosen while its thread is read and the posts change places", () => {
  const post = (name: string): ShownThread => ({
    id: name.repeat(16),
    author: ALICE,
    ts: TS,
    text: name,
    depth: 0,
    replies: 0,
    unread: 0,
    expired: false,
    lastTs: TS,
  });
  const [a, b, c] = [post("a"), post("b"), post("c")];
  const stage = opened("board");
  stage.tell({ kind: "shared", shared: { id, threads: [a, b, c] } });
  stage.type("\x1b[B");
  stage.type("\r");
  stage.tell({ kind: "shared", shared: { id, thread: { root: b, replies: [] } } });
  stage.tell({ kind: "shared", shared: { id, threads: [{ ...b, pinned: true }, post("d"), a, c] } });
  stage.type("\x1b");
  ok(has(stage, "▸ b  (pinned, alice)"), stage.screen.join("\n"));
});

Deno.test("All of a long post can be read, row by row", () => {
  const stage = opened("board");
  const text = `Bike\n\n${"word ".repeat(400)}end`;
  const root = {
    id: "e".repeat(16),
    author: ALICE,
    ts: TS,
    lastTs: TS,
    text,
    depth: 0,
    replies: 0,
    unread: 0,
    expired: false,
  };
  stage.tell({ kind: "shared", shared: { id, threads: [root] } });
  stage.type("\r");
  stage.tell({ kind: "shared", shared: { id, thread: { root, replies: [] } } });
  stage.type("r");
  deepStrictEqual(stage.screen.slice(2, 5).map((row) => row.trimEnd().slice(0, 9)), [
    "Bike",
    "",
    "word word",
  ]);
  stage.type("\x1b[6~\x1b[6~\x1b[6~\x1b[6~\x1b[6~");
  ok(stage.screen.some((row) => row.trimEnd() === "end"), stage.screen.join("\n"));
  stage.type("\x1b");
  ok(has(stage, "alice: Bike"));
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

Deno.test("An answer quotes a line of a list, an invite and a passed-on text in words", () => {
  const stage = new Stage(80, 24);
  const line = encodeOverlay({ overlay: 2, data: "{}", fallback: "[list] checked c in x", extra: {} });
  stage.keep(
    ALICE,
    { text: line, id: "1" },
    { text: `[invite] a contact\nskychat://${BOB}`, id: "2" },
    ...["1", "2"].map((replyTo) => ({ text: "ok", replyTo })),
  );
  stage.begin({ alice: ALICE, bob: BOB });
  stage.type("\r");
  const quotes = stage.screen.flatMap((row) => /│ (.*?) *$/.exec(row)?.[1] ?? []);
  deepStrictEqual(quotes[0], "alice: [list] checked c in x");
  ok(quotes[1].startsWith("alice: [invite] to talk with bob, "), quotes[1]);
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

Deno.test("An answer in a group quotes our own copy of what it means, and names nobody for what only it tells", () => {
  const group = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
  const stage = new Stage(80, 24);
  stage.keep(group, { text: "shall we meet?", id: "1", sender: ALICE });
  const { ts } = stage.stored.get(group)![0];
  const answer = (toSender: string, toTs: string): string =>
    encodeBody({ kind: "reply", toSender, toTs, toPreview: "I owe you 100", text: "yes" });
  stage.keep(
    group,
    { text: answer(ALICE, ts), sender: BOB },
    { text: answer(CAROL, ts), sender: BOB },
    { text: answer(ALICE, "2026-11-01T00:00:00Z"), sender: BOB },
  );
  stage.begin({ alice: ALICE, bob: BOB, carol: CAROL });
  stage.type("\r");
  const quotes = stage.screen.flatMap((row) => /│ (.*?) *$/.exec(row)?.[1] ?? []);
  deepStrictEqual(quotes, ["alice: shall we meet?", "I owe you 100", "I owe you 100"]);
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

Deno.test("An ad and a poll are given their ends where they are written", () => {
  const board = opened("board");
  board.tell({ kind: "shared", shared: { id, threads: [] } });
  board.type("nBike | blue | until 7d\r");
  const expires = "2026-12-04T14:00";
  const post = said(board).at(-1) as { text: string; expires: string };
  deepStrictEqual([post.text, post.expires.slice(0, 16)], ["Bike | blue", expires]);
  const { say } = shared(board).at(-1) as Extract<SharedEffect, { kind: "share" }>;
  board.tell({ kind: "unsaid", id, say });
  board.type("n");
  ok(
    board.screen[2].startsWith(`> Bike | blue | until ${expires}`),
    "and stand there again when it was refused",
  );
  board.type("\x15\x15Bike | until tomorrow\r");
  ok(board.screen.at(-1)!.startsWith("An end is 30m, 7d, 2026-12-24"), board.screen.at(-1));
  ok(board.screen[2].startsWith("> Bike | until tomorrow"), "it stays to be mended");
  board.type("\x15we wait | until\r");
  deepStrictEqual(said(board).at(-1), { do: "post", text: "we wait | until" });

  const polls = opened("polls");
  polls.type("nHow long? | until friday | until sunday\r");
  deepStrictEqual(said(polls).at(-1), {
    do: "new",
    text: "How long?",
    choices: ["until friday", "until sunday"],
  });
  polls.type("nWhen? | mon | tue | until 2026-12-24\r");
  deepStrictEqual(said(polls).at(-1), {
    ...{ do: "new", text: "When?", choices: ["mon", "tue"] },
    until: "2026-12-24T23:59:59Z",
  });
});

Deno.test("A poll says until when, what is over is over without being asked again, and who voted is one key away", () => {
  const choices = [{ text: "mon", votes: 2, voters: [ALICE, OWN] }, { text: "tue", votes: 0, voters: [] }];
  const poll: PollView = {
    ...{ id: "1".repeat(16), author: ALICE, ts: TS, question: "When?", choices, many: true, voters: 2 },
    ...{ over: false, until: "2026-11-27T14:30:00Z" },
  };
  const stage = opened("polls");
  stage.tell({ kind: "shared", shared: { id, polls: [poll] } });
  ok(has(stage, `When?  (until ${momentOf(stage.model, Date.parse(poll.until!))}, several choices)`));
  stage.type("\x1b[Bw");
  ok(has(stage, "Who voted: When?") && has(stage, "mon: alice, you") && has(stage, "tue: nobody"));
  stage.type("\x1b");
  stage.nowMs = Date.parse(poll.until!);
  stage.tell({ kind: "tick" });
  ok(has(stage, "When?  (over, several choices)"));
});

Deno.test("Whose post it is is said before another text of it is written", () => {
  const root: ThreadView = {
    ...{ id: "e".repeat(16), author: ALICE, ts: TS, text: "bike", depth: 0, replies: 0, unread: 0 },
    ...{ expired: false, lastTs: TS },
  };
  const stage = opened("board");
  stage.tell({ kind: "shared", shared: { id, threads: [root] } });
  stage.type("\r");
  stage.tell({ kind: "shared", shared: { id, thread: { root, replies: [] } } });
  stage.type("e");
  strictEqual(stage.screen.at(-1), "Only its author can change a post: Enter answers");
  strictEqual(stage.model.overlays.at(-1)?.name, "thread");
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
