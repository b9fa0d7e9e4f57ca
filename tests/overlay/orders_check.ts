/**
 * Lists, polls and commands in every order of arrival, and over partitions: the bytes of their rows are the same in each.
 * lists_test.ts, boards_test.ts and commands_test.ts say in some orders which these are.
 */
import { ok, strictEqual } from "node:assert/strict";
import { widgetsOf } from "../../lib/overlay/folds/dash_rows.ts";
import { DASHBOARD } from "../../lib/overlay/frame.ts";
import { fiveWriters } from "./writers.ts";
import { Conversation, PEOPLE, said } from "./kept.ts";
import { Dice } from "./talk.ts";
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

Deno.test("Five writers in partitions end with the same rows, from 15 seeds", async () => {
  for (let seed = 100; seed < 115; seed++) await fiveWriters(seed);
});

Deno.test("A flood of a minute leaves 60 / interval values and the right last one, wherever it begins", async () => {
  const dice = new Dice(60);
  for (let turn = 0; turn < 20; turn++) {
    const seconds = dice.one([10, 11, 15, 25, 30, 60, 300]);
    const startMs = 1_700_000_000_000 + dice.below(600_000);
    const here = new Conversation("person");
    await here.engine.thin(seconds * 1000);
    const minute = Array.from({ length: 600 }, (_, i) => i);
    for (const i of dice.below(2) === 0 ? minute : dice.shuffled(minute)) {
      const d = { w: "cpu", k: "number", v: i };
      await here.set(i + 1, said(PEOPLE[1], { o: DASHBOARD, d, s: startMs + i * 100 }));
    }
    await here.engine.settle();
    const kept = await here.engine.tree("dash").count("h/", "h/\uffff");
    ok(kept >= 1 && kept <= Math.ceil(60 / seconds), `${kept} values of ${seconds} s from ${startMs}`);
    const { rows: [{ value, history }] } = await widgetsOf(here.engine.tree("dash"));
    strictEqual(value, 599);
    strictEqual(history.length, kept);
  }
});
