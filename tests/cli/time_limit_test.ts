import { rejects, strictEqual } from "node:assert/strict";
import { TimeLimit } from "../../cli/time_limit.ts";
import { FakeClock } from "../fakes/clock.ts";

Deno.test("A time limit begins with the process, and leaves the network half a second or all of it", () => {
  for (
    const [startMs, limitMs, leftMs] of [[90, 1000, 910], [90, 200, 200], [900, 1000, 500], [0, 5000, 5000]]
  ) {
    strictEqual(new TimeLimit(new FakeClock(startMs), limitMs).leftMs(), leftMs);
  }
});

Deno.test("A time limit ends what nothing else has limited a little later", async () => {
  const clock = new FakeClock(100);
  const limit = new TimeLimit(clock, 1000);
  const never = new Promise<never>(() => {});
  const over = rejects(limit.bound(never, () => new Error("late"), new AbortController().signal), /late/);
  await clock.advance(979);
  strictEqual(clock.pendingTimers, 1);
  await clock.advance(1);
  await over;
  strictEqual(limit.leftMs(), 1);
});
