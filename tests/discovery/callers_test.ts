import { strictEqual } from "node:assert/strict";
import { Callers } from "../../lib/discovery/callers.ts";
import { pairOf } from "./support.ts";

const [a, b] = [pairOf(1).pk, pairOf(2).pk];

/** How many of so many requests are answered. */
const taken = (callers: Callers, caller: string, requests: number, nowMs: number): number =>
  Array.from({ length: requests }, () => callers.take(caller, nowMs)).filter(Boolean).length;

Deno.test("A caller has 200 requests at once and 100 a second, and takes none of another's", () => {
  const callers = new Callers();
  strictEqual(taken(callers, a, 300, 5000), 200);
  strictEqual(taken(callers, b, 300, 5000), 200);
  strictEqual(taken(callers, a, 300, 6000), 100);
  strictEqual(taken(callers, a, 300, 6005), 0);
  strictEqual(taken(callers, a, 300, 6010), 1);
  strictEqual(taken(callers, a, 300, 60_000), 200);
});

Deno.test("Of callers that asked long ago nothing is kept, and of those that ask now all", () => {
  const callers = new Callers();
  taken(callers, b, 200, 0);
  for (let n = 0; n < 3000; n++) {
    callers.take(`${n}`, 0);
    if (n === 500) taken(callers, a, 200, 0);
    if (n > 500 && n % 500 === 0) {
      strictEqual(callers.take(a, 10 * n), true, "one request refreshes its place");
    }
  }
  strictEqual(taken(callers, b, 300, 0), 200, "forgotten");
});
