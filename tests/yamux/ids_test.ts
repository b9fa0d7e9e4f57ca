import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { UsedIds } from "../../lib/yamux/ids.ts";

Deno.test("UsedIds takes each id once, in any order within its window", () => {
  const ids = new UsedIds();
  const order = [5, 1, 3, 9, 7, 2047, 11];
  deepStrictEqual(order.map((id) => ids.take(id)), order.map(() => true));
  deepStrictEqual(order.map((id) => ids.take(id)), order.map(() => false));
});

Deno.test("UsedIds refuses an id 1024 steps below the highest, which may have been used", () => {
  const ids = new UsedIds();
  ids.take(2 * 2000);
  strictEqual(ids.take(2 * (2000 - 1024)), false);
  strictEqual(ids.take(2 * (2000 - 1023)), true);
});

Deno.test("UsedIds takes the largest id and jumps of any length", () => {
  const ids = new UsedIds();
  deepStrictEqual([1, 0x7fffffff, 0xffffffff, 0xffffffff].map((id) => ids.take(id)), [
    true,
    true,
    true,
    false,
  ]);
});

Deno.test("UsedIds never takes an id twice and always takes a new one within its window", () => {
  // From the highest one on: ids of any place would soon be all below it.
  const steps = fc.array(fc.oneof(fc.integer({ min: -1100, max: 1100 }), fc.integer({ min: -3, max: 3 })), {
    minLength: 20,
    maxLength: 200,
  });
  fc.assert(fc.property(steps, (steps) => {
    const ids = new UsedIds();
    const seen = new Set<number>();
    let highest = 0;
    ids.take(1);
    seen.add(0);
    for (const step of steps) {
      const place = Math.max(0, highest + step);
      const expected = !seen.has(place) && place > highest - 1024;
      strictEqual(ids.take(2 * place + 1), expected);
      if (expected) seen.add(place);
      highest = Math.max(highest, place);
    }
  }));
});

Deno.test("UsedIds takes an id that was passed over, whatever had its place a window before", () => {
  const ids = new UsedIds();
  const order = [3, 3 + 2 * 1025, 3 + 2 * 1024];
  deepStrictEqual(order.map((id) => ids.take(id)), [true, true, true]);
});
