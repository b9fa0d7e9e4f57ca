import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { publishInTurn } from "../../../cli/bot/in_turn.ts";
import type { OverlayReport } from "../../../lib/app/overlays/changes.ts";
import type { Overlays, WidgetView } from "../../../lib/app/overlays/overlays.ts";
import { unlessAborted } from "../../../lib/sys/abort.ts";
import type { UserError } from "../../../lib/wire/errors.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { PK } from "../../owner/fake_app.ts";

const REPORT: OverlayReport = { id: "1", state: "acked", position: 1, line: "load: 1" };
const OTHER = "03".repeat(33);

/** A value that waits, in a conversation with a pace. @param lastMs  When the widget's last value went. */
function waiting(intervalMs: number, waitMs: number, lastMs: (nowMs: number) => number, bot: string = PK) {
  const clock = new FakeClock();
  const nowMs = (): number => Number(clock.wallNs() / 1_000_000n);
  const gone = Promise.withResolvers<OverlayReport>();
  const last = { id: "load", bot, ts: new Date(lastMs(nowMs())).toISOString() } as WidgetView;
  const overlays = {
    pace: () => Promise.resolve({ intervalMs, maxBytes: 4096 }),
    widgets: () => Promise.resolve({ rows: [last], total: 1 }),
    publish: (_: unknown, signal?: AbortSignal) => unlessAborted(signal, gone.promise),
  } as unknown as Overlays;
  const request = { conversation: OTHER, waitMs, widget: { id: "load", kind: "number", value: 1 } } as const;
  const { signal } = new AbortController();
  return { clock, gone, done: publishInTurn({ clock, signal }, { pk: PK, overlays }, request) };
}

Deno.test("A value whose turn comes in an hour is refused within a second, and says when the next one can go", async () => {
  const { clock, done } = waiting(3_600_000, 10_000, (nowMs) => nowMs - 600_000);
  await Promise.all([
    rejects(done, ({ kind, message, hint }: UserError) => {
      deepStrictEqual([kind, message, hint], [
        "busy",
        "This conversation takes a value of a widget every 3600 s",
        "The next one can go in 2999 s; `dmsg bot pace` shows and sets it.",
      ]);
      return true;
    }),
    clock.advance(1000),
  ]);
});

for (
  const [name, one] of [
    ["comes within the wait", () => waiting(60_000, 60_000, (nowMs) => nowMs)],
    ["comes within the 10 s of every conversation", () => waiting(10_000, 0, (nowMs) => nowMs)],
    ["is not known", () => waiting(60_000, 0, () => 0)],
    ["has come: it waits for an ack", () => waiting(3_600_000, 0, (nowMs) => nowMs + 100)],
    ["is another bot's", () => waiting(3_600_000, 0, (nowMs) => nowMs, OTHER)],
  ] as const
) {
  Deno.test(`A value is waited for whose turn ${name}`, async () => {
    const { clock, gone, done } = one();
    await clock.advance(5000);
    gone.resolve(REPORT);
    strictEqual(await done, REPORT);
  });
}
