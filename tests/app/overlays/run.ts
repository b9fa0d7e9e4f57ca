/** Plays a story from a seed. */
import { deepStrictEqual } from "node:assert/strict";
import { act, placesOf } from "./acts.ts";
import { check } from "./checks.ts";
import { People } from "./people.ts";

/** @throws {AssertionError} What somebody sees is not what was said. */
export async function play(seed: number, steps: number): Promise<void> {
  const world = new People(seed);
  try {
    await world.begin();
    const checkSome = async (chance: number): Promise<void> => {
      for (const person of world.all) {
        for (const conversation of new Set(placesOf(world, person))) {
          if (world.once(chance)) await check(world, person, conversation);
        }
      }
    };
    for (let i = 0; i < steps; i++) {
      await act(world);
      await checkSome(20);
    }
    await world.heal();
    await checkSome(1);
    deepStrictEqual(world.faults, []);
  } catch (error) {
    throw new Error(`seed ${seed}`, { cause: error });
  }
  await world.close();
}
