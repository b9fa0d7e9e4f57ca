import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type JobTurn, jobTurn, LONG_TURN_MS, waitsLong } from "../../../cli/bot/job_turn.ts";
import type { Overlays, WidgetView } from "../../../lib/app/overlays/overlays.ts";
import { jobWidgets } from "../../../lib/bot/job.ts";
import { PK } from "../../owner/fake_app.ts";

const OTHER = "03".repeat(33);
const NOW_MS = 1_800_000_000_000;
const WIDGETS = jobWidgets({ name: "backup", status: 3, tookMs: 1500, endMs: NOW_MS, log: [] });

/** What a conversation with a pace of a minute shows of a job. */
async function turn(rows: Partial<WidgetView>[]): Promise<JobTurn> {
  const overlays = {
    pace: () => Promise.resolve({ intervalMs: 60_000, maxBytes: 4096 }),
    widgets: () => Promise.resolve({ rows, total: rows.length }),
  } as unknown as Overlays;
  return await jobTurn({ pk: PK, overlays }, OTHER, WIDGETS, NOW_MS);
}

const row = (id: string, agoMs: number, rest: Partial<WidgetView> = {}): Partial<WidgetView> => ({
  id,
  bot: PK,
  ts: new Date(NOW_MS - agoMs).toISOString(),
  ...rest,
});

Deno.test("A job that ends again within a minute has its turn a minute behind the last of its widgets", async () => {
  const rows = [row("backup", 50_000), row("backup-log", 20_000), row("load", 1000)];
  deepStrictEqual(await turn([...rows, row("backup", 0, { bot: OTHER })]), {
    intervalMs: 60_000,
    leftMs: 40_000,
    isOver: false,
  });
  strictEqual((await turn([])).leftMs <= 0, true);
});

Deno.test("How a job ended is not said behind how it ended later", async () => {
  const ended = (value: number): Partial<WidgetView> => row("backup-ended", 90_000, { kind: "since", value });
  strictEqual((await turn([ended(NOW_MS - 1)])).isOver, false);
  strictEqual((await turn([ended(NOW_MS)])).isOver, false);
  strictEqual((await turn([ended(NOW_MS + 1)])).isOver, true);
});

Deno.test("A turn is waited for with nothing open when it comes later than any value waits, and within 10 min", () => {
  const of = (leftMs: number): JobTurn => ({ intervalMs: 60_000, leftMs, isOver: false });
  strictEqual(waitsLong(of(10_000), 0, LONG_TURN_MS), false);
  strictEqual(waitsLong(of(10_001), 0, LONG_TURN_MS), true);
  strictEqual(waitsLong(of(10_001), 20_000, LONG_TURN_MS), false);
  strictEqual(waitsLong(of(600_000), 0, LONG_TURN_MS), true);
  strictEqual(waitsLong(of(600_001), 0, LONG_TURN_MS), false);
});
