/** As model_test.ts, longer. `DMSG_MODEL_SEED=$RANDOM` plays other stories; a failure prints its seed. */
import fc from "fast-check";
import { play } from "./model_end.ts";
import { story } from "./model_steps.ts";

/** The same each time: a rare story must not stop a change that has nothing to do with it. */
const seed = Number(Deno.env.get("DMSG_MODEL_SEED") ?? 20261130);
/** A slow machine plays fewer. */
const limited = (ms: number) => ({ interruptAfterTimeLimit: ms, markInterruptAsFailure: false });

Deno.test("Members of a group know the same in the end, in stories that are long", async () => {
  await fc.assert(fc.asyncProperty(story(40), play), { numRuns: 100, seed, ...limited(45_000) });
});

Deno.test("Members of a group know the same in the end, who also carry files to each other", async () => {
  await fc.assert(fc.asyncProperty(story(40, true), play), { numRuns: 50, seed, ...limited(30_000) });
});
