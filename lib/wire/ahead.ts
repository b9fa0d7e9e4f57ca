/**
 * Work on things that come one after the other, several at once, with results in their order.
 *
 * @module
 */

/**
 * Does something with each item, some of them ahead of who takes the results.
 * @param items  Not asked for more than `most` ahead; ended when the reader leaves.
 * @param run  Must not throw.
 * @returns Results in the order of the items: all that are ready by then, one at least.
 * @throws What `items` throws, behind the results of those before.
 */
export async function* ahead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  most: number,
  run: (item: T) => Promise<R>,
): AsyncGenerator<R[]> {
  const queue: { readonly result: Promise<R>; value?: { readonly of: R } }[] = [];
  let change = Promise.withResolvers<void>();
  const changed = (): void => {
    change.resolve();
    change = Promise.withResolvers();
  };
  let isOver = false;
  const pump = (async () => {
    for await (const item of items) {
      if (isOver) return;
      const one: (typeof queue)[number] = { result: run(item) };
      one.result.then((of) => one.value = { of }, () => {});
      queue.push(one);
      changed();
      while (queue.length >= most && !isOver) await change.promise;
    }
  })().finally(() => {
    isOver = true;
    changed();
  });
  pump.catch(() => {}); // thrown at the end
  try {
    for (;;) {
      while (queue.length === 0 && !isOver) await change.promise;
      if (queue.length === 0) break;
      const ready: R[] = [await queue.shift()!.result];
      while (queue[0]?.value) ready.push(queue.shift()!.value!.of);
      changed();
      yield ready;
    }
    await pump;
  } finally {
    isOver = true;
    changed();
  }
}
