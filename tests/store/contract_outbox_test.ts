/** The contract of every adapter. Facts of peers, and the outbox. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ANN, BEN, CAT, contract, queuedFor, text } from "./support.ts";

contract("keeps facts of peers and takes them away", async ({ store, keep }) => {
  await keep({ kind: "peer", peer: BEN, facts: { blocked: true } });
  await keep({ kind: "peer", peer: ANN, facts: { once: true, nick: "Ann" } });
  await keep({ kind: "peer", peer: ANN, facts: { once: undefined, accepted: true } });
  deepStrictEqual(await store.peers.get(ANN), { nick: "Ann", accepted: true });
  deepStrictEqual(await store.peers.get(CAT), {});
  deepStrictEqual(await store.peers.all(), [
    { peer: ANN, facts: { nick: "Ann", accepted: true } },
    { peer: BEN, facts: { blocked: true } },
  ]);
  await keep({ kind: "peer", peer: BEN, facts: { blocked: undefined } });
  strictEqual((await store.peers.all()).length, 1);
});

contract("keeps the outbox in order, plans it, empties it", async (world) => {
  const { clock, keep } = world;
  const nowNs = clock.wallNs();
  const out = (peer: string, body: string, dueNs: bigint) =>
    text(peer, body, { direction: "out", state: "pending", queue: { dueNs } });
  await keep(out(ANN, "one", nowNs), out(BEN, "two", nowNs + 5n), out(ANN, "three", nowNs));
  await world.reopen();
  const { outbox } = world.store;
  deepStrictEqual((await queuedFor(outbox, ANN)).map(({ position, bytes }) => [position, bytes]), [[1, 3], [
    2,
    5,
  ]]);
  const due = async () =>
    (await outbox.list()).map(({ peer, position, dueNs }) => `${peer[2]}${position} ${dueNs - nowNs}`).sort();
  deepStrictEqual(await due(), ["a1 0", "a2 0", "b1 5"]);
  await keep({ kind: "queue", peer: ANN, position: 1, dueNs: nowNs + 9n, attempts: 1 });
  deepStrictEqual(await due(), ["a1 9", "a2 0", "b1 5"]);
  const [first] = await queuedFor(outbox, ANN);
  deepStrictEqual(first, {
    peer: ANN,
    position: 1,
    addedNs: nowNs,
    dueNs: nowNs + 9n,
    attempts: 1,
    bytes: 3,
  });
  await keep({ kind: "unqueue", peer: ANN, position: 1 }, {
    kind: "state",
    peer: ANN,
    position: 1,
    state: "sent",
  });
  deepStrictEqual(await due(), ["a2 0", "b1 5"]);
  for (const kind of ["unqueue", "queue"] as const) {
    const change = { kind, peer: ANN, position: 1, dueNs: 0n, attempts: 0 };
    deepStrictEqual(await world.store.commit([change]), { ok: false, reason: "missing" });
  }
  await keep({ kind: "delete", peer: ANN, position: 2 });
  deepStrictEqual(await queuedFor(outbox, ANN), []);
  strictEqual((await outbox.list()).length, 1);
});

contract("limits a peer's outbox by entries and bytes", async ({ store, keep }) => {
  const out = (body: string) => text(ANN, body, { direction: "out", queue: { dueNs: 0n } });
  await keep(out("1234"), out("5"));
  deepStrictEqual(await store.commit([out("678901")]), { ok: false, reason: "full" });
  await keep(out("6"));
  deepStrictEqual(await store.commit([out("")]), { ok: false, reason: "full" });
  await keep({ kind: "unqueue", peer: ANN, position: 1 });
  await keep(out("12345678"));
  strictEqual((await store.outbox.list()).length, 3);
}, { outboxEntries: 3, outboxBytes: 10 });
