/** A process that ends, or a disk that fails, at any operation of either side: everything once, in order. */
import { ok } from "node:assert/strict";
import { type Hit, Journey, type Target } from "./journey.ts";

const STORES: readonly Target[] = ["alice", "bob"];
const READERS: readonly Target[] = ["reader of alice", "reader of bob"];

/** `step`: of the milder faults every second place will do. */
const PLAN: readonly { targets: readonly Target[]; ways: readonly Hit["how"][]; step: number }[] = [
  { targets: STORES, ways: ["kill before", "kill after"], step: 1 },
  { targets: STORES, ways: ["fail", "lost answer", "cut"], step: 2 },
  { targets: READERS, ways: ["kill before", "kill after"], step: 1 },
];

Deno.test("Messages arrive once and in order whatever operation a process dies at", async (t) => {
  const counts = await new Journey().run();
  let points = 0;
  for (const { targets, ways, step } of PLAN) {
    for (const target of targets) {
      for (const how of ways) {
        const here = Math.ceil(counts[target] / step);
        points += here;
        await t.step(`${target}, ${how}: ${here} points`, async () => {
          for (let at = 0; at < counts[target]; at += step) await new Journey({ target, at, how }).run();
        });
      }
    }
  }
  await t.step(`${points} points in all`, () => ok(points >= 200));
});
