/**
 * The runs that tests and `deno task sim` make of a seed.
 *
 * @module
 */
import { below, seededRandom } from "../fakes/random.ts";
import type { Scenario } from "./scenario.ts";

/** 100 clients and 1,000 messages. */
export const large = (seed: string): Scenario => ({
  seed,
  servers: 5,
  clients: 100,
  messages: 1000,
  friends: 3,
  spanMs: 120_000,
  samples: 60,
  chaos: { cuts: 60, silences: 10, serverCrashes: 4, clientCrashes: 15, duplicates: 5, outages: 4 },
});

/** A handful of clients for whom a lot goes wrong; the seed decides how many and how much. */
export function small(seed: string): Scenario {
  const random = seededRandom(`${seed}/shape`);
  const between = (least: number, most: number): number => least + below(random, most - least + 1);
  return {
    seed,
    servers: between(1, 4),
    clients: between(3, 9),
    messages: 60,
    friends: 3,
    spanMs: between(20_000, 150_000),
    samples: 20,
    chaos: {
      cuts: between(0, 40),
      silences: between(0, 12),
      serverCrashes: between(0, 8),
      clientCrashes: between(0, 8),
      duplicates: Math.max(0, between(-5, 5)),
      outages: between(0, 5),
    },
  };
}

/** By name. */
export const SHAPES: Readonly<Record<string, (seed: string) => Scenario>> = { small, large };
