/** The simulation of D2 groups over some seeds. */
import { ok, strictEqual } from "node:assert/strict";
import { MEMBERS, simulate, STEPS } from "./d2.ts";

const SEEDS = 4;

Deno.test("D2 simulation: nothing is opened by who should not, and nobody who should is locked out", () => {
  const sums = { opened: 0, sealed: 0, disks: 0, lies: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const one = simulate(seed);
    for (const name of ["opened", "sealed", "disks", "lies"] as const) sums[name] += one[name];
  }
  console.log(
    `  ${SEEDS} seeds of ${MEMBERS} members: ${sums.opened} opened, ${sums.sealed} sealed, ${sums.lies} lies, ${sums.disks} disks stolen`,
  );
  strictEqual(sums.disks, SEEDS * STEPS);
  ok(sums.opened > 0 && sums.sealed > 0 && sums.lies > 0);
});
