import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { ahead } from "../../lib/wire/ahead.ts";

async function all<R>(results: AsyncIterable<R[]>): Promise<R[]> {
  const found: R[] = [];
  for await (const some of results) found.push(...some);
  return found;
}

Deno.test("Work that is done ahead gives its results in order, and no more than was said is under way", async () => {
  let [running, most] = [0, 0];
  const run = async (item: number): Promise<number> => {
    most = Math.max(most, ++running);
    for (let i = item % 5; i >= 0; i--) await Promise.resolve();
    running--;
    return item * 2;
  };
  const items = Array.from({ length: 100 }, (_, i) => i);
  deepStrictEqual(await all(ahead(items, 4, run)), items.map((i) => i * 2));
  strictEqual(most > 1 && most <= 5, true, `${most}`);
  deepStrictEqual(await all(ahead([], 4, run)), []);
});

Deno.test("Work that is done ahead gives what is ready while its source waits", async () => {
  const more = Promise.withResolvers<void>();
  async function* items(): AsyncGenerator<number> {
    yield 1;
    yield 2;
    await more.promise;
    yield 3;
  }
  const results = ahead(items(), 8, (item) => Promise.resolve(item));
  const first: number[] = [];
  while (first.length < 2) first.push(...(await results.next()).value!);
  deepStrictEqual(first, [1, 2]);
  more.resolve();
  deepStrictEqual(await all(results), [3]);
});

Deno.test("Work that is done ahead throws what its source throws, behind what came before", async () => {
  async function* items(): AsyncGenerator<number> {
    yield 1;
    await Promise.resolve();
    throw new Error("broke");
  }
  const found: number[] = [];
  await rejects(async () => {
    for await (const some of ahead(items(), 8, (item) => Promise.resolve(item))) found.push(...some);
  }, /broke/);
  deepStrictEqual(found, [1]);
});
