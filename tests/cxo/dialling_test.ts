/** Whom a node dials, and when: the plans alone. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ATTEMPT_MS, Dialling } from "../../lib/cxo/node/dialling.ts";
import { keyOf } from "./world.ts";

const [A, B] = [keyOf(1), keyOf(2)];
/** Nothing is added to a wait. */
const even = () => new Dialling({ fraction: () => 0 });

/** Fails an attempt after another. @returns How long each wait was. */
function waits(plans: Dialling, times: number): number[] {
  const list: number[] = [];
  for (let nowMs = plans.deadlineMs!; list.length < times; nowMs = plans.deadlineMs!) {
    deepStrictEqual(plans.due(nowMs), { dial: [A], late: [] });
    plans.failed(A, nowMs);
    list.push(plans.deadlineMs! - nowMs);
  }
  return list;
}

Deno.test("A peer that is not there is asked less and less often, and as at first once it was", () => {
  const plans = even();
  plans.want(A, false, 0);
  deepStrictEqual(waits(plans, 31), [
    ...[3000, 6000, 12_000, 24_000, 30_000, 30_000, 30_000, 30_000, 30_000],
    ...Array.from({ length: 20 }, () => 300_000), // from the tenth on
    ...[1_800_000, 1_800_000], // and from the thirtieth
  ]);
  const nowMs = plans.deadlineMs!;
  plans.due(nowMs);
  plans.connected(A);
  strictEqual(plans.deadlineMs, undefined, "who is connected is not dialled");
  plans.pause(A, nowMs);
  strictEqual(plans.deadlineMs! - nowMs, 1000);
  deepStrictEqual(waits(plans, 2), [3000, 6000]);
});

Deno.test("Waits differ: up to a quarter longer after a failure, up to twice as long after a lost connection", () => {
  const plans = new Dialling({ fraction: () => 0.5 });
  plans.want(A, false, 0);
  deepStrictEqual(waits(plans, 2), [3375, 6750]);
  plans.pause(A, 0);
  strictEqual(plans.deadlineMs, 1500);
});

Deno.test("An attempt is late after 15 s, and who is wanted again while it runs is not dialled twice", () => {
  const plans = even();
  plans.want(A, false, 0);
  plans.due(0);
  plans.want(A, false, 10);
  strictEqual(plans.isDialling(A), true);
  deepStrictEqual(plans.due(ATTEMPT_MS - 1), { dial: [], late: [] });
  deepStrictEqual(plans.due(ATTEMPT_MS), { dial: [], late: [A] });
  strictEqual(plans.unwant(A), true, "its attempt is to be given up");
  deepStrictEqual([plans.isDialling(A), plans.deadlineMs], [false, undefined]);
  plans.failed(A, ATTEMPT_MS);
  strictEqual(plans.deadlineMs, undefined, "nobody waits for a peer that is wanted no more");
});

Deno.test("Of several the earliest is the next, and who is connected already is not dialled", () => {
  const plans = even();
  plans.want(A, true, 0);
  strictEqual(plans.deadlineMs, undefined);
  plans.want(B, false, 500);
  deepStrictEqual([plans.due(499), plans.due(500)], [{ dial: [], late: [] }, { dial: [B], late: [] }]);
  plans.pause(A, 600);
  strictEqual(plans.deadlineMs, 1600);
  plans.connected(A);
  strictEqual(plans.deadlineMs, 500 + ATTEMPT_MS);
});
