/** A pair with a Go program, which keeps fewer secrets than we do: it hears all the same. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
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

Deno.test("A Go program that had keys of ours which are lost hears us again, and is heard, after one word of ours", () => {
  const [lost, go] = [new Side(ALICE, BOB), new GoSide(BOB, ALICE, START_NS)];
  const talk = (side: Side, day: bigint): void => {
    side.say(`ours ${day}`, START_NS + day * DAY_NS);
    go.hear(side.leaves);
    go.say(`Go's ${day}`, START_NS + day * DAY_NS + 1n);
    side.hear(go.leaves, START_NS + day * DAY_NS + 2n);
  };
  for (const day of [0n, 2n, 4n, 6n]) talk(lost, day);
  const fresh = new Side(ALICE, BOB); // paired again, on a new disk
  fresh.open(); // with other random bytes
  go.say("for a lost key", START_NS + 8n * DAY_NS);
  fresh.hear(go.leaves, START_NS + 8n * DAY_NS + 1n);
  deepStrictEqual(fresh.texts, []);
  for (const day of [9n, 10n, 12n]) talk(fresh, day);
  deepStrictEqual(fresh.texts, ["Go's 9", "Go's 10", "Go's 12"]);
  deepStrictEqual(go.texts.slice(-3), ["ours 9", "ours 10", "ours 12"]);
  // By the clock once, and counted on from there.
  strictEqual(fresh.engine.record.ratchet.generation - (START_NS + 8n * DAY_NS) / 1_000_000_000n, 3n);
});

Deno.test("A Go program that heeds a key of the clock is written to for that one, and for none from before it", () => {
  const [lost, go] = [new Side(ALICE, BOB), new GoSide(BOB, ALICE, START_NS)];
  for (const day of [0n, 2n, 4n]) {
    lost.say("ours", START_NS + day * DAY_NS);
    go.hear(lost.leaves);
    go.say("Go's", START_NS + day * DAY_NS + 1n);
    lost.hear(go.leaves, START_NS + day * DAY_NS + 2n);
  }
  const fresh = new Side(ALICE, BOB);
  fresh.open();
  for (const hour of [1n, 2n]) fresh.say("before we heard", START_NS + 7n * DAY_NS + hour);
  go.hear(fresh.leaves); // it knows that key with the secret of then alone
  go.say("for a lost key", START_NS + 8n * DAY_NS);
  fresh.hear(go.leaves, START_NS + 8n * DAY_NS + 1n);
  for (const hour of [3n, 4n]) fresh.say(`behind it ${hour}`, START_NS + 8n * DAY_NS + hour);
  go.hear(fresh.leaves);
  deepStrictEqual(go.texts.slice(-2), ["behind it 3", "behind it 4"]);
});

Deno.test("A Go program's feed, which keeps all it ever said, is read again after each start without a word on it", () => {
  const [ours, go] = [new Side(ALICE, BOB), new GoSide(BOB, ALICE, START_NS)];
  let nowNs = START_NS;
  for (let day = 0n; day < 5n; day++) {
    nowNs = START_NS + day * DAY_NS;
    ours.say(`ours ${day}`, nowNs);
    go.hear(ours.leaves);
    for (let i = 0; i < 90; i++) go.say(`Go's ${day} ${i}`, nowNs += 1_000_000n);
    ours.open();
    ours.hear(go.leaves, nowNs); // who reads what no key opens would say that it is dropped
  }
  deepStrictEqual(ours.texts, go.said);
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
    { numRuns: 50, seed: 20261130 },
  );
});

Deno.test("A Go program and we come together again however often our keys are lost", () => {
  const lossy = fc.oneof({ weight: 16, arbitrary: step }, {
    weight: 1,
    arbitrary: fc.constant("we lose" as const),
  });
  fc.assert(
    fc.property(fc.array(lossy, { minLength: 8, maxLength: 80 }), (steps) => {
      let ours = new Side(ALICE, BOB);
      const go = new GoSide(BOB, ALICE, START_NS);
      let nowNs = START_NS;
      let lost = 0;
      const talk = (one: (typeof steps)[number]): void => {
        nowNs += typeof one === "bigint" ? one * HOUR_NS : 1_000_000_000n;
        if (one === "we say") ours.say("said", nowNs);
        else if (one === "Go says") go.say("said", nowNs);
        else if (one === "we hear") ours.hear(go.leaves, nowNs);
        else if (one === "Go hears") go.hear(ours.leaves);
        else if (one === "Go restarts") go.restart();
        else if (one === "we lose") {
          ours = new Side(ALICE, BOB);
          for (lost++; ours.opened <= lost;) ours.open(); // with random bytes of its own
        }
      };
      // A word of Go's that is not heard tells us, ours tells it.
      const word = ["Go says", "we hear", "we say", "Go hears"] as const;
      for (const one of [...steps, ...word, ...word, ...END]) talk(one);
      const [ourWords, goWords] = [go.texts.length, ours.texts.length];
      for (const one of [...word, 30n, ...word, 30n, ...word, "we hear"] as const) talk(one);
      deepStrictEqual([go.texts.length - ourWords, ours.texts.length - goWords], [3, 3]);
    }),
    { numRuns: 50, seed: 20261130 },
  );
});

const END = ["Go hears", "we hear", "Go hears", "we hear"] as const;
