/** Few seeds of signed invites; more in invites_sim_check.ts. */
import { ok, strictEqual } from "node:assert/strict";
import { simulate, sum } from "./invites.ts";

const SEEDS = [1, 2, 3, 4];

Deno.test("Invites: admins that are apart let in no more than the bound", () => {
  ok(sum(SEEDS.map((seed) => simulate(seed, true)), ({ comings }) => comings) > 0);
});

Deno.test("Invites: admins that hear each other count exactly", () => {
  strictEqual(sum(SEEDS.map((seed) => simulate(seed, false)), ({ over }) => over), 0);
});
