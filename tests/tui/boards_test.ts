/** Boards and polls on the screen. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { PollView, ThreadView } from "../../lib/app/overlays/overlays.ts";
import { momentOf } from "../../tui/drawing/time.ts";
import { OVERLAYS } from "../../tui/overlays/mod.ts";
import type { SharedEffect, ShownThread } from "../../tui/state/shared_types.ts";
import { has } from "./looks.ts";
import { id, opened, said, shared, TS } from "./shared_stage.ts";
import { ALICE, OWN } from "./stage.ts";

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
