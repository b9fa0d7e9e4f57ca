/** Waits that last while the other side is there. */
import { match, strictEqual } from "node:assert/strict";
import { silent, whileMoving } from "../../lib/wire/reading.ts";
import { FakeClock } from "../fakes/clock.ts";

const LIMIT_MS = 60_000;

/** A wait for what never comes, from a side whose count may grow. */
function waiting() {
  const clock = new FakeClock();
  const living = { moved: 0 };
  let ended = "";
  void whileMoving(living, clock, LIMIT_MS, new Promise<void>(() => {}), () => silent(LIMIT_MS)).catch(
    (error) => void (ended = error.message),
  );
  return {
    living,
    ended: () => ended,
    /** @param grows  Whether the other side gives a sign of life every 10 s. */
    passes: async (seconds: number, grows: boolean): Promise<void> => {
      for (let at = 0; at < seconds; at += 10) {
        if (grows) living.moved++;
        await clock.advance(10_000);
      }
    },
  };
}

Deno.test("A wait lasts while something moves, and ends a limit after the last of it", async () => {
  const { passes, ended } = waiting();
  await passes(600, true);
  strictEqual(ended(), "");
  await passes(100, false);
  match(ended(), /nothing moved for 60 s/);
});

Deno.test("Signs of life keep no wait for ever: who takes nothing for an hour holds no place", async () => {
  const { passes, ended } = waiting();
  await passes(59 * 60, true);
  strictEqual(ended(), "");
  await passes(120, true);
  match(ended(), /nothing moved for 60 s/);
});
