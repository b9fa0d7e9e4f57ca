import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { TimerQueue } from "../../lib/yamux/timers.ts";

const DURATION_MS = 100;

/** Time passes, then one of them happens. */
const steps = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 60 }),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant({ kind: "start" as const }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("stop" as const), nth: fc.nat(4) }) },
      { weight: 2, arbitrary: fc.constant({ kind: "due" as const }) },
      fc.record({ kind: fc.constant("crowd" as const), most: fc.nat(3), agoMs: fc.nat(100) }),
    ),
  ),
  { maxLength: 40 },
);

Deno.test("Timers run out in time and once, in whatever order they are started and stopped", () =>
  fc.assert(fc.property(steps, (steps) => {
    const queue = new TimerQueue<number>(DURATION_MS);
    let running: { readonly key: number; readonly startedMs: number }[] = [];
    let [nowMs, nextKey] = [0, 0];
    const takeModel = (isTaken: (startedMs: number, left: number) => boolean): number[] => {
      const taken: number[] = [];
      while (running.length > 0 && isTaken(running[0].startedMs, running.length)) {
        taken.push(running.shift()!.key);
      }
      return taken;
    };
    for (const [passedMs, step] of steps) {
      nowMs += passedMs;
      if (step.kind === "start") {
        running.push({ key: nextKey, startedMs: nowMs });
        queue.start(nextKey++, nowMs);
      } else if (step.kind === "stop") {
        const one = running[step.nth];
        strictEqual(queue.stop(one?.key ?? -1), one?.startedMs);
        running = running.filter((other) => other !== one);
      } else if (step.kind === "due") {
        deepStrictEqual(queue.takeDue(nowMs), takeModel((startedMs) => startedMs + DURATION_MS <= nowMs));
        strictEqual(queue.earliestMs, running.length > 0 ? running[0].startedMs + DURATION_MS : undefined);
      } else {
        const untilMs = nowMs - step.agoMs;
        deepStrictEqual(
          queue.takeCrowd(step.most, untilMs),
          takeModel((startedMs, left) => left > step.most && startedMs <= untilMs),
        );
      }
      strictEqual(queue.size, running.length);
      strictEqual(queue.crowdSinceMs(2), running.length > 2 ? running[0].startedMs : undefined);
      if (running.length === 0) strictEqual(queue.earliestMs, undefined);
      else ok(queue.earliestMs! <= running[0].startedMs + DURATION_MS, "never late");
    }
  })));
