/** As model_test.ts, longer and with other numbers each time. */
import fc from "fast-check";
import { play } from "./model_end.ts";
import { story } from "./model_steps.ts";

Deno.test("Members of a group know the same in the end, in stories that are new each time", async () => {
  await fc.assert(fc.asyncProperty(story(40), play), {
    numRuns: 100,
    // A slow machine plays fewer.
    interruptAfterTimeLimit: 45_000,
    markInterruptAsFailure: false,
  });
});
