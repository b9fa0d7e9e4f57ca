/** Bundles and a network: whoever carries what to whom, and whenever, in the end all know what the network alone tells. */
import fc from "fast-check";
import { type Kind, play, type Step, story } from "./bundle_story.ts";

Deno.test("Bundles in any order, in part, of any age and changed on the way end in what a network tells", () => {
  // Other seeds, and more of them, by hand.
  const seed = Number(Deno.env.get("DMSG_MODEL_SEED") ?? 20261130);
  const numRuns = Number(Deno.env.get("DMSG_MODEL_RUNS") ?? 15);
  fc.assert(fc.property(story(40), play), { seed, numRuns });
});

const whole = { percent: 100, atOnce: 1000, seed: 0 } as const;

/** Stories in which members knew something else in the end, or kept what was taken back. */
const FOUND: Record<string, readonly [Kind, readonly Step[]]> = {
  "What was taken back by who was put out is gone, whoever heard of which first": ["public", [
    { do: "say", who: 2 },
    { do: "write", who: 2 },
    { do: "take", who: 0, which: 0, ...whole },
    { do: "decide", who: 0, action: "remove", peer: 2 },
    { do: "unsay", who: 2, which: 0 },
    { do: "meet", who: 1, other: 2 },
  ]],
  "What was taken back by who decides no more in a channel is gone, whoever heard of which first": [
    "channel",
    [
      { do: "decide", who: 0, action: "promote", peer: 1 },
      { do: "meet", who: 0, other: 1 },
      { do: "meet", who: 0, other: 2 },
      { do: "say", who: 1 },
      { do: "meet", who: 0, other: 1 },
      { do: "decide", who: 0, action: "demote", peer: 1 },
      { do: "unsay", who: 1, which: 0 },
      { do: "meet", who: 2, other: 1 },
    ],
  ],
  "What was taken back is not copied again when it comes with another byte": ["d2", [
    { do: "say", who: 3 },
    { do: "write", who: 3 },
    { do: "unsay", who: 3, which: 0 },
    { do: "change", who: 0, which: 0, leaf: 548, how: "a byte", at: 1137 },
  ]],
  "What was taken back is not copied again when it comes sealed anew": ["d2", [
    { do: "say", who: 3 },
    { do: "meet", who: 3, other: 0 },
    { do: "meet", who: 3, other: 1 },
    { do: "unsay", who: 3, which: 0 },
    { do: "meet", who: 3, other: 1 },
    { do: "reseal", who: 0 },
    { do: "meet", who: 1, other: 0 },
  ]],
};

for (const [name, found] of Object.entries(FOUND)) Deno.test(name, () => play(found));
