/** Several ways to one end, in turn and beside each other. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { hedged, type Way } from "../../lib/dmsg/streams/hedged.ts";
import { FakeClock, settle } from "../fakes/clock.ts";

/** What a way does: gives its number, or fails with a text, so many milliseconds after it began; `never` neither. */
type Does = readonly [afterMs: number, error?: string] | "never";

/** Ways, and when each began and was ended, as `2 begins at 1000`. */
function ways(all: readonly Does[], clock: FakeClock) {
  const log: string[] = [];
  const made = all.map((does, n): Way<number> => (signal) => {
    log.push(`${n} begins at ${clock.nowMs()}`);
    signal.addEventListener("abort", () => log.push(`${n} is ended: ${(signal.reason as Error).message}`));
    if (does === "never") {
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("ended"))));
    }
    const [afterMs, error] = does;
    return new Promise((resolve, reject) =>
      clock.after(afterMs, () => error === undefined ? resolve(n) : reject(new Error(error)))
    );
  });
  return { log, made };
}

/** Goes them, 1000 ms of silence each; an error that says "no" is final. */
function go(all: readonly Does[], signal?: AbortSignal) {
  const clock = new FakeClock(0);
  const dropped: number[] = [];
  const { log, made } = ways(all, clock);
  const outcome = hedged(made, {
    clock,
    stallMs: 1000,
    signal,
    isFinal: (error) => (error as Error).message === "no",
    drop: (late) => void dropped.push(late),
  });
  outcome.catch(() => {});
  return { clock, log, dropped, outcome };
}

const NOT_NEEDED = "another way was faster";

Deno.test("The first way that leads somewhere is gone alone, and nothing of it stays", async () => {
  const { clock, log, outcome } = go([[999], [0]]);
  await clock.advance(999);
  deepStrictEqual(await outcome, { value: 0 });
  deepStrictEqual(log, ["0 begins at 0", `0 is ended: ${NOT_NEEDED}`]);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("A way that stalls has the next one beside it, one that fails is followed at once", async () => {
  const { clock, log, dropped, outcome } = go(["never", [500, "away"], [1500], "never"]);
  await clock.advance(3000);
  deepStrictEqual(await outcome, { value: 2 });
  deepStrictEqual(log, [
    "0 begins at 0",
    "1 begins at 1000",
    "2 begins at 1500",
    "3 begins at 2500",
    ...[0, 1, 2, 3].map((n) => `${n} is ended: ${NOT_NEEDED}`),
  ]);
  deepStrictEqual([dropped, clock.pendingTimers], [[], 0]);
});

Deno.test("An earlier way that leads somewhere after all ends the wait for a later one", async () => {
  const { clock, log, outcome } = go([[1500], "never", "never"]);
  let endedMs: number | undefined;
  void outcome.then(() => endedMs = clock.nowMs());
  await clock.advance(1499);
  strictEqual(endedMs, undefined);
  await clock.advance(1);
  strictEqual(endedMs, 1500);
  strictEqual(log.filter((line) => line.includes("begins")).length, 2);
});

Deno.test("What comes in the same moment as the first is dropped, and later failures are nobody's", async () => {
  const { clock, dropped, outcome } = go([[1500], [500], [5000, "late"]]);
  await clock.advance(1500);
  deepStrictEqual(await outcome, { value: 0 });
  await settle();
  deepStrictEqual(dropped, [1]);
});

Deno.test("Where no way leads anywhere each tells why, in their order, when the last one has failed", async () => {
  const { clock, outcome } = go([[2500, "a"], [100, "b"], [100, "c"]]);
  let isOver = false;
  void outcome.finally(() => isOver = true);
  await clock.advance(2499);
  strictEqual(isOver, false);
  await clock.advance(1);
  const told = await outcome as { errors: Error[] };
  deepStrictEqual(told.errors.map(({ message }) => message), ["a", "b", "c"]);
  deepStrictEqual(await go([]).outcome, { errors: [] });
});

Deno.test("An error that is the answer ends the others, and no further way is gone", async () => {
  const { clock, log, outcome } = go(["never", [200, "no"], [0]]);
  await clock.advance(1200);
  await rejects(outcome, /^Error: no$/);
  deepStrictEqual(log.filter((line) => line.includes("begins")), ["0 begins at 0", "1 begins at 1000"]);
  strictEqual(log.filter((line) => line.includes("ended")).length, 2);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("Who gives up has the reason for that, whatever the ways say to it, and no further one is gone", async () => {
  const over = new AbortController();
  const { clock, log, outcome } = go(["never", "never", [0]], over.signal);
  await clock.advance(1500);
  over.abort(new Error("enough"));
  await rejects(outcome, /^Error: enough$/);
  await clock.advance(10_000);
  deepStrictEqual(log, ["0 begins at 0", "1 begins at 1000", "0 is ended: enough", "1 is ended: enough"]);
  strictEqual(clock.pendingTimers, 0);
  await rejects(go([[0]], AbortSignal.abort(new Error("before"))).outcome, /before/);
});
