/** Sends, one-shot apps, keys. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { openLocalApp } from "../../../lib/app/local.ts";
import { sendId } from "../../../lib/chat/send_id.ts";
import { openStore } from "../../../lib/store/open.ts";
import { memoryPlace } from "../../../lib/store/place/memory.ts";
import { Bench, type BenchClient } from "../../dmsg/bench.ts";
import { quiet } from "../../fakes/quiet.ts";
import { seededRandom } from "../../fakes/random.ts";
import { ALICE, BOB, states, texts, World } from "./world.ts";

World.test("A one-shot app keeps what comes on its connection, and listens to nothing", async (world) => {
  const alice = await world.open("alice", { resident: false });
  const bob = await world.open("bob");
  await world.send(alice, "hello");
  const answer = await world.done(
    bob.messages.send({ to: { pk: ALICE, port: 1 }, text: "hello yourself", waitMs: 500 }),
  );
  deepStrictEqual([answer.state, await texts(alice)], ["acked", ["hello", "hello yourself"]]);
  await alice.close();
  const late = bob.messages.send({ to: { pk: ALICE, port: 1 }, text: "late", waitMs: 500 });
  await rejects(world.done(late), { reason: "refused" });
});

World.test("A send is given up at its signal; the message stays", async (world) => {
  const alice = await world.open("alice");
  world.classic("bob", () => new Promise<boolean>(() => {}));
  const give = new AbortController();
  const sent = alice.messages.send({ to: { pk: BOB, port: 1 }, text: "x", waitMs: 5000 }, give.signal);
  await world.pass(10);
  give.abort(new Error("given up"));
  await rejects(sent, /given up/);
  deepStrictEqual(await states(alice), ["pending"]);
  await world.pass(6000);
  deepStrictEqual(await states(alice), ["unconfirmed"]);
});

World.test("A message with a key has the id that follows from it", async (world) => {
  const alice = await world.open("alice");
  const { taken } = world.classic("bob");
  const { id } = await world.send(alice, "hello", { key: "backup 2026-11-23" });
  deepStrictEqual([id, taken[0].id], Array(2).fill(sendId(BOB, "backup 2026-11-23")));
  await world.send(alice, "fast", { key: "k", waitMs: 0 });
  await world.pass(0);
  deepStrictEqual([taken[1].form, taken[1].id], ["envelope", sendId(BOB, "k")]);
  await rejects(world.send(alice, "x", { key: "" }), { kind: "usage" });
  for (const [text, replyTo] of [["else", undefined], ["hello", "0011223344556677"]] as const) {
    const again = world.send(alice, text, { key: "backup 2026-11-23", replyTo });
    await rejects(again, { kind: "refused", message: "This key was used for another text" });
  }
});

Deno.test("Two apps talk over dmsg, and what was queued leaves when the peer comes", async () => {
  const bench = new Bench();
  await bench.server(90);
  const [a, b] = [await bench.published(1), await bench.published(2)];
  const open = async (client: BenchClient) => {
    const { clock } = bench;
    const random = seededRandom(client.host);
    const store = await openStore({ place: memoryPlace(), secret: new Uint8Array(32), clock, random });
    return await openLocalApp({ client: client.dmsg, store, clock, random, resident: true, pid: 1 });
  };
  // Slower than bench.done: time must not pass while the stores' ciphers are at work.
  const done = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    promise.then(() => settled = true, () => settled = true);
    for (await quiet(); !settled; await quiet()) await bench.clock.advance(10);
    return await promise;
  };
  const alice = await done(open(a));
  const to = { pk: b.dmsg.pk, port: 1 };
  const queued = await done(alice.messages.send({ to, text: "early", waitMs: 1000, queue: true }));
  strictEqual(queued.state, "queued");
  const bob = await done(open(b));
  await done(bob.messages.send({ to: { pk: alice.pk, port: 1 }, text: "hello", waitMs: 5000 }));
  while ((await done(alice.outbox.list())).length > 0) await bench.clock.advance(100);
  strictEqual((await done(alice.messages.send({ to, text: "late", waitMs: 5000 }))).state, "acked");
  deepStrictEqual(await texts(bob), ["hello", "early", "late"]);
  await done(Promise.all([alice.close(), bob.close()]));
});
