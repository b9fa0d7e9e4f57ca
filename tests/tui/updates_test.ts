/** What bots say beside their values: summaries in the picker, and what people are told of. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import type { HistoryRequest, MessageView } from "../../lib/app/messages/messages.ts";
import { dashFrame } from "../../lib/app/overlays/dash_frame.ts";
import type { WidgetUpdate } from "../../lib/app/overlays/overlays.ts";
import { encodeOverlay } from "../../lib/overlay/frame.ts";
import { Linear } from "../../tui/lines/linear.ts";
import { previewOf } from "../../tui/steps/updates.ts";
import { ALICE, BOB, Stage, withPerson } from "./stage.ts";

/** A bot's message. */
function update(value: number, more: Partial<WidgetUpdate> = {}): { text: string } {
  const { overlay, data, line } = dashFrame({ id: "load", kind: "gauge", value, warn: 3, alarm: 4, ...more });
  return { text: encodeOverlay({ overlay, data, fallback: line, extra: { s: 1 } }) };
}

/** What a desktop was told since the last call. */
function told(stage: Stage): string[] {
  const bodies = stage.done.splice(0).flatMap((one) => one.kind === "notify" ? [one.body] : []);
  stage.nowMs += 5000;
  return bodies;
}

Deno.test("A threshold that is passed is told once, and again when it gets worse or comes back", () => {
  const stage = new Stage(80, 24, { focused: false });
  stage.model = { ...stage.model, preferences: { ...stage.model.preferences, desktop: true } };
  stage.begin();
  const hears = (...said: Parameters<typeof update>): string[] => {
    stage.receive(ALICE, update(...said));
    return told(stage);
  };
  deepStrictEqual(hears(1), [], "values are no news");
  deepStrictEqual(hears(3.5), ["! warning [dash] load: 3.5"]);
  deepStrictEqual(hears(3.6), []);
  deepStrictEqual(hears(9), ["!! ALARM [dash] load: 9"]);
  deepStrictEqual(hears(3.6), [], "better is no news");
  deepStrictEqual(hears(9, { id: "other" }), ["!! ALARM [dash] other: 9"]);
  deepStrictEqual(hears(2), []);
  deepStrictEqual(hears(3), ["! warning [dash] load: 3"]);
  deepStrictEqual(hears(1, { info: "Backup done", notify: true }), ["[dash] Backup done"]);
  stage.receive(ALICE, { text: "a person" });
  deepStrictEqual(told(stage), ["a person"]);
});

Deno.test("The picker shows what bots say of a conversation until they say something else", () => {
  const stage = new Stage(80, 24);
  stage.keep(ALICE, update(1, { summary: "all\u202e well" }));
  stage.keep(BOB, { text: "hello" });
  stage.begin();
  const row = (name: string): string => stage.screen.find((one) => one.includes(name)) ?? "";
  ok(row("bob").includes("hello"));
  stage.receive(BOB, update(2, { summary: "load 2", info: "Restarted" }));
  ok(row("bob").includes("load 2 · [dash] Restarted"), row("bob"));
  stage.receive(BOB, { text: "thanks" });
  ok(row("bob").includes("load 2 · thanks"), row("bob"));
  stage.receive(BOB, update(2, { summary: "load 0" }));
  ok(row("bob").includes("load 0 · ") && !row("bob").includes("load 2"));
  // A bot that says more than a sender of ours lets through is cut, on the screen and read aloud.
  const [body, frame] = update(2, { summary: "short" }).text.split("\u2063");
  const long = `${"x".repeat(19)}${"日".repeat(20)}`;
  stage.receive(BOB, { text: `${body}\u2063${frame.replace("short", long)}` });
  ok(row("bob").includes(`${"x".repeat(19)}…`) && !row("bob").includes("日"), row("bob"));
  const read: string[] = [];
  stage.onStep = (before, msg, after) => void read.push(...new Linear().lines(before, msg, after));
  for (const name of ["up", "down"]) stage.tell({ kind: "command", name, argument: "" });
  const spoken = read.find((line) => line.includes("bob")) ?? "";
  ok(spoken.includes(`${"x".repeat(19)}…`) && !spoken.includes("日"), read.join("\n"));
});

Deno.test("Values without a line for the chat are none on the screen: only their summary is shown", () => {
  const stage = new Stage(80, 24, { focused: true });
  stage.keep(ALICE, { text: "hello" });
  stage.keep(BOB, { text: "hi" });
  stage.begin();
  stage.type("fbob\r\r");
  const values = (from: number, to: number, more: Partial<WidgetUpdate> = {}): void => {
    for (let i = from; i < to; i++) {
      stage.receive(ALICE, { ...update(i, more), silent: true });
      stage.receive(BOB, { ...update(i, more), silent: true });
    }
  };
  values(1, 10, { summary: "calm" });
  const unread = (peer: string) => stage.model.conversations.find(({ key }) => key === peer)!.unread;
  deepStrictEqual([unread(ALICE), unread(BOB)], [1, 0]);
  const preview = stage.model.conversations.find(({ key }) => key === ALICE)!;
  deepStrictEqual([preview.preview?.text, preview.summary], ["hello", "calm"]);
  stage.receive(BOB, { text: "behind them" });
  values(20, 30);
  stage.receive(BOB, { text: "and again" });
  const { messages } = stage.model.threads[withPerson(BOB)];
  deepStrictEqual(messages.map(({ text }) => text), ["hi", "behind them", "and again"]);
  strictEqual(stage.done.filter(({ kind }) => kind === "page").length, 1, "nothing is asked again");
  ok(!stage.screen.some((row) => row.includes("[dash]")), stage.screen.join("\n"));
  stage.type("\t\x1b[A");
  const chosen = (): number | undefined => stage.model.threads[withPerson(BOB)].selected;
  strictEqual(chosen(), messages[1].position, "the line above, over what lies between");
});

Deno.test("At the start the newest line is shown, and the summary that the App knows", async () => {
  const seen: string[] = [];
  const preview = async (...texts: string[]) => {
    const app = {
      messages: {
        history: ({ limit, lines }: HistoryRequest) => {
          ok(lines);
          return Promise.resolve(texts.slice(-limit).map((text) => ({ text, state: "read" }) as MessageView));
        },
      },
      overlays: {
        summary: ({ conversation }: { conversation: string }) => {
          seen.push(conversation);
          return Promise.resolve({ summary: "from rows" });
        },
      },
    };
    const { message, summary } = await previewOf(app as unknown as App, ALICE);
    return [message?.text, summary];
  };
  deepStrictEqual(await preview("a", "b"), ["b", "from rows"]);
  deepStrictEqual(await preview(), [undefined, "from rows"]);
  deepStrictEqual(seen, [ALICE, ALICE]);
});
