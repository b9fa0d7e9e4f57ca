/** When a copy opens further streams. */
import { deepStrictEqual } from "node:assert/strict";
import { openStripes } from "../../lib/scp/extended/stripe_streams.ts";
import { FakeClock } from "../fakes/clock.ts";

/** Numbers of the streams that were opened after each quarter of a second, of a copy that moves so much in each. */
async function opened(
  quarters: readonly number[],
  more: { count: number; fastBytesPerS?: number },
): Promise<number[]> {
  const clock = new FakeClock();
  const numbers: number[] = [];
  const open = (number: number): Promise<void> => {
    numbers.push(number);
    return Promise.reject(new Error("nobody is there"));
  };
  let moved = 0;
  const end = openStripes({ ...more, open }, 7, clock, { bytes: () => moved, add: () => {} });
  const after: number[] = [];
  for (const bytes of quarters) {
    moved += bytes;
    await clock.advance(250);
    after.push(numbers.length);
  }
  await end();
  await clock.advance(10_000);
  deepStrictEqual(numbers, Array.from({ length: after.at(-1)! }, (_, i) => i + 1), "none behind its end");
  return after;
}

Deno.test("A copy opens one more stream in each quarter of a second, up to its count", async () => {
  deepStrictEqual(await opened([1e9, 1e9, 1e9, 1e9], { count: 3 }), [1, 2, 3, 3]);
  deepStrictEqual(await opened([0, 0, 0, 0], { count: 1 }), [1, 1, 1, 1]);
});

Deno.test("A copy that is fast enough opens none, and one when it gets slow", async () => {
  const fast = { count: 3, fastBytesPerS: 16e6 };
  deepStrictEqual(await opened([4e6, 5e6, 4e6], fast), [0, 0, 0]);
  deepStrictEqual(await opened([4e6, 3e6, 4e6, 3e6, 0, 0], fast), [0, 1, 1, 2, 3, 3]);
});
