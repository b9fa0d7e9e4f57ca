import { strictEqual } from "node:assert/strict";
import { EXTREMES } from "./mutate.ts";
import { type Finding, fuzz, wordsOf } from "./fuzz.ts";
import { TARGETS } from "./targets/mod.ts";

const SEED = "dmsg";
/** Mutations beside the extremes and all seeds: some of each kind; `deno task fuzz 60` of CI feeds 400 inputs and more. */
const MUTATED = 60;
/** Fewer of those that take a handshake each. */
const SLOW_MUTATED = 40;

/** Nothing, or what was found, in words. */
const said = (finding: Finding | undefined): string => finding ? wordsOf(finding) : "";

for (const make of TARGETS) {
  const target = await make();
  const inputs = EXTREMES.length + target.seeds.length + (target.slow ? SLOW_MUTATED : MUTATED);
  Deno.test(`Fuzzing finds nothing in ${target.name}`, async () => {
    const { finding } = await fuzz(target, SEED, 0, (fed) => fed < inputs);
    strictEqual(said(finding), "");
    await target.finish?.();
  });
}
