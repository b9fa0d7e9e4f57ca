/** Messages that wait: what is new lengthens no pause, and any sign of life of the peer starts its lane. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../lib/app/local.ts";
import { afterAttempt } from "../../lib/chat/outbox.ts";
import { parseGoTime } from "../../lib/wire/go_time.ts";
import { ChatWorld, worldTests } from "./chat_world.ts";
import { keyOf } from "./local/pair.ts";

const [ALICE, BOB] = ["alice", "bob"].map(keyOf);
const to = { pk: BOB, port: 1 };

class World extends ChatWorld {
  static readonly test = worldTests(World);

  dialsTo(address: string): number {
    return this.hub.dials.filter((dial) => dial === `${ALICE} ${address}`).length;
  }

  async arrived(bob: LocalApp): Promise<string[]> {
    return (await bob.messages.history({ limit: 1000, peer: ALICE })).map(({ text }) => text);
  }

  /** Puts a message into the outbox while the peer is away, and lets its pauses grow. */
  async waiting(alice: LocalApp, forMs: number): Promise<void> {
    const { state } = await this.done(alice.messages.send({ to, text: "first", waitMs: 500, queue: true }));
    strictEqual(state, "queued");
    await this.pass(forMs);
    this.hub.dials.length = 0;
  }
}

World.test("500 lines to an absent peer cost few attempts, and no pause grows", async (world) => {
  const alice = await world.open("alice");
  const texts = Array.from({ length: 500 }, (_, i) => `line ${i}`);
  const sent = texts.map((text) => alice.messages.send({ to, text, waitMs: 500, queue: true }));
  const reports = await world.done(Promise.all(sent));
  deepStrictEqual(reports.map(({ state }) => state), texts.map(() => "queued"));
  ok(world.dialsTo(`${BOB}:1`) <= 4, `${world.dialsTo(`${BOB}:1`)} dials`);
  const [first, ...others] = await alice.outbox.list();
  strictEqual(first.attempts, 1);
  ok(others.every(({ due }) => due === first.due), "who waits behind it is tried with it");
  const inMs = Number((parseGoTime(first.due) - world.clock.wallNs()) / 1_000_000n);
  ok(inMs <= 5000, `${inMs}`);
  const bob = await world.open("bob");
  await world.pass(7000);
  deepStrictEqual(await world.arrived(bob), texts);
});

World.test("A line now and then makes an attempt, and the plan stays as it was", async (world) => {
  const alice = await world.open("alice");
  await world.waiting(alice, 200_000);
  const [{ due, attempts }] = await alice.outbox.list();
  for (let i = 0; i < 5; i++) {
    await world.done(alice.messages.send({ to, text: `more ${i}`, waitMs: 500, queue: true }));
    await world.pass(2500);
  }
  const [after] = await alice.outbox.list();
  deepStrictEqual([after.due, after.attempts], [due, attempts]);
  ok(world.dialsTo(`${BOB}:1`) >= 5);
});

World.test("Any stream of the peer starts its lane at once, also one that we dialled", async (world) => {
  for (const sign of ["it dials port 1", "we ping it", "the door tells"]) {
    const alice = await world.open("alice");
    await world.waiting(alice, 600_000);
    const bob = await world.open("bob");
    await world.pass(1000);
    deepStrictEqual(await world.arrived(bob), [], "nobody has told");
    if (sign === "it dials port 1") {
      await world.done(bob.messages.send({ to: { pk: ALICE, port: 1 }, text: "hi", waitMs: 0 }));
    } else if (sign === "we ping it") await world.done(alice.node.dial({ pk: BOB, port: 9001 }));
    else await world.done(alice.admits(BOB));
    await world.pass(2000);
    ok((await world.arrived(bob)).includes("first"), sign);
    await world.done(alice.close());
    await world.done(bob.close());
    world.hub.crash(ALICE);
    world.hub.crash(BOB);
  }
});

World.test("A dial that began while the peer was away is not waited for", async (world) => {
  const alice = await world.open("alice");
  const bob = await world.open("bob");
  world.hub.hanging = true;
  const sending = alice.messages.send({ to, text: "first", waitMs: 10_000, queue: true });
  await world.pass(3000);
  world.hub.hanging = false;
  alice.heardFrom(BOB);
  await world.pass(2000);
  deepStrictEqual(await world.arrived(bob), ["first"]);
  strictEqual((await world.done(sending)).state, "acked");
});

World.test("An entry that has changed is a sign of life; entries are looked at every 30 s at the most", async (world) => {
  let mark: string | undefined;
  let looks = 0;
  const client = {
    ...world.hub.client(ALICE),
    mark: (pk: string) => {
      strictEqual(pk, BOB);
      looks++;
      return mark === "away" ? Promise.reject(new Error("no discovery")) : Promise.resolve(mark);
    },
  };
  const alice = await world.open("alice", { client });
  await world.pass(100_000);
  strictEqual(looks, 0, "nobody is waited for");
  await world.waiting(alice, 600_000);
  ok(looks >= 19 && looks <= 26, `${looks} looks in 600 s`);
  const before = world.dialsTo(`${BOB}:1`);
  mark = "1 of a program that was killed";
  await world.pass(31_000);
  ok(world.dialsTo(`${BOB}:1`) > before, "the first look at an entry is worth one attempt");
  const [{ due }] = await alice.outbox.list();
  const tried = world.dialsTo(`${BOB}:1`);
  const restMs = Number((parseGoTime(due) - world.clock.wallNs()) / 1_000_000n);
  await world.pass(Math.min(120_000, restMs - 1000));
  strictEqual(world.dialsTo(`${BOB}:1`), tried, "the same entry is no sign");
  mark = "away";
  await world.pass(31_000);
  const bob = await world.open("bob");
  mark = "2 of one that runs";
  looks = 0;
  while (looks === 0) await world.pass(1000);
  await world.pass(2000);
  deepStrictEqual(await world.arrived(bob), ["first"]);
  await world.pass(100_000);
  ok(looks <= 1, "nothing waits any more");
});

Deno.test("An attempt before its time leaves the plan, also when the network says no for good", () => {
  const waiting = { queued: true, addedNs: 0n, attempts: 3, written: false };
  const facts = { once: true, nowNs: 10n, passedNs: 10n, fraction: 0, plannedNs: 99n };
  const away = { kind: "unwritten", reason: "away", retry: true } as const;
  deepStrictEqual(afterAttempt(waiting, away, facts), {
    kind: "later",
    dueNs: 99n,
    attempts: 3,
    written: false,
    reason: "away",
  });
  strictEqual(afterAttempt(waiting, { ...away, retry: false }, facts).kind, "over");
});
