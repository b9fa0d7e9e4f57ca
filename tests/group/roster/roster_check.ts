/** The graph of decisions over more seeds than fit into the fast tests; `task sim:roster` runs a million. */
import { checkGraphs, checkPermutations } from "./graphs.ts";

Deno.test("Roster graph agrees with the slow model on 100,000 graphs of up to 7 decisions", () => {
  checkGraphs({ from: 1_000_000, count: 100_000, orders: 1, most: 7 });
});

Deno.test("Roster graph agrees with the slow model on 2,000 graphs of up to 60 decisions", () => {
  checkGraphs({ from: 1_000_000, count: 2000, orders: 2, most: 60 });
});

Deno.test("Roster graph is the same for all permutations of up to 7 decisions", () => {
  for (const size of [1, 2, 3, 4, 5, 6]) checkPermutations({ from: 1, count: 40, size });
  checkPermutations({ from: 1, count: 20, size: 7 });
});
