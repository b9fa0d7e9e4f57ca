/** What answers show of what they answer, and what is being written of it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeBody } from "../../lib/chat/body.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { quotedBy } from "../../tui/effects/pages.ts";
import { idOf, selectedMessage, withThread } from "../../tui/state/model.ts";
import { ALICE, BOB, Stage } from "./stage.ts";

Deno.test("A quote follows what it quotes: its writer's name, its taking back, and our copy once that is loaded", () => {
  const stage = new Stage(80, 24);
  stage.keep(ALICE, { text: "shall we meet?" }, { text: "yes", outgoing: true });
  const [asked, yes] = stage.stored.get(ALICE)!;
  stage.stored.get(ALICE)![1] = { ...yes, replyTo: asked.id };
  const group = { toSender: ALICE, toTs: asked.ts, toPreview: "shall we", text: "as in a group" };
  stage.keep(ALICE, { text: encodeBody({ kind: "reply", ...group }), outgoing: true });
  // In a group the writer stands beside the conversation.
  stage.stored.get(ALICE)![0] = { ...asked, sender: ALICE };
  stage.begin();
  stage.type("\r");
  const quotes = (): string[] => stage.screen.filter((row) => row.includes("│")).map((row) => row.trim());
  const ending = (end: string): boolean =>
    quotes().length === 2 && quotes().every((row) => row.endsWith(end));
  ok(ending("│ alice: shall we meet?"), quotes().join("\n"));
  stage.tell({ kind: "names", names: new Map([[ALICE, "Alice B"]]) });
  ok(ending("│ Alice B: shall we meet?"), quotes().join("\n"));
  stage.deleted(ALICE, 1);
  ok(ending("│ Alice B: (deleted)"), quotes().join("\n"));
});

Deno.test("What was written and not kept stays when everything is read again", () => {
  const stage = new Stage();
  stage.keep(ALICE, { text: "hello" });
  stage.keep(BOB, { text: "hello" });
  stage.begin();
  stage.held.add("send");
  const [ann, ben] = [idOf(ALICE), idOf(BOB)];
  const lost = { local: 7, text: "not kept", problem: "the disk is full" };
  stage.tell({ kind: "command", name: "open", argument: ALICE });
  stage.type("\t"); // chooses
  stage.type("r");
  stage.type("half");
  const { replyTo } = stage.model.threads[ann];
  ok(replyTo !== undefined);
  stage.model = withThread(stage.model, ann, { unsent: [lost] });
  stage.tell({ kind: "command", name: "open", argument: BOB });
  stage.tell({ kind: "event", event: { cursor: 9, ts: "2026-11-27T14:00:00Z", kind: "lost" } });
  deepStrictEqual(stage.model.open, ben);
  const { draft, replyTo: still, unsent } = stage.model.threads[ann];
  deepStrictEqual([draft.text, still, unsent], ["half", replyTo, [lost]]);
});

Deno.test("A quote of several lines that only its answer tells is one line", () => {
  const stage = new Stage(80, 24);
  const quote = { toSender: BOB, toTs: "2026-11-01T00:00:00Z", toPreview: "one\n\ntwo\x1b[2J" };
  stage.keep(ALICE, { text: encodeBody({ kind: "reply", ...quote, text: "yes" }) });
  stage.begin();
  stage.type("\r");
  ok(stage.screen.some((row) => row.endsWith("│ one two\\x1b[2J")), stage.screen.join("\n"));
});

Deno.test("A key leads from an answer to what it answers, loaded or not, and that is chosen then", async () => {
  const stage = new Stage(80, 12);
  for (let n = 1; n <= 300; n++) stage.keep(ALICE, { text: `message ${n}` });
  const at = (position: number): MessageView => stage.stored.get(ALICE)![position - 1];
  stage.keep(ALICE, { text: "near", replyTo: at(290).id }, { text: "far", replyTo: at(7).id });
  stage.keep(ALICE, { text: "gone", replyTo: "f".repeat(16) });
  const group = { toSender: `02${"ab".repeat(32)}`, toTs: at(9).ts, toPreview: "x", text: "ours" };
  stage.keep(ALICE, { text: encodeBody({ kind: "reply", ...group }) });
  stage.readTo.set(ALICE, 304);
  stage.begin({ alice: ALICE });
  stage.type("\r");
  const chosen = (): number | undefined => selectedMessage(stage.model)?.position;
  const from = (position: number): void => {
    stage.tell({ kind: "command", name: "bottom", argument: "" });
    stage.tell({ kind: "command", name: "select", argument: `${position}` });
    stage.type("l");
  };
  from(301);
  strictEqual(chosen(), 290);
  ok(stage.screen.some((row) => /▸.*message 290$/.test(row)), stage.screen.join("\n"));
  from(302);
  const effect = stage.done.at(-1)!;
  ok(effect.kind === "quoted" && effect.before === 302);
  const history = ({ before = 999, limit }: { before?: number; limit: number }) =>
    Promise.resolve(stage.stored.get(ALICE)!.filter(({ position }) => position < before).slice(-limit));
  const answer = await quotedBy({ history }, effect);
  deepStrictEqual(answer, { kind: "quoted", id: idOf(ALICE), position: 7 });
  stage.tell(answer);
  strictEqual(chosen(), 7);
  ok(stage.screen.some((row) => /▸.*message 7$/.test(row)), stage.screen.join("\n"));
  strictEqual(stage.model.notice, undefined);
  from(303);
  const nowhere = stage.done.at(-1)!;
  ok(nowhere.kind === "quoted");
  deepStrictEqual(await quotedBy({ history }, nowhere), {
    kind: "said",
    text: "What it answers is not here any more",
  });
  stage.stored.get(ALICE)![8] = { ...at(9), outgoing: true };
  from(304);
  const ours = stage.done.at(-1)!;
  ok(ours.kind === "quoted" && ours.quote.id === undefined && ours.quote.sender === undefined);
  deepStrictEqual(await quotedBy({ history }, ours), { kind: "quoted", id: idOf(ALICE), position: 9 });
  stage.type("\x1bwriting");
  stage.tell({ kind: "quoted", id: idOf(ALICE), position: 9 });
  strictEqual(stage.model.focus, "compose", "whoever writes meanwhile goes on writing");
});
