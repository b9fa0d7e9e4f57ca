import fc from "fast-check";
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { NOT_READ, type Shown, ShownTails } from "../../../lib/group/talk/shown_tails.ts";

const SENDERS = ["02".padEnd(66, "a"), "03".padEnd(66, "b")];
const tails = fc.tuple(
  fc.constantFrom(...SENDERS.map((pk) => `${pk}/`), ""),
  fc.integer({ min: 0, max: 2 }),
  fc.constantFrom("1", "01", "2"),
).map(([sender, ts, counter]) => `${sender}${ts}/${counter}`);
const shown: fc.Arbitrary<Shown> = fc.record({
  sum: fc.oneof(fc.constant(NOT_READ), fc.integer({ min: 0, max: 4_294_967_310 })),
  isSealed: fc.boolean(),
  hasThread: fc.boolean(),
}, { noNullPrototype: true });
const timeOf = (tail: string): string => tail.slice(0, tail.lastIndexOf("/"));

Deno.test("Shown tails are what a plain map of them is", () => {
  fc.assert(fc.property(fc.array(fc.tuple(tails, fc.option(shown))), (steps) => {
    const real = new ShownTails();
    const plain = new Map<string, Shown>();
    const times = new Map<string, string>();
    for (const [tail, what] of steps) {
      if (what === null) {
        real.forget(tail);
        plain.delete(tail);
        if (times.get(timeOf(tail)) === tail) times.delete(timeOf(tail));
      } else {
        real.put(tail, what);
        plain.set(tail, what);
        times.set(timeOf(tail), tail);
      }
    }
    deepStrictEqual(real.tails(), [...plain.keys()]);
    for (const tail of plain.keys()) deepStrictEqual(real.get(tail), plain.get(tail));
    for (const time of [...SENDERS.map((pk) => `${pk}/1`), "1", "3"]) {
      strictEqual(real.at(time), times.get(time));
    }
  }));
});

Deno.test("Shown tails forget what came first when there are too many", () => {
  const real = new ShownTails(50);
  const [A] = SENDERS;
  const what = { sum: 1, isSealed: false, hasThread: true };
  for (let i = 0; i <= 50; i++) real.put(`${A}/${i}/1`, what);
  strictEqual(real.get(`${A}/0/1`), undefined);
  strictEqual(real.at(`${A}/0`), undefined);
  strictEqual(real.at(`${A}/1`), `${A}/1/1`);
  deepStrictEqual(real.get(`${A}/50/1`), what);
});
