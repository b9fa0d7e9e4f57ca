import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { increasing, sleep, systemClock, within } from "../../lib/sys/clock.ts";
import { FakeClock, settle } from "../fakes/clock.ts";

Deno.test("The system's wall clock is strictly increasing and near the system's time", () => {
  const clock = systemClock();
  let last = 0n;
  for (let i = 0; i < 1000; i++) {
    const now = clock.wallNs();
    ok(now > last);
    last = now;
  }
  const offMs = Math.abs(Number(last / 1_000_000n) - Date.now());
  ok(offMs < 3000, `off by ${offMs} ms`);
});

Deno.test("A wall clock never stands still, and follows one that was set, ten years either way", () => {
  let ns = 1_800_000_000_000_000_000n;
  const wallNs = increasing(() => ns);
  const start = ns;
  deepStrictEqual([wallNs(), wallNs(), wallNs()], [start, start + 1n, start + 2n]);
  ns -= 1_000_000n;
  strictEqual(wallNs(), start + 3n, "two clocks of one machine differ by a little");
  const years = 10n * 365n * 86_400_000_000_000n;
  for (const jump of [years, -years, -years, years]) {
    ns += jump;
    strictEqual(wallNs(), ns);
  }
});

Deno.test("The system's timer runs once, and not at all when it was cancelled", async () => {
  const clock = systemClock();
  const ran: string[] = [];
  clock.after(0, () => ran.push("cancelled"))();
  await new Promise<void>((resolve) => clock.after(0, () => (ran.push("ran"), resolve())));
  deepStrictEqual(ran, ["ran"]);
});

Deno.test("The system's timer does not run at once for what is a month or for ever away", async () => {
  const ran: number[] = [];
  const pause = systemClock();
  // The first timers of a process are others than the later ones.
  for (const clock of [systemClock(), pause]) {
    for (let i = 0; i < (clock === pause ? 65 : 0); i++) clock.after(0, () => {})();
    const cancels = [2 ** 31, 30 * 86_400_000, Infinity].map((ms) => clock.after(ms, () => ran.push(ms)));
    await sleep(pause, 60);
    for (const cancel of cancels) cancel();
  }
  deepStrictEqual(ran, []);
});

Deno.test("sleep ends at its time", async () => {
  const clock = new FakeClock();
  let awake = false;
  sleep(clock, 100).then(() => awake = true);
  await clock.advance(99);
  strictEqual(awake, false);
  await clock.advance(1);
  await settle();
  strictEqual(awake, true);
});

Deno.test("sleep rejects with the signal's reason and leaves no timer", async () => {
  const clock = new FakeClock();
  const abort = new AbortController();
  const sleeping = sleep(clock, 100, abort.signal);
  abort.abort(new Error("enough"));
  await rejects(sleeping, /enough/);
  await rejects(sleep(clock, 100, abort.signal), /enough/);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("within gives the promise's outcome, or the late error", async () => {
  const clock = new FakeClock();
  const late = () => new Error("late");
  strictEqual(await within(clock, 100, Promise.resolve(7), late), 7);
  await rejects(within(clock, 100, Promise.reject(new Error("own")), late), /own/);
  strictEqual(clock.pendingTimers, 0);
  const endless = within(clock, 100, new Promise(() => {}), late);
  const failing = rejects(endless, /late/);
  await clock.advance(100);
  await failing;
});

Deno.test("The fake clock runs timers in order and lets promises settle in between", async () => {
  const clock = new FakeClock(0);
  const order: string[] = [];
  clock.after(20, () => order.push(`b@${clock.nowMs()}`));
  clock.after(10, async () => {
    order.push(`a@${clock.nowMs()}`);
    await settle();
    clock.after(5, () => order.push(`c@${clock.nowMs()}`));
  });
  const before = clock.wallNs();
  await clock.advance(30);
  deepStrictEqual(order, ["a@10", "c@15", "b@20"]);
  deepStrictEqual([clock.nowMs(), clock.wallNs() - before], [30, 30_000_000n]);
});
