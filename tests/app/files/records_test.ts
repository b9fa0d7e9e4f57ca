import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FileRecords } from "../../../lib/app/files/records.ts";
import { openStore } from "../../../lib/store/open.ts";
import { emptyRows, memoryPlace } from "../../../lib/store/place/memory.ts";
import type { Store } from "../../../lib/store/store.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { seededRandom } from "../../fakes/random.ts";
import { ANN, SECRET, text } from "../../store/support.ts";

Deno.test("How a file stands is told from the moment on at which it begins to be kept", async () => {
  const store = await openStore({
    place: memoryPlace(emptyRows()),
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom(1),
  });
  let gate = Promise.resolve();
  const slow: Store = {
    ...store,
    commit: async (changes, options) => (await gate, await store.commit(changes, options)),
  };
  const records = new FileRecords(slow);
  await store.commit([text(ANN, "a file")]);
  const place = { conversation: ANN, position: 1 };
  await records.set(place, { id: "f", state: "moving" });
  const { promise, resolve } = Promise.withResolvers<void>();
  gate = promise;
  const kept = { id: "f", state: "kept", path: "/a" } as const;
  const reading = [records.get(place), records.of(ANN)] as const; // begun before, and ended behind it
  const keeping = records.set(place, kept);
  deepStrictEqual(await records.get(place), kept);
  deepStrictEqual([...await records.of(ANN)], [[1, kept]]);
  resolve();
  await keeping;
  deepStrictEqual(await reading[0], kept);
  deepStrictEqual([...await reading[1]], [[1, kept]]);
  strictEqual((await records.get(place))?.state, "kept");
  await store.close();
});

Deno.test("A file that was kept in the moment in which it was read is not told as it was before", async () => {
  const place = { conversation: ANN, position: 1 };
  const moving = utf8(JSON.stringify({ id: "f", state: "moving" }));
  const kept = { id: "f", state: "kept", path: "/a" } as const;
  for (let turns = 0; turns < 8; turns++) {
    const [read, list] = [Promise.withResolvers<Uint8Array>(), Promise.withResolvers<unknown>()];
    const commit = Promise.withResolvers<unknown>();
    let isKept = false;
    const now = () => isKept ? utf8(JSON.stringify(kept)) : moving;
    const store = {
      commit: () => commit.promise,
      values: {
        get: () => isKept ? Promise.resolve(now()) : read.promise,
        list: () => isKept ? Promise.resolve([{ name: "1", value: now() }]) : list.promise,
      },
    } as unknown as Store;
    const records = new FileRecords(store);
    const reading = [records.get(place), records.of(ANN)] as const;
    const keeping = records.set(place, kept);
    list.resolve([{ name: "1", value: moving }]);
    read.resolve(moving);
    for (let i = 0; i < turns; i++) await Promise.resolve();
    isKept = true;
    commit.resolve({ ok: true });
    await keeping;
    deepStrictEqual([await reading[0], [...await reading[1]]], [kept, [[1, kept]]], `${turns} turns`);
  }
});
