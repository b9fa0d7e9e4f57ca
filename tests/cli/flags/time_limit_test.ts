import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { TimeLimit, waitingFor } from "../../../cli/flags/time_limit.ts";
import { FakeClock } from "../../fakes/clock.ts";

Deno.test("A time limit begins with the process, and leaves the network half a second or all of it", () => {
  for (
    const [startMs, limitMs, leftMs] of [[90, 1000, 910], [90, 200, 200], [900, 1000, 500], [0, 5000, 5000]]
  ) {
    strictEqual(new TimeLimit(new FakeClock(startMs), limitMs).leftMs(), leftMs);
  }
});

Deno.test("A time limit leaves each step that begins half a second, and a longer rest as it is", async () => {
  const clock = new FakeClock(0);
  const limit = new TimeLimit(clock, 2000);
  for (const [afterMs, leftMs] of [[1000, 1000], [900, 500], [600, 500]]) {
    await clock.advance(afterMs);
    limit.begin();
    strictEqual(limit.leftMs(), leftMs);
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

Deno.test("A time limit lets what has the same limit keep its outcome first", async () => {
  for (const [limitMs, boundMs] of [[4000, 3900 + 1000], [60_000, 59_900 + 4800]]) {
    const clock = new FakeClock(100);
    const never = new Promise<never>(() => {});
    const { signal } = new AbortController();
    const late = () => new Error("late");
    const over = rejects(new TimeLimit(clock, limitMs).bound(never, late, signal, 1000), /late/);
    await clock.advance(boundMs - 1);
    strictEqual(clock.pendingTimers, 1);
    await clock.advance(1);
    await over;
  }
});

Deno.test("A wait that is given is for all of the command; the usual one begins when it is asked for", () => {
  const clock = new FakeClock(300);
  const given = waitingFor(clock, 1000, 10_000);
  deepStrictEqual([given.leftMs(), given.limit?.ms], [700, 1000]);
  const usual = waitingFor(clock, undefined, 10_000);
  deepStrictEqual([usual.leftMs(), usual.limit], [10_000, undefined]);
  deepStrictEqual([waitingFor(clock, 0, 10_000).leftMs(), waitingFor(clock, 0, 10_000).limit], [
    0,
    undefined,
  ]);
});
