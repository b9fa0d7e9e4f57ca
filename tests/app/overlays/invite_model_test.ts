/** Invites in conversations, whatever becomes of them: see invite_story.ts. */
import fc from "fast-check";
import { play, story } from "./invite_story.ts";

Deno.test("Invites say how they stand and do no more than they say, however they are sent, answered and ended", async () => {
  // Other seeds, and more of them, by hand.
  const seed = Number(Deno.env.get("DMSG_MODEL_SEED") ?? 20261130);
  const numRuns = Number(Deno.env.get("DMSG_MODEL_RUNS") ?? 6);
  await fc.assert(fc.asyncProperty(story(30), play), { seed, numRuns });
});
