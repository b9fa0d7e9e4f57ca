/** Many seeds of signed invites: the bound of what admins that are apart let in holds, and no smaller one does. */
import { ok, strictEqual } from "node:assert/strict";
import { simulate, sum } from "./invites.ts";

const SEEDS = Array.from({ length: 60 }, (_, i) => i + 1);

Deno.test(`Invites: ${SEEDS.length} seeds of admins that are apart let in no more than the bound, and it is met`, () => {
  const reports = SEEDS.map((seed) => simulate(seed, true));
  const comings = sum(reports, (report) => report.comings);
  const over = sum(reports, (report) => report.over);
  const tight = sum(reports, (report) => report.tight);
  console.log(`${comings} came in, ${over} of them were too many, ${tight} invites met the bound`);
  ok(over > 0 && tight > 0, "the seeds show that the bound is no smaller one");
});

Deno.test(`Invites: ${SEEDS.length} seeds of admins that hear each other count exactly`, () => {
  strictEqual(sum(SEEDS.map((seed) => simulate(seed, false)), ({ over }) => over), 0);
});
