/** Many peers' lanes: when each of them runs, and how many at once. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../lib/app/local.ts";
import { emptyRows } from "../../lib/store/place/memory.ts";
import { NetworkError } from "../../lib/wire/errors.ts";
import { ChatWorld, worldTests } from "./chat_world.ts";
import { keyOf } from "./local/pair.ts";

const ALICE = keyOf("alice");

class World extends ChatWorld {
  static readonly test = worldTests(World);

  queue(alice: LocalApp, name: string, text = `to ${name}`) {
    return this.done(
      alice.messages.send({ to: { pk: keyOf(name), port: 1 }, text, waitMs: 500, queue: true }),
    );
  }
}

World.test("Who is due first is tried first, however long others still wait", async (world) => {
  const alice = await world.open("alice");
  await world.queue(alice, "bob");
  await world.pass(900_000); // its pauses are minutes by now
  await world.queue(alice, "carol");
  const carol = await world.open("carol"); // she dials nobody: no sign of life
  await world.pass(5500);
  deepStrictEqual((await carol.messages.history({ limit: 9 })).map(({ text }) => text), ["to carol"]);
});

World.test("A program that comes back dials eight peers at once, and each in its turn", async (world) => {
  const rows = emptyRows();
  const names = Array.from({ length: 30 }, (_, i) => `peer ${i}`);
  const before = await world.open("alice", { rows });
  for (const name of names) await world.queue(before, name);
  await world.done(before.close());
  world.hub.crash(ALICE);
  await world.pass(60_000); // all are due
  const under = { way: 0, most: 0 };
  const dialled = new Set<string>();
  const client = {
    ...world.hub.client(ALICE),
    dial: async ({ pk }: { pk: string }) => {
      dialled.add(pk);
      under.most = Math.max(under.most, ++under.way);
      await new Promise<void>((resolve) => world.clock.after(1000, resolve));
      under.way--;
      throw new NetworkError("away", { retry: true, reason: "unreachable" });
    },
  };
  await world.open("alice", { rows, client });
  await world.pass(4500);
  deepStrictEqual([under.most, dialled.size], [8, 30]);
});

World.test("An attempt from before our network was back, which fails only then, is made again at once", async (world) => {
  const failing = Promise.withResolvers<never>();
  failing.promise.catch(() => {});
  const hub = world.hub.client(ALICE);
  let dials = 0;
  const client = {
    ...hub,
    dial: (...to: Parameters<typeof hub.dial>) => dials++ === 0 ? failing.promise : hub.dial(...to),
  };
  const alice = await world.open("alice", { client });
  const bob = await world.open("bob");
  const sending = world.queue(alice, "bob");
  await world.pass(10);
  alice.networkEvent({ kind: "session-up", server: "s" } as never);
  await world.pass(10);
  failing.reject(new NetworkError("no session", { retry: true, reason: "no-network" }));
  await world.pass(50);
  strictEqual((await bob.messages.history({ limit: 9 })).length, 1);
  ok((await sending).position! > 0);
});

World.test("What was sent without a queue and may have left goes again after a kill, to who keeps one copy, and never counts as unsent", async (world) => {
  const bob = await world.open("bob");
  const to = { pk: keyOf("bob"), port: 1 };
  for (const retry of [true, false]) {
    const rows = emptyRows();
    const alice = await world.open("alice", { rows });
    await world.queue(alice, "bob", "first"); // its ack says that bob keeps one copy
    world.hub.muted.add(to.pk); // acks are lost
    const lost = alice.messages.send({ to, text: `second ${retry}`, waitMs: 20_000 });
    await world.pass(100);
    const killed = structuredClone(rows); // as the store is at this moment
    await world.done(lost);
    await world.done(alice.close());
    world.hub.crash(ALICE);
    world.hub.muted.clear();
    world.hub.failures.set(ALICE, new NetworkError("not now", { retry, reason: "unreachable" }));
    const again = await world.open("alice", { rows: killed });
    const second = async () => (await world.done(again.messages.history({ peer: to.pk, limit: 9 })))[1].state;
    await world.pass(1000);
    strictEqual(await second(), retry ? "sent" : "unconfirmed");
    world.hub.failures.clear();
    await world.pass(10_000);
    strictEqual(await second(), retry ? "received" : "unconfirmed");
    await world.done(again.close());
    world.hub.crash(ALICE);
  }
  const texts = (await bob.messages.history({ limit: 9 })).map(({ text }) => text);
  deepStrictEqual(texts, ["first", "second true", "first", "second false"]);
});
