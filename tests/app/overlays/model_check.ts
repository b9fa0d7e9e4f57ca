/** `model_test.ts` with more seeds and longer stories. */
import { play } from "./run.ts";

Deno.test("What each sees in overlays follows from the messages it has, in 40 long stories", async () => {
  for (let seed = 100; seed < 140; seed++) await play(seed, 60);
});
