/** A message more costs as many pages in a long conversation as in a short one; the longest ones are in growth_check.ts. */
import { costsOf, KINDS, staysAsItWas } from "./growth.ts";

for (const what of ["a post under one parent", "an item of a list", "a value of a dashboard"]) {
  Deno.test(`Folding ${what} reads and writes as many pages among 1,000 as among 100`, async () => {
    staysAsItWas(what, await costsOf(KINDS[what], [100, 1000]));
  });
}
