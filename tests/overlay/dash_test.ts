/** Dashboards: what is read, what is kept of a flood, and what follows when messages go. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { DASHBOARD } from "../../lib/overlay/frame.ts";
import { INTERVAL_MS, readPace, writePace } from "../../lib/overlay/pace.ts";
import type { KeptValue } from "../../lib/overlay/folds/dash.ts";
import { lastSaidOf, paceOf, summaryOf, widgetsOf } from "../../lib/overlay/folds/dash_rows.ts";
import { levelOf, readWidget, writeWidget } from "../../lib/overlay/widget.ts";
import { Conversation, PEOPLE, said } from "./kept.ts";

const BOT = PEOPLE[1];
const START = 1_000_000_000_000;
const value = (v: number, s: number, w = "cpu") =>
  said(BOT, { o: DASHBOARD, d: { w, k: "number", v }, s }, undefined);

Deno.test("Ten updates a second for a minute leave one value an interval, and the last one", async () => {
  const here = new Conversation("person");
  for (let i = 0; i < 600; i++) await here.set(i + 1, value(i, START + i * 100));
  await here.engine.settle();
  const { total, rows: [row] } = await widgetsOf(here.engine.tree("dash"));
  deepStrictEqual([total, row.value, row.bot], [1, 599, BOT]);
  strictEqual(row.history.length, 60_000 / INTERVAL_MS);
  deepStrictEqual(row.history.map(({ value }) => value), [99, 199, 299, 399, 499, 599]);
  strictEqual(await here.engine.tree("dash").count("h/", "h/\uffff"), 6, "values that are kept");
  // The last one goes: the one before it holds.
  for (const gone of [600, 599]) await here.set(gone, undefined);
  await here.engine.settle();
  strictEqual((await widgetsOf(here.engine.tree("dash"))).rows[0].value, 597);
  strictEqual(await here.text(), await here.rebuilt());
});

/** Stamps of what is kept. */
const stamps = async (here: Conversation): Promise<number[]> => {
  const rows = await here.engine.tree("dash").list({ from: "h/", to: "h/\uffff" });
  return rows.map(({ value }) => (value as unknown as KeptValue)[0] - START);
};

Deno.test("A minute of ten updates a second leaves 60 / interval values, whatever the interval, when it is told and when it begins", async () => {
  for (
    const [seconds, beginsMs, isFirst] of [
      [10, 7300, true],
      [30, 0, true],
      [30, 29_900, false],
      [25, 24_000, true],
      [86_400, 86_370_000, true],
    ] as const
  ) {
    const here = new Conversation("person");
    const thin = () => here.engine.thin(seconds * 1000);
    const startMs = START - START % (seconds * 1000) + beginsMs;
    if (isFirst) await thin();
    for (let i = 0; i < 600; i++) await here.set(i + 1, value(i, startMs + i * 100));
    if (!isFirst) await thin();
    await here.engine.settle();
    const kept = await stamps(here);
    ok(kept.length <= Math.ceil(60 / seconds), `${kept.length} values of ${seconds} s`);
    const { rows: [{ value: last, history }] } = await widgetsOf(here.engine.tree("dash"));
    deepStrictEqual([last, history.at(-1)?.value, history.length], [599, 599, kept.length]);
    strictEqual(await here.text(), await here.rebuilt());
  }
});

Deno.test("The value before the last one is left out while that is less than an interval younger, and no longer", async () => {
  const here = new Conversation("person");
  const at = async (position: number, seconds?: number): Promise<number[]> => {
    await here.set(position, seconds === undefined ? undefined : value(seconds, START + seconds * 1000));
    await here.engine.settle();
    strictEqual(await here.text(), await here.rebuilt());
    return (await stamps(here)).map((stamp) => stamp / 1000);
  };
  deepStrictEqual(await at(1, 9), [9]);
  deepStrictEqual(await at(2, 12), [12]);
  deepStrictEqual(await at(3, 8), [12], "what is late and lies before it changes nothing");
  deepStrictEqual(await at(4, 19), [9, 19], "it is far enough from the last one again");
  deepStrictEqual(await at(5, 21), [9, 21]);
  deepStrictEqual(await at(6, 33), [9, 19, 21, 33], "another one is the last now");
  deepStrictEqual(await at(6), [9, 21]);
  deepStrictEqual(await at(5), [9, 19], "the message of the last one has gone");
  deepStrictEqual(await at(1), [8, 19]);
  deepStrictEqual(await at(4), [12]);
  deepStrictEqual(await at(2), [8]);
});

Deno.test("A shorter interval brings back what a longer one had left out", async () => {
  const here = new Conversation("person");
  await here.engine.thin(60_000);
  for (let i = 0; i < 40; i++) await here.set(i + 1, value(i, START - START % 60_000 + i * 5000));
  await here.engine.settle();
  const begin = START % 60_000;
  deepStrictEqual((await stamps(here)).map((stamp) => stamp + begin), [55_000, 115_000, 195_000]);
  await here.engine.thin(INTERVAL_MS);
  await here.engine.settle();
  strictEqual((await stamps(here)).length, 20);
  strictEqual(await here.text(), await here.rebuilt());
});

Deno.test("What is kept follows from the messages and the interval that was told last", async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ at: fc.nat(400), w: fc.constantFrom("cpu", "disk") }) },
    { weight: 2, arbitrary: fc.record({ gone: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ interval: fc.constantFrom(10, 25, 60, 300) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const here = new Conversation("person");
      for (const [i, one] of steps.entries()) {
        if ("at" in one) await here.set(i + 1, value(i, START + one.at * 1000, one.w));
        else if ("gone" in one) await here.set(one.gone + 1, undefined);
        else await here.engine.thin(one.interval * 1000);
      }
      strictEqual(await here.text(), await here.rebuilt());
    }),
    { numRuns: 60 },
  );
});

Deno.test("Widgets are told apart by bot and id, and what is none leaves nothing", async () => {
  const here = new Conversation("person");
  await here.set(1, value(1, START));
  await here.set(2, value(2, START, "disk"));
  await here.set(
    3,
    said(PEOPLE[0], { o: DASHBOARD, d: { w: "cpu", k: "switch", v: true }, s: START }, undefined),
  );
  await here.set(
    4,
    said(BOT, { o: DASHBOARD, d: { w: "cpu", k: "number", v: "much" }, s: START + 9 }, undefined),
  );
  await here.engine.settle();
  const { rows } = await widgetsOf(here.engine.tree("dash"));
  deepStrictEqual(rows.map(({ id, value }) => [id, value]), [["cpu", true], ["cpu", 1], ["disk", 2]]);
});

Deno.test("Widgets of every wrong shape are none, and numbers that are absurd", () => {
  const good = { w: "a", k: "number", v: 1 };
  ok(readWidget(JSON.stringify(good)));
  for (
    const bad of [
      { ...good, w: "" },
      { ...good, w: "a/b" },
      { ...good, w: "x".repeat(41) },
      { ...good, t: "two\nlines" },
      { ...good, v: 1e16 },
      { ...good, v: null },
      { ...good, k: "dial" },
      { ...good, k: "__proto__" },
      { ...good, a: -1 },
      { ...good, a: 1e12 },
      { ...good, max: -1 },
      { ...good, warn: "5" },
      { ...good, k: "table", v: [["a"], "b"] },
      { ...good, k: "table", v: Array(13).fill(["a"]) },
      { ...good, k: "spark", v: [] },
      { ...good, k: "spark", v: Array(121).fill(1) },
      { ...good, k: "since", v: -1 },
      { ...good, k: "text", v: "x".repeat(201) },
      { ...good, info: "" },
      { ...good, info: "x".repeat(201) },
      { ...good, info: "two\nlines" },
      { ...good, summary: 5 },
      { ...good, summary: "x".repeat(81) },
      { ...good, notify: "yes" },
    ]
  ) strictEqual(readWidget(JSON.stringify(bad)), undefined, JSON.stringify(bad).slice(0, 60));
  strictEqual(readWidget(`{"w":"a","k":"number","v":1e999}`), undefined);
  strictEqual(readWidget("[".repeat(60_000)), undefined);
  const widget = readWidget(
    JSON.stringify({
      ...good,
      u: "%",
      max: 9,
      a: 5,
      warn: 3,
      alarm: 7,
      info: "i",
      summary: "s",
      notify: true,
    }),
  )!;
  deepStrictEqual(readWidget(writeWidget(widget)), widget);
});

Deno.test("Thresholds say from where on it is bad, upwards or downwards", () => {
  const level = (v: unknown, warn?: number, alarm?: number, k = "number") =>
    levelOf(readWidget(JSON.stringify({ w: "a", k, v, warn, alarm }))!);
  deepStrictEqual([level(2, 3, 5), level(3, 3, 5), level(5, 3, 5)], ["good", "warning", "alarm"]);
  deepStrictEqual([level(50, 20, 5), level(20, 20, 5), level(5, 20, 5)], ["good", "warning", "alarm"]);
  deepStrictEqual([level(5, undefined, 5), level(9), level([1, 9], 3, undefined, "spark")], [
    "alarm",
    "good",
    "warning",
  ]);
  strictEqual(level("x", 1, 2, "text"), "good");
});

Deno.test("What stands for the conversation is the last summary that is there, whoever said it", async () => {
  const here = new Conversation("person");
  const summed = (by: number, summary: string, s: number) =>
    said(
      PEOPLE[by],
      { o: DASHBOARD, d: { w: "cpu", k: "number", v: 1, summary, info: "once" }, s },
      undefined,
    );
  await here.set(1, summed(1, "busy", START + 5));
  await here.set(2, summed(2, "idle", START + 9));
  await here.set(3, summed(1, "late", START));
  await here.set(4, value(3, START + 99));
  const now = async (): Promise<string | undefined> => {
    await here.engine.settle();
    return await summaryOf(here.engine.tree("dash"));
  };
  strictEqual(await now(), "idle");
  strictEqual(await lastSaidOf(here.engine.tree("dash"), BOT, "cpu"), START + 99);
  await here.set(2, undefined);
  strictEqual(await now(), "busy");
  ok(
    !JSON.stringify(await widgetsOf(here.engine.tree("dash"))).includes("once"),
    "said once, and no part of a value",
  );
  strictEqual(await here.text(), await here.rebuilt());
});

Deno.test("What a conversation takes is the last word of those who decide there, and thins what is shown", async () => {
  const here = new Conversation("person");
  const set = (by: number, i: number, b: number, s: number) =>
    said(PEOPLE[by], { o: DASHBOARD, d: { i, b }, s }, undefined);
  const now = async (...admins: number[]): Promise<unknown> => {
    await here.engine.settle();
    const { intervalMs, maxBytes, by } = await paceOf(here.engine.tree("dash"), admins.map((n) => PEOPLE[n]));
    return [intervalMs, maxBytes, by && PEOPLE.indexOf(by)];
  };
  deepStrictEqual(await now(0, 1), [10_000, 4096, undefined]);
  await here.set(1, set(0, 30_000, 1024, 50));
  await here.set(2, set(1, 60_000, 2048, 40));
  await here.set(3, set(2, 20_000, 512, 99));
  await here.set(4, set(1, 9999, 4096, 100));
  deepStrictEqual(await now(0, 1), [30_000, 1024, 0], "the last one, of those who may, within the limits");
  deepStrictEqual([await now(1), await now(2)], [[60_000, 2048, 1], [20_000, 512, 2]]);
  for (let i = 0; i < 60; i++) await here.set(i + 5, value(i, START + i * 10_000));
  await here.engine.settle();
  const history = async (intervalMs: number): Promise<number[]> => {
    await here.engine.thin(intervalMs);
    await here.engine.settle();
    return (await widgetsOf(here.engine.tree("dash"))).rows[0].history.map(({ value }) => value);
  };
  strictEqual((await history(10_000)).length, 60);
  const seldom = await history(60_000);
  ok(seldom.length <= 11 && seldom.at(-1) === 59, seldom.join());
  await here.set(1, undefined);
  deepStrictEqual(await now(0, 1), [60_000, 2048, 1]);
  strictEqual(await here.text(), await here.rebuilt());
});

Deno.test("A pace beyond its limits is none, and of two kinds in one message the first holds", () => {
  for (const pace of [{ intervalMs: 10_000, maxBytes: 512 }, { intervalMs: 86_400_000, maxBytes: 4096 }]) {
    deepStrictEqual(readPace(writePace(pace)), pace);
  }
  const bad = [
    { i: 9999, b: 4096 },
    { i: 86_400_001, b: 4096 },
    { i: 10_000, b: 511 },
    { i: 10_000, b: 4097 },
    { i: 10_000.5, b: 4096 },
    { i: "10000", b: 4096 },
    { i: 10_000 },
    { i: 10_000, b: 4096, w: "x" },
    { i: 10_000, b: 4096, c: [] },
  ];
  for (const one of bad) strictEqual(readPace(JSON.stringify(one)), undefined, JSON.stringify(one));
  for (const text of ["", "null", "[".repeat(60_000), '{"i":1e999,"b":1}']) {
    strictEqual(readPace(text), undefined);
  }
});
