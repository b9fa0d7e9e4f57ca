/**
 * Lists, polls and commands in every order of arrival, and over partitions: the bytes of their rows are the same in each.
 * lists_test.ts, boards_test.ts and commands_test.ts say in some orders which these are.
 */
import { ok, strictEqual } from "node:assert/strict";
import { fiveWriters } from "./writers.ts";
import { everyOrder, told, vectors } from "./vectors.ts";

for (const kind of ["list", "poll", "commands"] as const) {
  Deno.test(`Rows of each ${kind} vector are the same in every order of arrival`, async () => {
    let orders = 0;
    for (const vector of vectors(kind)) {
      let first: string | undefined;
      for (const order of everyOrder(vector.messages.length)) {
        const rows = await (await told(vector, order)).shared();
        ok(rows !== "");
        first ??= rows;
        strictEqual(rows, first, `${vector.name}, in the order ${order}`);
        orders++;
      }
    }
    ok(orders >= 750, `${orders} orders`);
  });
}

Deno.test("Five writers in partitions end with the same rows, from 25 seeds", async () => {
  for (let seed = 100; seed < 125; seed++) await fiveWriters(seed);
});
