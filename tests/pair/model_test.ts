/**
 * Two sides of a pair that say, take back and read at random, with killed processes, wrong clocks and feeds as they were
 * some time ago: each hears all that the other has said, once and in order.
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ALICE, BOB, DAY_NS, Side, START_NS } from "./side.ts";

const HOUR_NS = DAY_NS / 24n;
const YEAR_NS = 365n * DAY_NS;

const who = fc.constantFrom(0, 1);
/** Where the process is killed, in places where its disk is written. */
const lives = fc.option(fc.nat(4), { nil: Infinity, freq: 4 });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("say" as const),
      who,
      lives,
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unsay" as const), who, lives, which: fc.nat(20) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("hear" as const),
      who,
      lives,
      atOnce: fc.integer({ min: 1, max: 8 }),
      isOld: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("tick" as const), who, lives }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), hours: fc.bigInt(1n, 60n) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("clock" as const), who, years: fc.bigInt(-10n, 10n) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

Deno.test("Both sides of a pair hear all that is said, once and in order, under any clocks, kills and old feeds", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const pair = new Two();
      for (const one of steps) pair.take(one);
      pair.finish();
    }),
    { numRuns: 150, seed: 20261130 },
  );
});

/** A pair, and what its sides have taken back. */
class Two {
  readonly #sides = [new Side(ALICE, BOB), new Side(BOB, ALICE)];
  /** Each feed as it was now and then. */
  readonly #feeds = this.#sides.map(({ leaves }) => [new Map(leaves)]);
  readonly #aheadNs = [0n, 0n];
  #nowNs = START_NS;
  #count = 0;

  take(one: Step): void {
    if (one.do === "wait") return void (this.#nowNs += one.hours * HOUR_NS);
    if (one.do === "clock") return void (this.#aheadNs[one.who] = one.years * YEAR_NS);
    const side = this.#sides[one.who];
    side.lives = one.lives;
    if (!this.#does(side, one)) side.open(); // it was killed
    side.lives = Infinity;
    this.#feeds[one.who].push(new Map(side.leaves));
  }

  /** @returns false: it was killed on the way. */
  #does(side: Side, one: Exclude<Step, { do: "wait" | "clock" }>): boolean {
    const nowNs = (this.#nowNs += 1_000_000n) + this.#aheadNs[one.who];
    if (one.do === "tick") return side.put({ kind: "tick" }, nowNs);
    if (one.do === "say") {
      for (let i = 0; i < one.count; i++) if (!side.say(`said ${this.#count++}`, nowNs)) return false;
      return true;
    }
    if (one.do === "hear") {
      const feeds = this.#feeds[1 - one.who];
      return side.hear(feeds[one.isOld ? feeds.length >> 1 : feeds.length - 1], nowNs, one.atOnce);
    }
    const id = [...side.said.keys()][one.which];
    return id === undefined || side.unsaid.has(id) || side.put({ kind: "unsay", id }, nowNs);
  }

  /** Each reads the other until nothing moves, and then knows everything. */
  finish(): void {
    for (let round = 0; round < 4; round++) {
      for (const who of [0, 1]) {
        this.#nowNs += HOUR_NS;
        ok(this.#sides[who].hear(this.#sides[1 - who].leaves, this.#nowNs));
      }
    }
    for (const who of [0, 1]) {
      const [{ said, unsaid: taken, engine }, { texts, gone }] = [this.#sides[who], this.#sides[1 - who]];
      const unsaid = new Set([...taken].map((id) => said.get(id)!));
      deepStrictEqual(
        texts.filter((text) => !unsaid.has(text)),
        [...said.values()].filter((text) => !unsaid.has(text)),
      );
      strictEqual(new Set(texts).size, texts.length);
      for (const id of taken) {
        ok(!texts.includes(said.get(id)!) || gone.has(id), `${id} is not gone`);
      }
      strictEqual(engine.waiting, 0, "what was read waits no more");
    }
  }
}
