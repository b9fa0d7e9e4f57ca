/** Deleting messages one after the other: what that asks of the place. */
import { ok, strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { memoryPlace } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, SECRET, text } from "./support.ts";

const MESSAGES = 600;

Deno.test("Whoever deletes one old message after the other asks the place once for each page", async () => {
  const inner = memoryPlace();
  let asked = 0;
  const place: Place = {
    ...inner,
    read: (keys) => (asked += keys.length, inner.read(keys)),
    async *list(range, options) {
      asked++;
      yield* inner.list(range, options);
    },
  };
  const open = () => openStore({ place, secret: SECRET, clock: new FakeClock(), random: seededRandom(5) });
  let store = await open();
  for (const peer of [ANN, BEN]) {
    for (let n = 0; n < MESSAGES; n++) await store.commit([text(peer, `${n}`, { id: `id ${n}` })]);
  }
  await store.sweep();
  await store.close();
  store = await open();
  const remove = async (peer: string, position: number): Promise<number> => {
    asked = 0;
    ok((await store.commit([{ kind: "delete", peer, position }])).ok);
    return asked;
  };
  const first = await remove(ANN, 1);
  ok(first > 0 && first < 6, `${first} questions for the first one`);
  for (const position of [2, 3, 50]) strictEqual(await remove(ANN, position), 0, `${position} was asked for`);
  // Another conversation, and back.
  ok(await remove(BEN, 1) > 0);
  ok(await remove(ANN, 4) <= 1, "the page is in memory: only where it begins is asked");
  strictEqual(await remove(ANN, 5), 0);
  for (const peer of [ANN, BEN]) {
    const gone = [];
    for (let position = 1; position <= MESSAGES; position++) {
      const message = await store.messages.get(peer, position);
      if (message?.state === "deleted") gone.push(position);
      else strictEqual(message?.body, `${position - 1}`);
    }
    strictEqual(gone.join(), peer === ANN ? "1,2,3,4,5,50" : "1");
  }
  // What was forgotten is not there, however near it lies to what was deleted last.
  await store.commit([{ kind: "forget", peer: ANN }]);
  strictEqual((await store.commit([{ kind: "delete", peer: ANN, position: 6 }])).ok, false);
  await store.close();
});
