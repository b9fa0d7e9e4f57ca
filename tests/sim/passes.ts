import { deepStrictEqual, ok } from "node:assert/strict";
import { type Report, runScenario, type Scenario } from "./scenario.ts";

/** Runs a scenario that must have no violation. */
export async function passes(scenario: Scenario): Promise<Report> {
  const report = await runScenario(scenario);
  const { violations, totals, seed } = report;
  deepStrictEqual(
    violations,
    [],
    `seed ${seed}: deno task sim --seed ${seed} --log FILE shows what happened`,
  );
  ok(totals.acked >= totals.messages / 2, `seed ${seed}: only ${totals.acked} of ${totals.messages} acked`);
  return report;
}
