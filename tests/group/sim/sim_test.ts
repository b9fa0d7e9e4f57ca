/** Seeded groups; larger ones in `full_seeds_*_test.ts`, and more of them with `task sim:group`. */
import { printCounts } from "./full_seeds.ts";
import { simulate } from "./sim.ts";

const SMALL = 100;

Deno.test(`Group: ${SMALL} seeds of 5 members and 10 minutes end with one roster and the same messages`, () => {
  printCounts(Array.from({ length: SMALL }, (_, i) => simulate(i + 1, 5, 10)));
});

Deno.test("Group: a liar that takes back a place in which it said two things has taken back both, in any order", () => {
  simulate(501, 5, 10);
});

Deno.test("Group: such a liar's tombstone that names one of the two also takes back the other where that one never came", () => {
  simulate(5226, 5, 10);
});

Deno.test("Group: a seed on the real curve agrees as well", () => {
  simulate(1, 5, 5, true);
});
