/** What is said of messages whose way was crossed by a restart or by a hand. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../lib/app/local.ts";
import { emptyRows } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import { ALICE, BOB, bodies, MINUTE_MS, states, texts, World } from "./local/world.ts";

const last = async (app: LocalApp): Promise<unknown[]> => {
  const [{ state, reason }] = await app.messages.history({ limit: 1 });
  return [state, reason];
};

/** A message that bob, who keeps one copy, has; alice was killed before his ack came, and he is away now. */
async function killedBeforeTheAck(world: World): Promise<{ alice: LocalApp; bob: LocalApp }> {
  const rows = emptyRows();
  const first = await world.open("alice", { rows });
  const bob = await world.open("bob");
  await world.send(first, "first");
  world.hub.muted.add(BOB);
  void first.messages.send({ to: { pk: BOB, port: 1 }, text: "hello", waitMs: 5000, queue: true });
  await world.pass(500);
  deepStrictEqual(await texts(bob), ["first", "hello"]);
  world.hub.leave(BOB);
  world.hub.muted.delete(BOB);
  const left = world.crash(ALICE, rows);
  return { alice: await world.open("alice", { rows: left }), bob };
}

World.test("A message that was cancelled when it may have left is not said to be unsent by a later try", async (world) => {
  const alice = await world.open("alice");
  await world.open("bob");
  await world.send(alice, "first");
  world.hub.muted.add(BOB);
  strictEqual((await world.send(alice, "hello", { queue: true })).state, "queued");
  await world.done(alice.outbox.cancel({ peer: BOB, position: 2 }));
  deepStrictEqual(await last(alice), ["cancelled", "it may have arrived"]);
  world.hub.leave(BOB);
  await world.done(alice.outbox.retry({ peer: BOB, position: 2 }));
  strictEqual((await last(alice))[0], "unconfirmed");
});

World.test("What waits behind a message whose peer is away waits for its ack, whatever its sender waited for", async (world) => {
  const alice = await world.open("alice");
  for (const text of ["one", "two"]) {
    strictEqual((await world.send(alice, text, { queue: true, waitMs: 0 })).state, "queued");
  }
  const { taken } = world.classic("bob", ({ body }) => body === "one");
  await world.pass(MINUTE_MS);
  deepStrictEqual([bodies(taken), await states(alice)], [["one", "two"], ["received", "unconfirmed"]]);
});

World.test("A message that may have left before a kill is not said to be unsent when it is cancelled", async (world) => {
  const { alice } = await killedBeforeTheAck(world);
  await world.done(alice.outbox.cancel({ peer: BOB, position: 2 }));
  deepStrictEqual(await last(alice), ["cancelled", "it may have arrived"]);
});

World.test("A message that may have left before a kill is taken back at its peer as well", async (world) => {
  const { alice, bob } = await killedBeforeTheAck(world);
  world.hub.back(BOB);
  await world.done(alice.messages.remove({ peer: BOB, position: 2, everywhere: true }));
  await world.pass(1000);
  deepStrictEqual(await last(bob), ["deleted", undefined]);
});

World.test("A message that may have left before a kill is unconfirmed when it is given up", async (world) => {
  const { alice } = await killedBeforeTheAck(world);
  await world.pass(8 * 24 * 60 * MINUTE_MS);
  deepStrictEqual(await last(alice), ["unconfirmed", "it waited for 7 days"]);
});

/** A disk whose writes wait while the gate is closed. */
function gated() {
  let gate = Promise.resolve();
  let open = () => {};
  const place = (under: Place): Place => ({
    ...under,
    write: (...args) => gate.then(() => under.write(...args)),
  });
  const close = (): void => {
    const { promise, resolve } = Promise.withResolvers<void>();
    [gate, open] = [promise, resolve];
  };
  return { place, close, open: () => open() };
}

World.test("An ack that came by another way is told when it is kept", async (world) => {
  const [hers, his] = [gated(), gated()];
  const alice = await world.open("alice", { place: hers.place });
  await world.open("bob", { place: his.place });
  await world.send(alice, "first");
  his.close();
  strictEqual((await world.send(alice, "hello", { queue: true, waitMs: 300 })).state, "queued");
  world.hub.hanging = true;
  let isTold = false;
  const retried = alice.outbox.retry({ peer: BOB, position: 2 }).then(() => isTold = true);
  await world.pass(100);
  hers.close();
  his.open();
  await world.pass(100);
  strictEqual(isTold, false);
  hers.open();
  await world.pass(100);
  strictEqual(isTold, true);
  deepStrictEqual(await states(alice), ["received", "received"]);
  await retried;
});
