/** What waits to be sent: when it is tried again, and when given up. */
import { deepStrictEqual, fail, ok, rejects, strictEqual } from "node:assert/strict";
import type { Place } from "../../../lib/store/place/place.ts";
import { NetworkError } from "../../../lib/wire/errors.ts";
import { diskFull } from "../../fakes/faulty_store.ts";
import { ALICE, BOB, bodies, DAY_MS, hangDials, MINUTE_MS, states, texts, World } from "./world.ts";

World.test("A lost ack leaves a message to a classic peer unconfirmed, until a hand sends it again", async (world) => {
  const alice = await world.open("alice");
  const { taken } = world.classic("bob");
  strictEqual((await world.send(alice, "first")).state, "acked");
  world.hub.muted.add(BOB);
  const { state, reason } = await world.send(alice, "hello", { queue: true });
  deepStrictEqual([state, reason], ["unconfirmed", "timeout"]);
  world.hub.muted.delete(BOB);
  await world.pass(30 * MINUTE_MS);
  deepStrictEqual([bodies(taken), await alice.outbox.list()], [["first", "hello"], []]);
  deepStrictEqual(await states(alice), ["received", "unconfirmed"]);
  await world.done(alice.outbox.retry({ peer: BOB, position: 2 }));
  deepStrictEqual(await states(alice), ["received", "received"]);
  deepStrictEqual(bodies(taken), ["first", "hello", "hello"], "a classic peer shows it twice");
  strictEqual(taken[2].id, taken[1].id);
});

World.test("A lost ack makes a queued message come again at a peer that keeps one copy", async (world) => {
  const alice = await world.open("alice");
  const bob = await world.open("bob");
  await world.send(alice, "first");
  world.hub.muted.add(BOB);
  const { state, reason } = await world.send(alice, "hello", { queue: true });
  deepStrictEqual([state, reason], ["queued", "timeout"]);
  strictEqual((await alice.outbox.list())[0].message.state, "sent");
  world.hub.muted.delete(BOB);
  await world.pass(10_000);
  deepStrictEqual(await states(alice), ["received", "received"]);
  deepStrictEqual([await texts(bob), await alice.outbox.list()], [["first", "hello"], []]);
});

World.test("A message that is not queued is not sent again, whoever the peer is", async (world) => {
  const alice = await world.open("alice");
  const bob = await world.open("bob");
  await world.send(alice, "first");
  world.hub.muted.add(BOB);
  strictEqual((await world.send(alice, "hello")).state, "unconfirmed");
  world.hub.muted.delete(BOB);
  await world.pass(MINUTE_MS);
  deepStrictEqual(await states(alice), ["received", "unconfirmed"]);
  await world.done(alice.outbox.retry({ peer: BOB, position: 2 }));
  deepStrictEqual([await states(alice), await texts(bob)], [["received", "received"], ["first", "hello"]]);
});

World.test("A message that never left is tried again with any peer, later and later", async (world) => {
  const alice = await world.open("alice");
  strictEqual((await world.send(alice, "hello", { queue: true })).state, "queued");
  const { taken } = world.classic("bob");
  world.hub.away.add(BOB);
  await world.pass(60 * MINUTE_MS);
  const tries = world.hub.dials.length;
  ok(tries >= 12 && tries <= 18, `${tries} tries in an hour`);
  world.hub.away.delete(BOB);
  await world.pass(10 * MINUTE_MS);
  deepStrictEqual([bodies(taken), await states(alice)], [["hello"], ["received"]]);
});

World.test("A message that waits for 7 days is given up", async (world) => {
  const alice = await world.open("alice");
  await world.send(alice, "hello", { queue: true });
  await world.pass(8 * DAY_MS);
  const [message] = await alice.messages.history({ limit: 1 });
  deepStrictEqual([message.state, message.reason, await alice.outbox.list()], [
    "failed",
    "it waited for 7 days",
    [],
  ]);
});

World.test("Messages leave in their order once the peer makes a connection", async (world) => {
  const alice = await world.open("alice");
  for (const text of ["one", "two", "three"]) await world.send(alice, text, { queue: true });
  await world.pass(20 * MINUTE_MS);
  const { messenger, taken } = world.classic("bob");
  await world.done(messenger.send({ pk: ALICE, port: 1 }, "I am back", { waitMs: 1000 }));
  await world.pass(0);
  deepStrictEqual(bodies(taken), ["one", "two", "three"]);
});

World.test("Messages leave once our own network is back", async (world) => {
  const alice = await world.open("alice");
  const { taken } = world.classic("bob");
  const gone = new NetworkError("no discovery", { retry: true, reason: "no-network" });
  world.hub.failures.set(ALICE, gone);
  strictEqual((await world.send(alice, "hello", { queue: true })).reason, "no discovery");
  await world.pass(20 * MINUTE_MS);
  world.hub.failures.delete(ALICE);
  alice.networkEvent({ kind: "session-up", server: "server", hybrid: false });
  await world.pass(0);
  deepStrictEqual(bodies(taken), ["hello"]);
  for await (const event of alice.events.follow(0, AbortSignal.timeout(30_000))) {
    if (event.kind === "network" && event.name === "session-up") return;
  }
  fail("there is no such event");
});

World.test("The status says what keeps us from the network, until it is over", async (world) => {
  const alice = await world.open("alice");
  const problem = async () => (await alice.node.status()).problem;
  strictEqual(await problem(), undefined);
  for (const text of ["no server has room", "the discovery is away"]) {
    const error = new NetworkError(text, { retry: true, reason: "no-network" });
    alice.networkEvent({ kind: "problem", error, retryMs: 1000 });
    alice.networkEvent({ kind: "session-up", server: "server", hybrid: false });
    strictEqual(await problem(), text, "a session is no entry yet");
  }
  alice.networkEvent({ kind: "registered", servers: ["server"] });
  strictEqual(await problem(), undefined);
});

World.test("What waits stays when something else than a discovery answers, and leaves later", async (world) => {
  const alice = await world.open("alice");
  const { taken } = world.classic("bob");
  // What is refused for a reason that stays is over.
  world.hub.failures.set(ALICE, new NetworkError("no hybrid", { retry: false, reason: "refused" }));
  await rejects(world.send(alice, "never", { queue: true }), /no hybrid/);
  for (const reason of ["no-network", "closed"] as const) {
    world.hub.failures.set(ALICE, new NetworkError("answered with status 426", { retry: false, reason }));
    const sent = await world.send(alice, reason, { queue: true });
    deepStrictEqual([sent.state, sent.reason], ["queued", "answered with status 426"]);
    await world.pass(MINUTE_MS);
  }
  deepStrictEqual(await states(alice), ["failed", "pending", "pending"]);
  world.hub.failures.delete(ALICE);
  await world.pass(20 * MINUTE_MS);
  deepStrictEqual(bodies(taken), ["no-network", "closed"]);
});

World.test("An ack that comes late still tells that a message arrived", async (world) => {
  const alice = await world.open("alice");
  const kept = Promise.withResolvers<boolean>();
  world.classic("bob", () => kept.promise);
  strictEqual((await world.send(alice, "hello")).state, "unconfirmed");
  kept.resolve(true);
  await world.pass(0);
  deepStrictEqual(await states(alice), ["received"]);
});

World.test("An ack without the sign forgets that a peer keeps one copy", async (world) => {
  const alice = await world.open("alice");
  const bob = await world.open("bob");
  await world.send(alice, "one");
  strictEqual((await alice.peers.list())[0].once, true);
  await bob.close();
  world.classic("bob");
  await world.send(alice, "two");
  strictEqual((await alice.peers.list())[0].once, false);
});

World.test("A message of dmsg chat is queued like any other, and never written twice by itself", async (world) => {
  const alice = await world.open("alice");
  const to = { pk: BOB, port: 9001 };
  strictEqual((await world.send(alice, "hello", { to, queue: true })).state, "queued");
  const bob = await world.open("bob");
  await world.pass(MINUTE_MS);
  deepStrictEqual([await texts(bob), await states(alice)], [["hello"], ["sent"]]);
});

World.test("A peer that is blocked while messages wait for it gets none", async (world) => {
  const alice = await world.open("alice");
  await world.send(alice, "hello", { queue: true });
  await world.done(alice.peers.decide({ peer: BOB, blocked: true }));
  const { taken } = world.classic("bob");
  await world.pass(30 * MINUTE_MS);
  deepStrictEqual([taken, await states(alice)], [[], ["pending"]]);
  await world.done(alice.peers.decide({ peer: BOB, blocked: false }));
  await world.pass(30 * MINUTE_MS);
  deepStrictEqual([bodies(taken), await states(alice)], [["hello"], ["received"]]);
});

World.test("A message that is taken back while it waits never leaves", async (world) => {
  const alice = await world.open("alice");
  for (const text of ["one", "two"]) await world.send(alice, text, { queue: true });
  await world.done(alice.messages.remove({ peer: BOB, position: 1, everywhere: true }));
  const { taken } = world.classic("bob");
  await world.pass(MINUTE_MS);
  deepStrictEqual([bodies(taken), await states(alice)], [["two"], ["deleted", "received"]]);
  await world.done(alice.messages.forget({ peer: BOB }));
  deepStrictEqual(await alice.messages.conversations(), []);
});

World.test("What is still being kept when its conversation is dropped never leaves, and nothing of it stays", async (world) => {
  for (const queue of [true, false]) {
    let gate: Promise<void> | undefined;
    const place = (under: Place): Place => ({
      ...under,
      write: async (...args) => {
        await gate;
        return await under.write(...args);
      },
    });
    const alice = await world.open("alice", { place });
    const { taken, messenger } = world.classic("bob");
    await world.send(alice, "first");
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const to = { pk: BOB, port: 1 };
    const sending = alice.messages.send({ to, text: "dropped", waitMs: 1000, queue });
    sending.catch(() => {});
    await world.pass(10);
    const forgetting = alice.messages.forget({ peer: BOB });
    const next = alice.messages.send({ to, text: "next", waitMs: 1000, queue });
    await world.pass(10);
    [gate] = [undefined, resolve()];
    await world.done(forgetting);
    await rejects(world.done(sending), /^NetworkError: Not sent: it was (taken back|forgotten)$/);
    strictEqual((await world.done(next)).state, "acked");
    await world.pass(MINUTE_MS);
    deepStrictEqual([bodies(taken), await alice.outbox.list()], [["first", "next"], []]);
    deepStrictEqual(await texts(alice), ["next"]);
    await world.done(alice.close());
    await messenger.close();
    world.hub.crash(ALICE);
    world.hub.crash(BOB);
  }
});

World.test("A full outbox refuses one message more, by its size alone", async (world) => {
  const alice = await world.open("alice", { outboxBytes: 600 });
  for (let i = 0; i < 300; i++) await world.send(alice, "m", { queue: true });
  await rejects(
    world.send(alice, "m".repeat(301), { queue: true }),
    /outbox of this peer is full: this is not/,
  );
  strictEqual((await world.send(alice, "m".repeat(300), { queue: true })).state, "queued");
});

World.test("A message is tried for as long as the configuration says", async (world) => {
  const alice = await world.open("alice", {
    outbox: { ageNs: 2n * BigInt(DAY_MS) * 1_000_000n },
  });
  await world.send(alice, "later", { queue: true });
  await world.pass(DAY_MS);
  deepStrictEqual(await states(alice), ["pending"]);
  await world.pass(DAY_MS + MINUTE_MS);
  deepStrictEqual((await alice.messages.history({ limit: 1 }))[0].reason, "it waited for 2 days");
});

World.test("A thousand messages at once are kept and leave in order", async (world) => {
  const alice = await world.open("alice");
  const { taken } = world.classic("bob");
  const all = Array.from({ length: 1000 }, (_, i) => `m${i}`);
  const to = { pk: BOB, port: 1 };
  const reports = await world.done(
    Promise.all(all.map((text) => alice.messages.send({ to, text, waitMs: 60_000 }))),
  );
  ok(reports.every(({ state }) => state === "acked"));
  deepStrictEqual(bodies(taken), all);
});

World.test("A message that is taken back while the peer is away says that it is gone here", async (world) => {
  const alice = await world.open("alice");
  const bob = await world.open("bob");
  await world.send(alice, "oops");
  world.hub.leave(BOB);
  const failure = new NetworkError("Cannot ask the discovery", { retry: true, reason: "no-network" });
  world.hub.failures.set(ALICE, failure);
  const taken = () => world.done(alice.messages.remove({ peer: BOB, position: 1, everywhere: true }));
  await rejects(taken, (error: NetworkError) =>
    error.reason === "no-network" &&
    /^The text is deleted here; .*do it again.*; Cannot ask the discovery$/.test(error.message));
  deepStrictEqual(await states(alice), ["deleted"]);
  world.hub.back(BOB);
  world.hub.failures.delete(ALICE);
  await taken();
  await world.pass(100);
  strictEqual((await bob.messages.history({ limit: 1 }))[0].state, "deleted");
});

World.test("What is queued behind others is told so after its own wait, and waits with them", async (world) => {
  const alice = await world.open("alice");
  await world.send(alice, "first", { queue: true });
  hangDials(world.hub);
  await world.pass(MINUTE_MS);
  const { state, ms } = await world.send(alice, "second", { queue: true, waitMs: 1000 });
  deepStrictEqual([state, Math.round(ms / 100)], ["queued", 11]);
  deepStrictEqual((await alice.outbox.list()).map(({ message }) => message.text), ["first", "second"]);
});

World.test("What could not be cancelled, removed or forgotten on a full disk is still shown, and sent", async (world) => {
  let isFull = false;
  const place = (at: Place): Place => ({
    ...at,
    write: (writes, guard) => isFull ? Promise.reject(diskFull()) : at.write(writes, guard),
  });
  const alice = await world.open("alice", { place });
  const queued = await world.send(alice, "one", { queue: true });
  strictEqual(queued.state, "queued");
  const at = { peer: BOB, position: queued.position! };
  isFull = true;
  await rejects(world.done(alice.outbox.cancel(at)), /disk is full/);
  deepStrictEqual((await alice.outbox.list()).length, 1);
  await rejects(world.done(alice.messages.remove({ ...at, everywhere: false })), /disk is full/);
  deepStrictEqual((await alice.outbox.list()).length, 1);
  await rejects(world.done(alice.messages.forget({ peer: BOB })), /disk is full/);
  deepStrictEqual((await alice.outbox.list()).length, 1);
  isFull = false;
  const bob = await world.open("bob");
  await world.pass(20 * MINUTE_MS);
  deepStrictEqual([await texts(bob), await alice.outbox.list()], [["one"], []]);
});
