import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Lanes } from "../../lib/wire/lanes.ts";

Deno.test("Lanes run so many at a time, begin them in order, and give each its own result", async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: 1, max: 5 }),
    fc.array(fc.record({ turns: fc.nat(6), fails: fc.boolean() }), { maxLength: 30 }),
    async (count, works) => {
      const lanes = new Lanes(count);
      const begun: number[] = [];
      let [now, most] = [0, 0];
      const results = await Promise.allSettled(works.map(({ turns, fails }, i) =>
        lanes.run(async () => {
          begun.push(i);
          most = Math.max(most, ++now);
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          now--;
          if (fails) throw new Error(`${i}`);
          return i;
        })
      ));
      ok(most <= count);
      deepStrictEqual(begun, works.map((_, i) => i));
      for (const [i, result] of results.entries()) {
        if (result.status === "fulfilled") strictEqual(result.value, i);
        else strictEqual(result.reason.message, `${i}`);
      }
    },
  ));
});

Deno.test("Lanes are free again behind work that throws before it waits", async () => {
  const lanes = new Lanes(1);
  await rejects(
    lanes.run(() => {
      throw new Error("at once");
    }),
    /at once/,
  );
  strictEqual(await lanes.run(() => Promise.resolve(7)), 7);
});
