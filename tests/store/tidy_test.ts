/** How long tidying holds up a commit, by counted work: a clock that moves with every row that is read or written. */
import { ok, strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { memoryPlace } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import { nextTurn } from "../../lib/sys/turn.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, CAT, SECRET, text } from "./support.ts";

/** What a slow machine takes for a row. */
const ROW_MS = 0.5;
/** A promise of the product. */
const MOST_MS = 50;

/** A place and a clock: whoever reads or writes takes time. */
function slowPlace() {
  let nowMs = 0;
  const place = memoryPlace();
  const slow: Place = {
    ...place,
    read: (keys) => (nowMs += keys.length * ROW_MS, place.read(keys)),
    async *list(range, options) {
      for await (const row of place.list(range, options)) {
        nowMs += ROW_MS;
        yield row;
      }
    },
  };
  const clock = {
    nowMs: () => nowMs,
    wallNs: () => 1_700_000_000_000_000_000n + BigInt(Math.round(nowMs * 1e6)),
    after: () => () => {}, // nothing becomes due: what is written is written because it is much
  };
  return { place: slow, clock };
}

Deno.test("Tidying holds up no commit", async () => {
  const { place, clock } = slowPlace();
  const store = await openStore({
    place,
    secret: SECRET,
    clock,
    random: seededRandom(5),
    limits: { events: 1000 },
  });
  let n = 0;
  const waits: number[] = [];
  const commit = async (peer: string): Promise<void> => {
    const fromMs = clock.nowMs();
    ok((await store.commit([text(peer, `message ${n}`, { id: `${n++}` })])).ok);
    waits.push(clock.nowMs() - fromMs);
  };
  for (let i = 0; i < 30; i++) {
    const changes = Array.from({ length: 100 }, () => text([ANN, BEN][i % 2], `${n}`, { id: `${n++}` }));
    ok((await store.commit(changes)).ok);
  }
  for (let position = 1; position < 1000; position += 10) {
    ok((await store.commit([{ kind: "delete", peer: ANN, position }])).ok);
  }
  ok((await store.commit([{ kind: "forget", peer: BEN }])).ok);
  let isSwept = false;
  const sweeping = store.sweep().then(() => isSwept = true);
  while (!isSwept) {
    await commit(CAT);
    await nextTurn();
  }
  await sweeping;
  ok(waits.length > 3, `it was over after ${waits.length} commits`);
  const most = Math.max(...waits);
  ok(most < MOST_MS, `a commit waited ${most} ms`);
  strictEqual((await store.messages.newest(BEN, 1)).length, 0);
  await store.close();
  let forgotten = 0;
  for await (const _ of place.list({ start: ["m"], end: ["n"] })) forgotten++;
  ok(forgotten <= 2 * 256 + waits.length, `${forgotten} rows are left`);
});
