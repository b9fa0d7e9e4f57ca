/** Items as people name them, in lists of any length. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { type At, itemNamed } from "../../cli/names/overlays.ts";
import type { ItemView, ListView } from "../../lib/app/overlays/overlays.ts";
import { UserError } from "../../lib/wire/errors.ts";

/** A list of so many items; some are called alike, one by a number. */
const COUNT = 100_000;
const textOf = (i: number): string =>
  i % 15_000 === 0
    ? "twice"
    : i < 20
    ? "many"
    : i === 50_000
    ? "7777777"
    : i === 60_001
    ? "Café"
    : `Item ${i}`;
const itemAt = (i: number): ItemView =>
  ({ id: i.toString(16).padStart(16, "0"), text: textOf(i) }) as unknown as ItemView;

/** @returns What is named, and how many rows were read for it. */
async function named(text: string): Promise<{ text: string; rows: number }> {
  let rows = 0;
  const overlays = {
    items: ({ skip = 0, limit = 100 }: { skip?: number; limit?: number }) => {
      const end = Math.min(COUNT, skip + limit);
      const part = Array.from({ length: Math.max(0, end - skip) }, (_, i) => itemAt(skip + i));
      rows += part.length;
      ok(limit <= 10_000, "no answer has more");
      return Promise.resolve({ rows: part, total: COUNT });
    },
  };
  const item = await itemNamed(
    { overlays, conversation: "x" } as unknown as At,
    { id: "l" } as ListView,
    text,
  );
  return { text: item.text, rows };
}

Deno.test("An item of a long list is named by its number, without reading the others", async () => {
  deepStrictEqual(await named("2"), { text: "many", rows: 1 });
  deepStrictEqual(await named("12346"), { text: "Item 12345", rows: 1 });
  deepStrictEqual(await named("100000"), { text: "Item 99999", rows: 1 });
});

Deno.test("An item of a long list is named by what it says or its id, wherever it stands", async () => {
  strictEqual((await named("Item 99998")).text, "Item 99998");
  strictEqual((await named("item 99998")).text, "Item 99998");
  strictEqual((await named("7777777")).text, "7777777", "there are not so many");
  strictEqual((await named("000000000001869e")).text, "Item 99998");
  strictEqual((await named("cafe\u0301")).text, "Café", "an é of two characters");
  const refused = (words: RegExp) => (error: unknown) =>
    error instanceof UserError && words.test(error.message);
  await rejects(named("twice"), refused(/names 7 of them/));
  await rejects(
    named("many"),
    (error: UserError) => error.hint!.length < 200 && /19 of them/.test(error.message),
  );
  await rejects(named("Item 100000"), refused(/^There is no item/));
});
