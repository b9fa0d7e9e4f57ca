/** The contract of every adapter. Commits: all or nothing, many at once, beside a sweep, and none after the end. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { Change } from "../../lib/store/store.ts";
import { ANN, BEN, bodies, contract, text } from "./support.ts";

contract("keeps small values by room and name, in the same commit as messages", async (world) => {
  const value = (room: string, name: string, bytes?: number[]) =>
    ({ kind: "value", room, name, value: bytes && Uint8Array.from(bytes) }) as const;
  const group = text("6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50", "hi", { id: "a/1/1", via: "group" });
  await world.keep(group, value("one", "b", [1, 2]), value("one", "a", []), value("two", "b", [3]));
  await world.keep(value("one", "b", [4]), value("two", "b"), value("two", "none"));
  const refused = await world.store.commit([value("one", "c", [5]), group]);
  strictEqual(refused.ok, false);
  for (const again of [false, true]) {
    if (again) await world.reopen();
    const { values, messages } = world.store;
    const [a, b] = [{ name: "a", value: new Uint8Array(0) }, { name: "b", value: Uint8Array.of(4) }];
    deepStrictEqual(await values.list("one"), [a, b]);
    deepStrictEqual(await values.list("two"), []);
    deepStrictEqual(await values.get("one", "b"), Uint8Array.of(4));
    strictEqual(await values.get("two", "b"), undefined);
    strictEqual((await messages.newest(group.message.peer, 1))[0].via, "group");
  }
});

contract("lets commits go first while it is swept", async ({ store, keep }) => {
  const peers = Array.from({ length: 8 }, (_, n) => `02${n}${"f".repeat(63)}`);
  for (const peer of peers) await keep(...Array.from({ length: 50 }, (_, n) => text(peer, `${n}`)));
  await keep(...peers.map((peer) => ({ kind: "forget", peer }) as const));
  const order: string[] = [];
  const sweeping = store.sweep().then(() => order.push("swept"));
  await store.messages.newest(ANN, 1); // it has begun
  ok((await store.commit([text(ANN, "at once")])).ok);
  order.push("kept");
  await sweeping;
  deepStrictEqual(order, ["kept", "swept"]);
});

contract("writes all changes of a commit or none", async ({ store, keep }) => {
  await keep(text(ANN, "a", { id: "1" }));
  const result = await store.commit([
    text(BEN, "b"),
    { kind: "peer", peer: BEN, facts: { once: true } },
    text(ANN, "a", { id: "1" }),
  ]);
  deepStrictEqual(result, { ok: false, reason: "repeat", position: 1 });
  deepStrictEqual(await store.messages.newest(BEN, 1), []);
  deepStrictEqual(await store.peers.all(), []);
  strictEqual(store.events.last(), 1);
});

contract("keeps nothing of a commit with what is too long for what it is", async ({ store, keep }) => {
  const long = "x".repeat(33_000);
  const value = (bytes: number) =>
    ({ kind: "value", room: "r", name: "n", value: new Uint8Array(bytes) }) as const;
  const changes: Change[] = [
    { kind: "network", name: "up", detail: { long } },
    { kind: "peer", peer: ANN, facts: { long } },
    { kind: "state", peer: BEN, position: 1, state: "failed", reason: long },
    value(512 * 1024 + 1),
  ];
  await keep(text(BEN, "before"));
  for (const change of changes) {
    await rejects(store.commit([text(ANN, "beside"), change]), RangeError, change.kind);
  }
  await keep(value(512 * 1024));
  strictEqual(store.events.last(), 1);
  deepStrictEqual(await store.messages.newest(ANN, 9), []);
  deepStrictEqual(await store.peers.get(ANN), {});
});

contract("gives each of many calls at once its own result", async ({ store }) => {
  const calls = Array.from(
    { length: 60 },
    (_, i) => store.commit([text(i % 2 ? ANN : BEN, `${i}`, { id: `${i % 50}` })]),
  );
  const results = await Promise.all(calls);
  results.slice(0, 50).forEach((result, i) =>
    deepStrictEqual(result, { ok: true, cursor: i + 1, positions: [Math.floor(i / 2) + 1] })
  );
  results.slice(50).forEach((result, i) =>
    deepStrictEqual(result, { ok: false, reason: "conflict", position: Math.floor(i / 2) + 1 })
  );
  strictEqual((await store.messages.newest(ANN, 100)).length, 25);
});

contract("refuses calls after it was closed", async (world) => {
  const late = world.store.commit([text(ANN, "in time")]);
  await world.store.close();
  await world.store.close();
  strictEqual((await late).ok, true);
  await rejects(world.store.commit([text(ANN, "late")]), TypeError);
  await world.reopen();
  deepStrictEqual(bodies(await world.store.messages.newest(ANN, 9)), ["in time"]);
});
