import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FileRecords, messageIdOf } from "../../../lib/app/files/records.ts";
import { anyUnderWay } from "../../../lib/app/files/under_way.ts";
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
  // What was being kept is not remembered beside the store.
  await records.forget(ANN);
  strictEqual(await records.get(place), undefined);
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

Deno.test("A reading that ends behind a keeping is done once more", async () => {
  const place = { conversation: ANN, position: 1 };
  const moving = utf8(JSON.stringify({ id: "f", state: "moving" }));
  const kept = { id: "f", state: "kept", path: "/a" } as const;
  const late = Promise.withResolvers<Uint8Array>();
  let now: Promise<Uint8Array> = late.promise;
  const store = {
    commit: () => Promise.resolve({ ok: true }),
    values: {
      get: () => now,
      list: async () => [{ name: "1", value: await now }],
    },
  } as unknown as Store;
  const records = new FileRecords(store);
  const reading = [records.get(place), records.of(ANN)] as const;
  now = Promise.resolve(utf8(JSON.stringify(kept)));
  await records.set(place, kept);
  late.resolve(moving);
  deepStrictEqual([await reading[0], [...await reading[1]]], [kept, [[1, kept]]]);
});

Deno.test("What a program was sending when it ended is said to have failed, and a file that is forgotten is not", async () => {
  const rows = emptyRows();
  const open = () =>
    openStore({
      place: memoryPlace(rows),
      secret: SECRET,
      clock: new FakeClock(),
      random: seededRandom(1),
    });
  let store = await open();
  const message = (id: string) =>
    ({
      peer: ANN,
      direction: "out",
      id: messageIdOf(id),
      body: "a file",
      atNs: 5n,
      state: "pending",
      form: "envelope",
      via: "dmsg",
    }) as const;
  const [one, two, three] = ["01", "02", "03"];
  const before = new FileRecords(store);
  for (const id of [one, two, three]) {
    await before.offer(message(id), { id, state: "moving", path: `/own/${id}` }, []);
  }
  await before.set(
    { conversation: ANN, position: 2 },
    { id: two, state: "sent", path: "/own/02" },
    "received",
  );
  ok((await store.commit([{ kind: "delete", peer: ANN, position: 3 }])).ok);
  await store.close();
  store = await open();
  ok(await anyUnderWay(store));
  const records = new FileRecords(store);
  await records.brokenOff();
  const [file, sent] = await Promise.all(
    [1, 2].map((position) => records.get({ conversation: ANN, position })),
  );
  deepStrictEqual(file, { id: one, state: "failed", path: "/own/01", reason: "the program ended" });
  strictEqual(sent?.state, "sent");
  const { state, reason } = (await store.messages.get(ANN, 1))!;
  deepStrictEqual([state, reason], ["failed", "the program ended"]);
  strictEqual(await anyUnderWay(store), false);
  await store.close();
});
