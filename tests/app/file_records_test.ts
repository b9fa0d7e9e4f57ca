import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { FileRecords } from "../../lib/app/files/records.ts";
import { emptyRows, memoryPlace } from "../../lib/store/memory.ts";
import { openStore } from "../../lib/store/open.ts";
import type { Store } from "../../lib/store/store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, SECRET, text } from "../store/support.ts";

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
