/** Lists: what wins, what is shown, and the vectors of both. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { readListAction } from "../../lib/overlay/folds/list.ts";
import { gapIn, itemOf, itemsOf, listOf, listsOf, saidOf } from "../../lib/overlay/folds/list_rows.ts";
import { LIST } from "../../lib/overlay/frame.ts";
import { isRank, MAX_RANK_DIGITS, rankBetween, rankOf } from "../../lib/overlay/rank.ts";
import { Conversation, keyFor, nameOf, PEOPLE, said } from "./kept.ts";
import { Dice } from "./talk.ts";
import { orders, told, vectors } from "./vectors.ts";

for (const vector of vectors("list")) {
  Deno.test(`List vector: ${vector.name}`, async () => {
    for (const order of orders(vector.messages.length)) {
      const here = await told(vector, order);
      const lists: unknown[] = [];
      for (const { key, name, archived, items, done } of (await listsOf(here.engine.tree("list"))).rows) {
        const rows = (await itemsOf(here.engine.tree("list"), key)).rows.map((item) => [
          item.text,
          item.done,
          PEOPLE.indexOf(item.assignee),
        ]);
        lists.push({ name, archived, items, done, rows });
      }
      deepStrictEqual(lists, vector.lists, `in the order ${order}`);
    }
  });
}

const list = said(PEOPLE[0], { o: LIST, d: { a: "new", l: "Shopping" }, s: 10 });

/** A list of a person with three items. */
async function shopping(): Promise<
  { here: Conversation; items: string[]; next: (d: unknown, p?: string, by?: string) => Promise<string> }
> {
  const here = new Conversation("person");
  let position = 0;
  const next = async (d: unknown, p?: string, by = PEOPLE[1]): Promise<string> => {
    const kept = said(by, { o: LIST, d, s: 100 + position, ...(p && { p }) });
    await here.set(++position, kept);
    return keyFor(kept);
  };
  await here.set(++position, list);
  const items: string[] = [];
  for (const i of ["milk", "eggs", "bread"]) items.push(await next({ a: "add", i }, nameOf(list)));
  return { here, items, next };
}

const texts = async (here: Conversation): Promise<string> =>
  (await itemsOf(here.engine.tree("list"), keyFor(list))).rows.map(({ text, done }) =>
    (done ? "+" : "") + text
  ).join(" ");

Deno.test("Checking an item leaves it where it is, and who did it is known", async () => {
  const { here, items, next } = await shopping();
  await next({ a: "done" }, items[0], PEOPLE[0]);
  await next({ a: "done" }, items[1]);
  await next({ a: "undone" }, items[0]);
  strictEqual(await texts(here), "milk +eggs bread");
  const milk = await itemOf(here.engine.tree("list"), items[0]);
  deepStrictEqual([milk?.last.author, milk?.last.register, milk?.list], [PEOPLE[1], "done", keyFor(list)]);
  const history = await saidOf(here.engine.tree("list"), items[0]);
  deepStrictEqual(history.map(({ author, value }) => [author, value]), [[PEOPLE[0], true], [
    PEOPLE[1],
    false,
  ]]);
  strictEqual((await listOf(here.engine.tree("list"), keyFor(list)))?.done, 1);
});

Deno.test("Items are moved before, after, to the top and to the bottom, by any number of moves", async () => {
  const { here, items, next } = await shopping();
  const model = [...items];
  const dice = new Dice(3);
  for (let i = 0; i < 150; i++) {
    const item = dice.one(model);
    const other = dice.one(model.filter((one) => one !== item));
    const at = dice.one(["top", "bottom", "before", "after"] as const);
    const to = at === "top" || at === "bottom" ? { at } : { at, item: other };
    const [low, high] = (await gapIn(here.engine.tree("list"), keyFor(list), to))!;
    await next({ a: "move", r: rankBetween(low, high)! }, item);
    model.splice(model.indexOf(item), 1);
    const place = at === "top"
      ? 0
      : at === "bottom"
      ? model.length
      : model.indexOf(other) + (at === "after" ? 1 : 0);
    model.splice(place, 0, item);
    const shown = (await itemsOf(here.engine.tree("list"), keyFor(list))).rows.map(({ key }) => key);
    deepStrictEqual(shown, model, `move ${i}: ${at}`);
  }
});

Deno.test("A forged or foreign parent attaches to nothing", async () => {
  const { here, items, next } = await shopping();
  for (
    const p of [
      "00".repeat(65),
      "ab".repeat(65),
      "ab".repeat(8),
      "milk",
      "1",
      items[0].toUpperCase(),
      `${items[0]}00`,
    ]
  ) {
    await next({ a: "add", i: `stolen by ${p.slice(0, 9)}` }, p);
    await next({ a: "remove" }, p);
  }
  // The other's message under an envelope id that is the list's own: an id that does not follow from the body is no name.
  const other = said(PEOPLE[1], { o: LIST, d: { a: "new", l: "Fake" }, s: 11 });
  ok(nameOf(other).slice(0, 16) !== nameOf(list).slice(0, 16));
  strictEqual(await texts(here), "milk eggs bread");
});

Deno.test("An item that two put into the same place lets others be put before and after it", async () => {
  const { here, items, next } = await shopping();
  await next({ a: "move", r: "5" }, items[0]);
  await next({ a: "move", r: "5" }, items[1]);
  for (const [at, expected] of [["before", true], ["after", false]] as const) {
    const [low, high] = (await gapIn(here.engine.tree("list"), keyFor(list), { at, item: items[0] }))!;
    await next({ a: "move", r: rankBetween(low, high)! }, items[2]);
    const order = (await itemsOf(here.engine.tree("list"), keyFor(list))).rows.map(({ key }) => key);
    strictEqual(order.indexOf(items[2]) < order.indexOf(items[0]), expected);
  }
});

Deno.test("There is a place between any two, until it would be too long", () => {
  const RANK = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 1, maxLength: 30 })
    .filter(isRank);
  fc.assert(fc.property(RANK, RANK, fc.boolean(), (a, b, isOpen) => {
    if (a === b) return;
    const [low, high] = a < b ? [a, b] : [b, a];
    const between = rankBetween(low, isOpen ? "" : high)!;
    ok(low < between && (isOpen || between < high) && isRank(between));
  }));
  let low = "";
  let turns = 0;
  for (let next: string | undefined = rankOf(1); next !== undefined; next = rankBetween(low, "8")) {
    if (turns++ > 0) low = next;
    ok(next.length <= MAX_RANK_DIGITS);
  }
  ok(turns > 700, `${turns} times into one gap`);
});

Deno.test("Whatever is no action of a list is none", () => {
  for (
    const data of [
      "",
      "[]",
      "{}",
      '{"a":"new"}',
      '{"a":"new","l":" "}',
      '{"a":"new","l":5}',
      `{"a":"add","i":"${"x".repeat(501)}"}`,
      '{"a":"move","r":"g"}',
      '{"a":"move","r":"10"}',
      `{"a":"move","r":"${"1".repeat(201)}"}`,
      '{"a":"assign","w":"bob"}',
      '{"a":"__proto__"}',
      "[".repeat(5000),
    ]
  ) strictEqual(readListAction(data), undefined, data.slice(0, 40));
});

Deno.test("An item that much is said of is as it was when that is taken back", async () => {
  const here = new Conversation("person");
  const list = said(PEOPLE[0], { o: LIST, d: { a: "new", l: "all" }, s: 1 });
  const item = said(PEOPLE[0], { o: LIST, d: { a: "add", i: "milk" }, s: 2, p: nameOf(list) });
  await here.set(1, list);
  await here.set(2, item);
  const before = await here.text();
  for (let i = 0; i < 40; i++) {
    await here.set(
      3 + i,
      said(PEOPLE[i % 3], { o: LIST, d: { a: i % 2 ? "undone" : "done" }, s: 3 + i, p: nameOf(item) }),
    );
  }
  strictEqual((await saidOf(here.engine.tree("list"), keyFor(item))).length, 40);
  strictEqual((await itemOf(here.engine.tree("list"), keyFor(item)))?.done, false);
  strictEqual(await here.text(), await here.rebuilt());
  for (let i = 39; i >= 0; i--) await here.set(3 + i, undefined);
  strictEqual(await here.text(), before);
});
