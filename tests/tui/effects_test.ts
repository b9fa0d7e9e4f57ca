import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { App } from "../../lib/app/app.ts";
import type { Messages, MessageView } from "../../lib/app/messages/messages.ts";
import { sha256 } from "../../lib/crypto/hash.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { Effects, type Said, type Surface } from "../../tui/effects/effects.ts";
import { firstAt, firstUnread, pageFor, readPage } from "../../tui/effects/pages.ts";
import { safetyWords } from "../../tui/effects/verification.ts";
import { refusal } from "../../lib/app/groups/group_errors.ts";
import type { GroupRecord } from "../../lib/group/record/record.ts";
import { withHint } from "../../tui/effects/words.ts";
import { idOf, newModel } from "../../tui/state/model.ts";
import { copySequence, noticeSequence } from "../../tui/terminal/sequences.ts";
import { FakeClock } from "../fakes/clock.ts";
import { ALICE, BOB, OWN } from "./stage.ts";

const NOW_MS = Date.parse("2026-11-27T14:00:00Z");

/** A history of so many messages, an hour apart, every third one ours. */
function historyOf(count: number): { app: Pick<Messages, "history">; calls: () => number } {
  let calls = 0;
  const all = Array.from({ length: count }, (_, i): MessageView => ({
    peer: ALICE,
    position: i + 1,
    outgoing: i % 3 === 2,
    text: `${i + 1}`,
    ts: new Date(NOW_MS + (i - count) * 3_600_000).toISOString(),
    state: "received",
    via: "dmsg",
  }));
  const history: Messages["history"] = ({ limit, before = Infinity, after }) => {
    calls++;
    if (after !== undefined) {
      return Promise.resolve(all.filter(({ position }) => position > after).slice(0, limit));
    }
    return Promise.resolve(all.filter(({ position }) => position < before).slice(-limit));
  };
  return { app: { history }, calls: () => calls };
}

const places = ({ messages, ended }: Awaited<ReturnType<typeof readPage>>): unknown[] => [
  messages[0]?.position,
  messages.at(-1)?.position,
  ended.start,
  ended.end,
];

Deno.test("Pages lie side by side and know where they end", async () => {
  const { app } = historyOf(1000);
  deepStrictEqual(places(await readPage(app, ALICE, { where: "newest" })), [951, 1000, false, true]);
  deepStrictEqual(places(await readPage(app, ALICE, { where: "older", position: 951 })), [
    901,
    950,
    false,
    false,
  ]);
  deepStrictEqual(places(await readPage(app, ALICE, { where: "older", position: 31 })), [1, 30, true, false]);
  deepStrictEqual(places(await readPage(app, ALICE, { where: "newer", position: 900 })), [
    901,
    950,
    false,
    false,
  ]);
  deepStrictEqual(places(await readPage(app, ALICE, { where: "newer", position: 980 })), [
    981,
    1000,
    false,
    true,
  ]);
  deepStrictEqual(places(await readPage(app, ALICE, { where: "around", position: 500 })), [
    475,
    525,
    false,
    false,
  ]);
  deepStrictEqual(places(await readPage(app, ALICE, { where: "around", position: 1 })), [1, 26, true, false]);
});

Deno.test("A page has two screens of messages, and no more than is kept of a conversation", async () => {
  const { app } = historyOf(1000);
  deepStrictEqual([24, 60, 300].map(pageFor), [50, 120, 400]);
  const read = (where: "newest" | "around", position?: number): ReturnType<typeof readPage> =>
    readPage(app, ALICE, { where, position }, pageFor(60));
  deepStrictEqual(places(await read("newest")), [881, 1000, false, true]);
  deepStrictEqual(places(await read("around", 500)), [440, 560, false, false]);
});

Deno.test("A day in 100,000 messages is found in some twenty reads, the first unread one in order", async () => {
  const { app, calls } = historyOf(100_000);
  strictEqual(await firstAt(app, ALICE, NOW_MS - 50_000 * 3_600_000), 50_001);
  strictEqual(calls() <= 20, true);
  strictEqual(await firstAt(app, ALICE, NOW_MS + 1), undefined);
  strictEqual(await firstUnread(app, ALICE, 2), 99_998);
  strictEqual(await firstUnread(app, ALICE, 400), 99_401);
});

Deno.test("Reads that come fast are one write, up to the last of them", async () => {
  const marked: unknown[] = [];
  const clock = new FakeClock();
  const app = {
    messages: { markRead: (request: unknown) => Promise.resolve(void marked.push(request)) },
  } as unknown as App;
  const effects = new Effects({
    app,
    clock,
    host: {} as never,
    queues: true,
    tell: (_: Said) => {},
    model: () => newModel(OWN, { columns: 80, rows: 24 }),
    save: () => Promise.resolve(false),
    surface: {} as Surface,
  });
  const id = idOf(BOB);
  for (let position = 1; position <= 200; position++) effects.run({ kind: "read", id, position });
  await new Promise((resolve) => setTimeout(resolve));
  await clock.advance(1000);
  await new Promise((resolve) => setTimeout(resolve));
  deepStrictEqual(marked, [{ peer: BOB, position: 1 }, { peer: BOB, position: 200 }]);
});

Deno.test("Safety words are the same for both, and others for another key", () => {
  const words = Array.from({ length: 2048 }, (_, i) => `${i}`);
  const ours = safetyWords(OWN, ALICE, words, sha256);
  strictEqual(ours.length, 12);
  deepStrictEqual(safetyWords(ALICE, OWN, words, sha256), ours);
  strictEqual(safetyWords(OWN, BOB, words, sha256).join() === ours.join(), false);
});

Deno.test("Clipboard and notices are wrapped in tmux, and too long a text is refused", () => {
  strictEqual(copySequence("hi", { tmux: false }), "\x1b]52;c;aGk=\x07");
  strictEqual(copySequence("hi", { tmux: true })!.includes("\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\"), true);
  strictEqual(copySequence("x".repeat(100_000), { tmux: false }), undefined);
  strictEqual(noticeSequence("a;b", "hi", { term: "foot", tmux: false }), "\x1b]777;notify;a,b;hi\x1b\\");
  strictEqual(noticeSequence("a", "hi", { term: "xterm-kitty", tmux: false }), "\x1b]99;;a: hi\x1b\\");
  strictEqual(noticeSequence("a", "hi", { term: "xterm", tmux: false }), "\x1b]9;a: hi\x1b\\");
});

Deno.test("What can't be done as it was asked is told with what to do, unless that is a command for a shell", () => {
  const why = (hint: string) => withHint("No", new UserError("No", { kind: "usage", hint }));
  strictEqual(why("A name has 1 to 64 bytes."), "No. A name has 1 to 64 bytes.");
  strictEqual(why("`dmsg group ls` shows all."), "No");
  strictEqual(withHint("No", new Error("No")), "No");
  const record = { name: "ops" } as GroupRecord;
  strictEqual(
    withHint("No", refusal("you are restricted from sending messages in this group", record)),
    "No. An admin can change that.",
  );
});
