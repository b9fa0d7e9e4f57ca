import { ok, strictEqual } from "node:assert/strict";
import { SyncPace } from "../../lib/sys/files/sync_pace.ts";

/** Syncs on a disk. @param takes  How long each takes. @returns How many have stopped the program, and for how long. */
function run(count: number, takes: (i: number) => number): { stops: number; stoppedMs: number } {
  const pace = new SyncPace();
  let [stops, stoppedMs] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (pace.next()) continue;
    stops++;
    stoppedMs += takes(i);
    pace.took(takes(i));
  }
  return { stops, stoppedMs };
}

Deno.test("Syncs of a quick disk stop the program, and no other thread is asked", () => {
  strictEqual(run(10_000, () => 0.2).stops, 10_000);
});

Deno.test("Syncs of a slow disk stop the program a few times in thousands", () => {
  const { stops, stoppedMs } = run(10_000, () => 15);
  ok(stops <= 20 && stoppedMs <= 300, `${stops} for ${stoppedMs} ms`);
});

Deno.test("A slow sync now and then is no slow disk", () => {
  strictEqual(run(10_000, (i) => i % 5 === 0 ? 8 : 0.2).stops, 10_000);
  strictEqual(run(10_000, (i) => i % 10 < 2 ? 8 : 0.2).stops, 10_000);
});

Deno.test("A disk that becomes quick is found out, and one that becomes slow again too", () => {
  const isSlow = (i: number): boolean => i < 2000 || i >= 6000;
  const pace = new SyncPace();
  let quick = 0;
  let slow = 0;
  for (let i = 0; i < 10_000; i++) {
    if (pace.next()) continue;
    if (isSlow(i)) slow++;
    else quick++;
    pace.took(isSlow(i) ? 15 : 0.2);
  }
  ok(quick >= 2900, `${quick} of 4000`);
  ok(slow <= 30, `${slow} of 6000`);
});
