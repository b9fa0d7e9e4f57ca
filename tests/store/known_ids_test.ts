/** When the known ids are read: by a program that stays, before a message waits for it. */
import { strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { memoryPlace } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, SECRET, text } from "./support.ts";

/** Some blocks of ids. */
const BURSTS = 20;
const BURST = 32;

Deno.test("Store has read the known ids when it is tidied, and its first message waits for none", async () => {
  const inner = memoryPlace();
  let [blocks, lists] = [0, 0];
  const place: Place = {
    ...inner,
    async *list(range, options) {
      lists++;
      for await (const row of inner.list(range, options)) {
        if (row.key[0] === "j") blocks++;
        yield row;
      }
    },
    close: () => {},
  };
  const clock = new FakeClock();
  const open = () => openStore({ place, secret: SECRET, clock, random: seededRandom(5) });
  const filled = await open();
  const message = (n: number) => text(ANN, `${n}`, { id: `id ${n}` });
  for (let burst = 0; burst < BURSTS; burst++) {
    await filled.commit(Array.from({ length: BURST }, (_, i) => message(burst * BURST + i)));
  }
  await filled.close();

  const staying = await open();
  await staying.sweep();
  strictEqual(blocks > 0, true);
  [blocks, lists] = [0, 0];
  strictEqual((await staying.commit([message(BURSTS * BURST)])).ok, true);
  strictEqual((await staying.commit([message(3)])).ok, false);
  strictEqual(lists, 0);
  await staying.close();

  const ending = await open();
  strictEqual(blocks, 0, "a command that only opens the store reads none");
  await ending.close();
});

Deno.test("Store that is closed while it reads the known ids says nothing of it", async () => {
  const inner = memoryPlace();
  const asked = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let reads = 0;
  const place: Place = {
    ...inner,
    async *list(range, options) {
      if (range.start[0] === "j" && ++reads === 2) { // the first one is that of tidying itself
        asked.resolve();
        await closed.promise;
        throw new Error("the place is closed");
      }
      yield* inner.list(range, options);
    },
    close: closed.resolve,
  };
  const store = await openStore({ place, secret: SECRET, clock: new FakeClock(), random: seededRandom(5) });
  await store.commit([text(ANN, "a", { id: "1" })]);
  await store.close();
  reads = 0;
  const again = await openStore({ place, secret: SECRET, clock: new FakeClock(), random: seededRandom(5) });
  const sweeping = again.sweep();
  await asked.promise;
  await again.close();
  await sweeping;
});
