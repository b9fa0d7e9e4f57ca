/** What growth_test.ts says, of all kinds and long conversations. `OVERLAY_POSTS=100000` adds one of that many, 2 minutes for each kind. */
import { costsOf, KINDS, staysAsItWas } from "./growth.ts";

const MOST = Deno.env.get("OVERLAY_POSTS");
const SIZES = [100, 1000, 10_000, ...(MOST === undefined ? [] : [Number(MOST)])];

for (const [what, message] of Object.entries(KINDS)) {
  Deno.test(`Folding ${what} reads and writes as many pages among ${SIZES.at(-1)} as among 100`, async () => {
    const costs = await costsOf(message, SIZES);
    console.log(what, costs);
    staysAsItWas(what, costs);
  });
}
