/** The contract of every adapter. Ids: known once, for 30 days. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ANN, BEN, contract, DAY_MS, text } from "./support.ts";

/** So many ids that are written together lie in a block. */
const MANY = 20;
contract("keeps an id once, remembers it for 30 days, and refuses it for another body", async (world) => {
  const { clock, keep } = world;
  await keep(text(ANN, "a", { id: "1" }));
  const again = (body: string) => world.store.commit([text(ANN, body, { id: "1" })]);
  for (let day = 0; day < 30; day += 10) {
    deepStrictEqual(await again("a"), { ok: false, reason: "repeat", position: 1 });
    deepStrictEqual(await again("b"), { ok: false, reason: "conflict", position: 1 });
    strictEqual(await world.store.seen.check(ANN, "in", "1", "a"), "repeat");
    strictEqual(await world.store.seen.check(ANN, "in", "1", "b"), "conflict");
    strictEqual(await world.store.seen.check(ANN, "out", "1", "b"), "new");
    strictEqual(await world.store.seen.check(BEN, "in", "1", "b"), "new");
    if (day === 0) await keep({ kind: "delete", peer: ANN, position: 1 });
    if (day === 10) await keep({ kind: "forget", peer: ANN });
    await clock.advance(10 * DAY_MS - (day === 20 ? 1 : 0));
    await world.reopen();
    await world.store.sweep();
  }
  strictEqual((await again("a")).ok, false);
  await clock.advance(1);
  strictEqual(await world.store.seen.check(ANN, "in", "1", "b"), "new");
  await keep(text(ANN, "b", { id: "1" }));
  await clock.advance(29 * DAY_MS);
  await world.store.sweep();
  strictEqual((await again("a")).ok, false);
});

contract("remembers an id without a message", async ({ store, keep }) => {
  const seen = { kind: "seen", peer: ANN, direction: "in", id: "1", body: "a" } as const;
  await keep(seen);
  deepStrictEqual(await store.commit([seen]), { ok: false, reason: "repeat", position: 0 });
  deepStrictEqual(await store.commit([text(ANN, "b", { id: "1" })]), {
    ok: false,
    reason: "conflict",
    position: 0,
  });
  strictEqual(await store.messages.byId(ANN, "in", "1"), undefined);
});

contract("knows ids that were written together, in each process and for 30 days", async (world) => {
  const { clock, keep } = world;
  const message = (n: number, body = `${n}`) => text(ANN, body, { id: `id ${n}` });
  await keep(...Array.from({ length: 100 }, (_, n) => message(n)));
  await keep(message(100));
  for (const opens of [0, 1]) {
    if (opens > 0) await world.reopen();
    const { store } = world;
    for (const n of [0, 57, 99, 100]) {
      deepStrictEqual(await store.commit([message(n)]), { ok: false, reason: "repeat", position: n + 1 });
      const other = await store.commit([message(n, "other")]);
      deepStrictEqual(other, { ok: false, reason: "conflict", position: n + 1 });
      strictEqual((await store.messages.byId(ANN, "in", `id ${n}`))?.body, `${n}`);
    }
    strictEqual(await store.seen.check(ANN, "in", "id 101", "101"), "new");
    strictEqual(await store.seen.check(BEN, "in", "id 1", "1"), "new");
  }
  // Many questions make the store learn all ids; the answers stay the same.
  for (let n = 0; n < 100; n++) {
    strictEqual(await world.store.seen.check(ANN, "in", `id ${n}`, `${n}`), "repeat");
  }
  for (let n = 101; n < 150; n++) ok((await world.store.commit([message(n)])).ok);
  deepStrictEqual(await world.store.commit([message(57)]), { ok: false, reason: "repeat", position: 58 });
  await clock.advance(30 * DAY_MS);
  strictEqual(await world.store.seen.check(ANN, "in", "id 57", "57"), "new");
  await world.store.sweep();
  await clock.advance(31 * DAY_MS);
  await world.store.sweep();
  await world.reopen();
  strictEqual(await world.store.seen.check(ANN, "in", "id 57", "57"), "new");
  ok((await world.store.commit([message(57)])).ok);
});

contract(
  "takes a group's ids anew once it was forgotten, also with another body",
  async ({ store, keep }) => {
    const said = (body: string) => text(ANN, body, { id: "1", via: "group" });
    await keep(said("read"));
    deepStrictEqual(await store.commit([said("")]), { ok: false, reason: "conflict", position: 1 });
    await keep({ kind: "forget", peer: ANN });
    await keep(said(""));
    deepStrictEqual(await store.commit([said("")]), { ok: false, reason: "repeat", position: 2 });
    deepStrictEqual(await store.commit([said("read")]), { ok: false, reason: "conflict", position: 2 });
  },
);

for (const [how, few] of [["together", MANY], ["a few at a time", MANY / 2]] as const) {
  contract(`brings back ids that were kept ${how}, once`, async (world) => {
    const { keep } = world;
    const said = Array.from({ length: MANY }, (_, n) => text(ANN, `${n}`, { id: `id ${n}`, via: "group" }));
    for (let n = 0; n < MANY; n += few) await keep(...said.slice(n, n + few));
    await keep({ kind: "forget", peer: ANN });
    await keep(...said);
    for (const opens of [0, 1]) {
      if (opens > 0) await world.reopen();
      const again = await world.store.commit([said[3]]);
      deepStrictEqual(again, { ok: false, reason: "repeat", position: MANY + 4 });
      strictEqual((await world.store.messages.byId(ANN, "in", "id 3"))?.position, MANY + 4);
    }
  });
}
