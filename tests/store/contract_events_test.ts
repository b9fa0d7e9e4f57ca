/** The contract of every adapter. Events behind a cursor. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { Change } from "../../lib/store/store.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { ANN, BEN, bodies, contract, DAY_MS, text } from "./support.ts";

contract("goes on behind a cursor without gap or repeat", async (world) => {
  const { keep } = world;
  const seen: number[] = [];
  const stop = world.store.events.watch((cursor) => seen.push(cursor));
  await keep(text(ANN, "a", { id: "1" }), { kind: "network", name: "up", detail: { servers: 2 } });
  await keep({ kind: "seen", peer: ANN, direction: "in", id: "2", body: "" });
  await keep({ kind: "read", peer: ANN, position: 9 });
  await keep({ kind: "state", peer: ANN, position: 1, state: "read" });
  await keep({ kind: "peer", peer: ANN, facts: { once: true } });
  await keep(text(BEN, "b"), { kind: "delete", peer: ANN, position: 1 }, { kind: "forget", peer: BEN });
  stop();
  deepStrictEqual(seen, [2, 3, 4, 5, 8]);
  await world.reopen();
  const { events } = world.store;
  const all = [];
  for (let cursor = 0; cursor < events.last();) {
    const page = await events.since(cursor, 3);
    strictEqual(page.lost, false);
    all.push(...page.events);
    cursor = page.cursor;
  }
  deepStrictEqual(all.map(({ cursor, kind }) => [cursor, kind]), [
    [1, "message"],
    [2, "network"],
    [3, "read"],
    [4, "state"],
    [5, "peer"],
    [7, "deleted"],
    [8, "forgotten"],
  ]);
  const [message, network, read, state, peer] = all;
  strictEqual(message.kind === "message" && message.message.state, "deleted", "as it is now");
  const atNs = world.clock.wallNs();
  deepStrictEqual(network, { kind: "network", name: "up", detail: { servers: 2 }, cursor: 2, atNs });
  deepStrictEqual(read, { kind: "read", peer: ANN, position: 1, cursor: 3, atNs });
  deepStrictEqual(state, {
    kind: "state",
    peer: ANN,
    position: 1,
    id: "1",
    state: "read",
    cursor: 4,
    atNs,
  });
  deepStrictEqual(peer, { kind: "peer", peer: ANN, facts: { once: true }, cursor: 5, atNs });
  deepStrictEqual(await events.since(8), { events: [], cursor: 8, lost: false });
  for (const wrong of [9, -1, 0.5]) {
    await rejects(events.since(wrong), (error) => error instanceof UserError && error.kind === "usage");
  }
});

contract("tells nobody of restored messages", async ({ store, keep }) => {
  await keep(text(ANN, "a"));
  const { cursor } = await keep({ ...text(ANN, "b", { id: "1" }), restored: true });
  await keep(text(ANN, "c"));
  strictEqual(cursor, 1);
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["a", "b", "c"]);
  const { events } = await store.events.since(0);
  deepStrictEqual(events.map((event) => event.kind === "message" && event.message.body), ["a", "c"]);
  deepStrictEqual(await store.seen.check(ANN, "in", "1", "b"), "repeat");
});

contract("brings back what was forgotten, and not what was deleted", async ({ store, keep }) => {
  const [one, two] = ["1", "2"].map((id) => ({ ...text(ANN, `text ${id}`, { id }), restored: true }));
  await keep(one, two);
  await keep({ kind: "delete", peer: ANN, position: 2 });
  deepStrictEqual(await store.commit([two]), { ok: false, reason: "repeat", position: 2 });
  await keep({ kind: "forget", peer: ANN });
  deepStrictEqual(await store.commit([text(ANN, "text 1", { id: "1" })]), {
    ok: false,
    reason: "repeat",
    position: 1,
  });
  await keep(one, two);
  deepStrictEqual(await store.commit([one]), { ok: false, reason: "repeat", position: 3 });
  const other = { ...text(ANN, "another", { id: "1" }), restored: true };
  strictEqual((await store.commit([other])).ok, false);
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["text 1", "text 2"]);
});

contract("brings back what a group's feeds hold after it was forgotten", async ({ store, keep }) => {
  const said = text(ANN, "said", { id: "1", via: "group" });
  await keep(said);
  strictEqual((await store.commit([said])).ok, false);
  await keep({ kind: "forget", peer: ANN });
  await keep(said);
  strictEqual((await store.commit([said])).ok, false);
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["said"]);
});

contract("drops the oldest events and says so", async ({ store, keep, clock }) => {
  const up = { kind: "network", name: "up", detail: {} } as const;
  for (let i = 0; i < 40; i++) await keep(...Array.from({ length: 10 }, () => up));
  const { events, lost } = await store.events.since(0, 1000);
  strictEqual(lost, true);
  strictEqual(events.length >= 100 && events.length < 160, true, `${events.length} are kept`);
  strictEqual(events[events.length - 1].cursor, 400);
  strictEqual((await store.events.since(300)).lost, false);
  await clock.advance(30 * DAY_MS);
  await keep(up);
  await store.sweep();
  deepStrictEqual(await store.events.since(0), {
    events: [{ ...up, cursor: 401, atNs: clock.wallNs() }],
    cursor: 401,
    lost: true,
  });
}, { events: 100 });

contract("tells what has changed and why, and nothing where nothing has", async ({ store, keep }) => {
  const value = (bytes?: number[]) =>
    ({ kind: "value", room: "room", name: "name", value: bytes && Uint8Array.from(bytes) }) as const;
  const read = { kind: "read", peer: ANN, position: 1 } as const;
  const forget = { kind: "forget", peer: ANN } as const;
  const mine = text(ANN, "mine", { direction: "out", queue: { dueNs: 0n } });
  await keep(text(ANN, "a"), mine, value([1]));
  const { cursor } = await keep(
    { kind: "state", peer: ANN, position: 2, state: "failed", reason: "refused" },
    ...[read, read],
    ...[value([2]), value()],
    ...[forget, forget],
  );
  const { events } = await store.events.since(2);
  const [failed, ...others] = events;
  strictEqual(failed.kind === "state" && failed.reason, "refused");
  deepStrictEqual(
    others.map((event) => [event.kind, event.kind === "read" && event.position, event.cursor]),
    [
      ["read", 1, 4],
      ["forgotten", false, 5],
    ],
  );
  strictEqual(cursor, 5);
  strictEqual(await store.values.get("room", "name"), undefined);
  for (const kind of ["queue", "unqueue"] as const) {
    const change = { kind, peer: ANN, position: 2, dueNs: 0n, attempts: 0 };
    deepStrictEqual(await store.commit([change]), { ok: false, reason: "missing" }, kind);
  }
  const [at, dueNs] = [{ peer: ANN, position: 3 }, 0n];
  const below: Change[] = [
    { kind: "queue", ...at, dueNs, attempts: 0 },
    { kind: "unqueue", ...at },
    { kind: "state", ...at, state: "sent" },
    { kind: "delete", ...at },
  ];
  for (const change of below) {
    const result = await store.commit([mine, forget, change]);
    deepStrictEqual(result, { ok: false, reason: "missing" }, `${change.kind} at the floor`);
  }
});
