/** Between two people a message is named by its envelope's id; one that its author chose takes nothing from others. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { Kept } from "../../lib/overlay/entry.ts";
import { LIST } from "../../lib/overlay/frame.ts";
import { itemsOf, listOf } from "../../lib/overlay/folds/list_rows.ts";
import { personName } from "../../lib/overlay/names.ts";
import { Conversation, keyFor, PEOPLE, said } from "./kept.ts";
import { Dice, talkOfTwo, toldInAnyOrder } from "./talk.ts";

const [ME, PEER] = PEOPLE;
const ID = "00112233445566ff";
const UUID = "0f8fad5b-d9cb-469f-a165-70867728950e";

const list = (author: string, name: string, id?: string): Kept => ({
  ...said(author, { o: LIST, d: { a: "new", l: name }, s: 1 }),
  ...(id === undefined ? {} : { id }),
});
const item = (author: string, text: string, p: string): Kept =>
  said(author, { o: LIST, d: { a: "add", i: text }, p, s: 2 });

async function told(said: readonly Kept[]): Promise<Conversation> {
  const here = new Conversation("person", ME);
  for (const [i, kept] of said.entries()) await here.set(i + 1, kept);
  await here.engine.settle();
  return here;
}

/** Name, author and items of a list. */
async function shown({ engine }: Conversation, key: string): Promise<unknown> {
  const tree = engine.tree("list");
  const found = await listOf(tree, key);
  const { rows } = await itemsOf(tree, key);
  return found && [found.name, found.author, rows.map(({ text }) => text)];
}

Deno.test("What hangs on the id of an envelope is found below its message, whichever came first", async () => {
  const [food, milk] = [list(PEER, "Food", ID), item(PEER, "milk", ID)];
  for (const order of [[food, milk], [milk, food]]) {
    deepStrictEqual(await shown(await told(order), ID), ["Food", PEER, ["milk"]]);
  }
});

Deno.test("A message without an id of 16 hex digits is named by its hash", async () => {
  for (const id of [undefined, UUID, ID.toUpperCase(), "", `${ID}00`]) {
    const food = list(PEER, "Food", id);
    const name = personName(PEER, food.body);
    strictEqual(keyFor(food), name.slice(0, 16));
    const here = await told([food, item(ME, "milk", name)]);
    deepStrictEqual(await shown(here, keyFor(food)), ["Food", PEER, ["milk"]]);
  }
});

Deno.test("An id that is another message's hash takes nothing from it, whichever came first", async () => {
  const ours = list(ME, "Ours");
  const key = keyFor(ours);
  const theirs = list(PEER, "Theirs", key);
  const milk = item(ME, "milk", key);
  for (const order of [[ours, theirs, milk], [theirs, ours, milk], [theirs, milk, ours]]) {
    const here = await told(order);
    deepStrictEqual(await shown(here, key), ["Ours", ME, ["milk"]]);
    strictEqual(await here.engine.positionOf(key), order.indexOf(ours) + 1);
    strictEqual(await here.engine.count(LIST), 2);
    strictEqual(await here.text(), await here.rebuilt());
    await here.set(order.indexOf(ours) + 1, undefined);
    await here.engine.settle();
    deepStrictEqual(await shown(here, key), ["Theirs", PEER, ["milk"]]);
  }
});

Deno.test("Of two that chose the same id the first counts, and the other one when that goes", async () => {
  const here = await told([list(PEER, "First", ID), list(PEER, "Second", ID)]);
  deepStrictEqual(await shown(here, ID), ["First", PEER, []]);
  await here.set(1, undefined);
  await here.engine.settle();
  deepStrictEqual(await shown(here, ID), ["Second", PEER, []]);
  await here.set(2, undefined);
  strictEqual((await here.text()).match(/n\//), null, "nothing is left of it");
});

Deno.test("Rows of two people are the same bytes in any order, whatever ids were chosen", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 60 }), async (seed, count) => {
      const dice = new Dice(seed + 1);
      const log = talkOfTwo(dice, count);
      const here = new Conversation("person");
      await toldInAnyOrder(dice, here, log);
      strictEqual(await here.text(), await here.rebuilt());
    }),
    { numRuns: 25 },
  );
});
