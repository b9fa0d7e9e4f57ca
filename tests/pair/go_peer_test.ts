/** A pair with a Go program, which keeps fewer secrets than we do: it hears all the same. */
import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { GoSide } from "./go_side.ts";
import { ALICE, BOB, DAY_NS, Side, START_NS } from "./side.ts";

const HOUR_NS = DAY_NS / 24n;

Deno.test("What both said while the other was away, a day after the last word, is heard by a Go program as well", () => {
  const [ours, go] = [new Side(ALICE, BOB), new GoSide(BOB, ALICE, START_NS)];
  for (const hour of [0n, 1n]) {
    ours.say(`ours ${hour}`, START_NS + hour * HOUR_NS);
    go.hear(ours.leaves);
    go.say(`Go's ${hour}`, START_NS + hour * HOUR_NS + 1n);
    ours.hear(go.leaves, START_NS + hour * HOUR_NS + 2n);
  }
  ours.say("ours, alone", START_NS + 2n * DAY_NS);
  go.say("Go's, alone", START_NS + 3n * DAY_NS);
  go.hear(ours.leaves);
  ours.hear(go.leaves, START_NS + 4n * DAY_NS);
  deepStrictEqual(ours.texts, ["Go's 0", "Go's 1", "Go's, alone"]);
  deepStrictEqual(go.texts, ["ours 0", "ours 1", "ours, alone"]);
});

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constant("we say" as const) },
  { weight: 4, arbitrary: fc.constant("Go says" as const) },
  { weight: 3, arbitrary: fc.constant("we hear" as const) },
  { weight: 3, arbitrary: fc.constant("Go hears" as const) },
  { weight: 1, arbitrary: fc.constant("Go restarts" as const) },
  { weight: 3, arbitrary: fc.bigInt(1n, 60n) },
);

Deno.test("A Go program and we hear all that the other has said, whenever either is away", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 8, maxLength: 80 }), (steps) => {
      const [ours, go] = [new Side(ALICE, BOB), new GoSide(BOB, ALICE, START_NS)];
      let nowNs = START_NS;
      let count = 0;
      for (const one of [...steps, ...END]) {
        nowNs += typeof one === "bigint" ? one * HOUR_NS : 1_000_000n;
        if (one === "we say") ours.say(`said ${count++}`, nowNs);
        else if (one === "Go says") go.say(`said ${count++}`, nowNs);
        else if (one === "we hear") ours.hear(go.leaves, nowNs);
        else if (one === "Go hears") go.hear(ours.leaves);
        else if (one === "Go restarts") go.restart();
      }
      deepStrictEqual(ours.texts, go.said);
      deepStrictEqual([...go.texts].sort(), [...ours.said.values()].sort());
    }),
    { numRuns: 100, seed: 20261130 },
  );
});

const END = ["Go hears", "we hear", "Go hears", "we hear"] as const;
