/** Lines of a conversation about lists, polls and invites: what they say, and where they lead. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { InviteView } from "../../lib/app/overlays/invite_views.ts";
import { encodeBody } from "../../lib/chat/body.ts";
import { encodeOverlay } from "../../lib/overlay/frame.ts";
import { has } from "./looks.ts";
import { id, item, list, opened, shared, TS } from "./shared_stage.ts";
import { ALICE, BOB, CAROL, Stage } from "./stage.ts";

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
