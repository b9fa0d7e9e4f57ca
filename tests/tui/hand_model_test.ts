/**
 * Nothing moves under the hand: what comes and what was asked changes no text that is being written, nor where it goes, nor
 * what is chosen; a text leaves by being sent, cut or run; and from anywhere a few keys lead back to the line.
 */
import fc from "fast-check";
import { deepStrictEqual, ok } from "node:assert/strict";
import { graphemes } from "../../tui/drawing/width.ts";
import { OVERLAYS } from "../../tui/overlays/mod.ts";
import { listed, selectedOf, threadOf } from "../../tui/state/model.ts";
import type { Effect, Model, Msg, Overlay } from "../../tui/state/types.ts";
import { update } from "../../tui/steps/update.ts";
import { newWorld } from "./journey.ts";
import { acts } from "./monkeys.ts";
import { ALICE, BOB, CAROL, type Stage, withPerson } from "./stage.ts";

/** What the user's hand does, or asks for. */
const BY_HAND: readonly Msg["kind"][] = [
  "key",
  "paste",
  "wheel",
  "click",
  "command",
  "choose",
  "edited",
  "there",
  "entered",
];

/** A text of one's own that has gone from where it was. */
function checkStep(before: Model, msg: Msg, after: Model): void {
  const [, effects] = update(before, msg);
  const what = JSON.stringify(msg).slice(0, 300);
  for (const [id, { draft }] of Object.entries(before.threads)) {
    const now = threadOf(after, id as keyof typeof after.threads).draft;
    if (now.text === draft.text) continue;
    if (BY_HAND.includes(msg.kind)) {
      ok(
        before.open === id || msg.kind !== "key" && msg.kind !== "paste",
        `${what}: another conversation's text`,
      );
      if (now.text === "" && graphemes(draft.text).length > 1) {
        ok(isElsewhere(draft.text, now.cut, after, effects), `${what}: ${draft.text}`);
      }
    } else {
      ok(
        msg.kind === "sent" && msg.problem !== undefined && draft.text === "",
        `${what}: ${draft.text} → ${now.text}`,
      );
    }
  }
  if (msg.kind === "sent") checkUnsent(before, msg, after, what);
  if (BY_HAND.includes(msg.kind)) return;
  deepStrictEqual(
    [after.focus, after.open, after.picker.filter?.text],
    [before.focus, before.open, before.picker.filter?.text],
    what,
  );
  deepStrictEqual(
    after.overlays.map(({ name, input }) => [name, input.text]),
    before.overlays.map(({ name, input }) => [name, input.text]),
    what,
  );
  checkRow(before, msg, after, what);
  const chosen = selectedOf(before);
  if (
    chosen !== undefined && msg.kind !== "conversations" &&
    listed(after).some(({ id }) => id === chosen)
  ) {
    deepStrictEqual(selectedOf(after), chosen, `${what}: the picker's cursor`);
  }
  if (before.open === undefined || msg.kind === "page" || msg.kind === "resize") return;
  const [old, now] = [threadOf(before, before.open), threadOf(after, before.open)];
  const isThere = (position?: number) => now.messages.some((one) => one.position === position);
  if (isThere(old.selected)) deepStrictEqual(now.selected, old.selected, `${what}: the chosen message`);
  if (isThere(old.anchor?.position)) deepStrictEqual(now.anchor, old.anchor, `${what}: the place`);
}

/** The row that is chosen on top is the same person or thing, if it is there still. */
function checkRow(before: Model, msg: Msg, after: Model, what: string): void {
  const [old, now] = [before.overlays.at(-1), after.overlays.at(-1)];
  if (old === undefined || now === undefined || msg.kind === "found" || msg.kind === "shared") return;
  const rows = (model: Model, { name, at }: Overlay, more: Overlay) => {
    const items = OVERLAYS[name].items?.(model, more) ?? [];
    return { chosen: items[Math.max(0, Math.min(items.length - 1, at))]?.id, ids: items.map(({ id }) => id) };
  };
  const [was, is] = [rows(before, old, old), rows(after, now, now)];
  if (was.chosen !== undefined && is.ids.includes(was.chosen)) {
    deepStrictEqual(is.chosen, was.chosen, `${what}: a row`);
  }
}

/** Whether a text was sent, cut, run, or may be had again. */
function isElsewhere(
  text: string,
  cut: string | undefined,
  { sentLines, threads }: Model,
  effects: readonly Effect[],
): boolean {
  const isSent = effects.some((effect) => effect.kind === "send" && text.includes(effect.text.trim()));
  const isKept = Object.values(threads).some(({ unsent }) =>
    unsent.some((one) => text.includes(one.text.trim()))
  );
  return isSent || isKept || text.trim() === "" || text.startsWith("/") || cut?.includes(text) === true ||
    sentLines.some((line) => text.includes(line.trim()) && line.trim() !== "");
}

function checkUnsent(
  before: Model,
  { id, local, problem }: Extract<Msg, { kind: "sent" }>,
  after: Model,
  what: string,
): void {
  const lost = threadOf(before, id).unsent.find((one) => one.local === local);
  if (problem === undefined || lost === undefined) return;
  const { draft, unsent } = threadOf(after, id);
  ok(
    draft.text === lost.text || unsent.some(({ text }) => text === lost.text),
    `${what}: ${lost.text} is lost`,
  );
}

/** A few keys lead to the line, and what is typed there is in it. */
function comesBack(stage: Stage): void {
  stage.resize(80, 24);
  for (let left = 2 * stage.model.overlays.length; left >= 0; left--) stage.type("\x1b");
  deepStrictEqual(stage.model.overlays, [], "overlays close");
  stage.tell({ kind: "command", name: "open", argument: ALICE });
  for (let i = 0; i < 4 && stage.model.focus !== "compose"; i++) stage.type("\t");
  deepStrictEqual(stage.model.focus, "compose");
  const before = threadOf(stage.model, stage.model.open!).draft;
  if (before.text.length > 60_000) return; // it is full
  const { cursor } = stage.frame;
  ok(cursor !== undefined, "the caret is on the screen");
  stage.type("x");
  const { text } = threadOf(stage.model, stage.model.open!).draft;
  deepStrictEqual(text, before.text.slice(0, before.at) + "x" + before.text.slice(before.at));
}

Deno.test("What comes moves nothing under the hand, no text is lost, and a few keys lead back to the line", () => {
  fc.assert(
    fc.property(fc.array(acts, { minLength: 10, maxLength: 60 }), fc.boolean(), (acts, fails) => {
      const stage = newWorld(80, 24);
      if (fails) stage.held.add("send");
      stage.onStep = checkStep;
      for (const act of acts) {
        act(stage);
        const sent = stage.done.splice(0).find((effect) => effect.kind === "send");
        if (!fails || sent?.kind !== "send") continue;
        stage.tell({ kind: "sent", id: sent.id, local: sent.local, problem: "no" });
      }
      comesBack(stage);
    }),
    {
      seed: Number(Deno.env.get("DMSG_MODEL_SEED") ?? 20261130),
      numRuns: Number(Deno.env.get("DMSG_MODEL_RUNS") ?? 60),
    },
  );
});

Deno.test("What is passed on to somebody, or sent by a command, leaves the text that is being written there", () => {
  const stage = newWorld(80, 24);
  const to = (peer: string) => stage.tell({ kind: "command", name: "open", argument: peer });
  to(BOB);
  stage.type("half a thought");
  stage.tell({ kind: "command", name: "send", argument: "at once" });
  const { draft, unsent } = threadOf(stage.model, withPerson(BOB));
  deepStrictEqual([draft.text, unsent], ["half a thought", []]);
  to(ALICE);
  stage.type("\x1b[1;3Af");
  stage.type("bob\r");
  const bob = threadOf(stage.model, withPerson(BOB));
  deepStrictEqual([stage.model.open, bob.draft.text], [withPerson(BOB), "half a thought"]);
  deepStrictEqual(stage.stored.get(BOB)!.slice(-2).map(({ text }) => text.slice(0, 9)), [
    "at once",
    '{"skychat',
  ]);
});

Deno.test("A page that could not be read is asked for again, whatever was open when that was said", () => {
  const stage = newWorld(80, 24);
  stage.held.add("page");
  stage.tell({ kind: "command", name: "open", argument: ALICE });
  stage.tell({ kind: "command", name: "open", argument: BOB });
  stage.tell({ kind: "failed", what: "Cannot read the messages", why: "busy" });
  stage.done.splice(0);
  stage.tell({ kind: "command", name: "open", argument: ALICE });
  deepStrictEqual(stage.done.filter(({ kind }) => kind === "page"), [
    { kind: "page", id: withPerson(ALICE), where: "newest" },
  ]);
});

Deno.test("Whom a message is passed on to, and which stranger is taken, stays who was chosen when others write", () => {
  const stage = newWorld(80, 24);
  stage.tell({ kind: "command", name: "open", argument: ALICE });
  stage.type("\x1b[1;3Af");
  const chosen = (): string | undefined => stage.screen.find((row) => row.startsWith("▸ "));
  const first = chosen();
  for (const peer of [BOB, ALICE, CAROL]) {
    stage.receive(peer, { text: "and another" });
    deepStrictEqual(chosen(), first);
  }
  stage.type("\x1b");
  stage.tell({ kind: "command", name: "requests", argument: "" });
  stage.type("\x1b[B");
  const stranger = chosen();
  for (const peer of [BOB, CAROL, `02${"d4".repeat(32)}`]) {
    stage.receive(peer, { text: "me first" });
    deepStrictEqual(chosen()?.slice(0, 18), stranger?.slice(0, 18));
  }
});
