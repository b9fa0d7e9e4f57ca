import { strictEqual } from "node:assert/strict";
import { type Finding, fuzz, wordsOf } from "./fuzz.ts";
import { TARGETS } from "./targets/mod.ts";

const SEED = "dmsg";
/** The extremes, all seeds, and some of each kind of mutation; `deno task fuzz 60` of CI feeds 400 and more. */
const INPUTS = 150;
/** Fewer of those that take a handshake each. */
const SLOW_INPUTS = 100;

/** Nothing, or what was found, in words. */
const said = (finding: Finding | undefined): string => finding ? wordsOf(finding) : "";

for (const make of TARGETS) {
  const target = await make();
  const inputs = target.slow ? SLOW_INPUTS : INPUTS;
  Deno.test(`Fuzzing finds nothing in ${target.name}`, async () => {
    const { finding } = await fuzz(target, SEED, 0, (fed) => fed < inputs);
    strictEqual(said(finding), "");
    await target.finish?.();
  });
}
