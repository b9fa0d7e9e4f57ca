/** Who was asked to be paired while it was away is asked when it is back, and not only after the pause. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld, pairOf } from "../groups/group_world.ts";

const [ALICE, BOB] = ["alice", "bob"].map((name) => pairOf(name).pk);

class AskingWorld extends GroupWorld {
  dials(): number {
    return this.hub.dials.filter((dial) => dial === `${ALICE} ${BOB}:1`).length;
  }

  /** Asks in vain for an hour. */
  async inVain(alice: LocalApp): Promise<void> {
    strictEqual((await this.done(alice.pairs.add({ peer: BOB }))).sent, false);
    await this.pass(3_600_000);
    this.hub.dials.length = 0;
    await this.pass(61_000);
  }

  /** What has asked bob. */
  async asked(bob: LocalApp): Promise<string[]> {
    return (await this.done(bob.pairs.list())).map(({ peer, status }) => `${peer} ${status}`);
  }
}

const test = worldTests(AskingWorld);

test("Who is asked to be paired and comes back is asked at once, after a pause of whatever length", async (world) => {
  const alice = await world.member("alice");
  await world.inVain(alice);
  const bob = await world.member("bob");
  await world.pass(1000);
  deepStrictEqual(await world.asked(bob), [], "nobody has told");
  await world.done(bob.messages.send({ to: { pk: ALICE, port: 1 }, text: "hi", waitMs: 0 }));
  await world.pass(2000);
  deepStrictEqual(await world.asked(bob), [`${ALICE} invited`]);
});

test("An entry that has changed shows that who is asked to be paired is back, and who comes again and again is not asked each time", async (world) => {
  let mark: string | undefined;
  const client = { ...world.hub.client(ALICE), mark: () => Promise.resolve(mark) };
  const alice = await world.open("alice", { own: pairOf("alice"), resident: true, client });
  await world.inVain(alice);
  const before = world.dials();
  mark = "1";
  await world.pass(31_000);
  ok(world.dials() > before, "an entry that comes is a sign of life");
  const tried = world.dials();
  for (let i = 0; i < 20; i++) {
    alice.heardFrom(BOB);
    await world.pass(1000);
  }
  ok(world.dials() <= tried + 1, "at most once in 30 s");
  const bob = await world.member("bob");
  mark = "2";
  await world.pass(125_000);
  deepStrictEqual(await world.asked(bob), [`${ALICE} invited`]);
});

test("A program that has just begun asks whom the last one has not reached as soon as it hears of it, and once", async (world) => {
  const rows = emptyRows();
  const before = await world.member("alice", rows);
  strictEqual((await world.done(before.pairs.add({ peer: BOB }))).sent, false);
  deepStrictEqual((await world.done(before.pairs.list())).map(({ asked }) => asked), [undefined]);
  await world.done(before.close());
  const bob = await world.member("bob");
  const alice = await world.member("alice", rows);
  await world.pass(1000);
  world.hub.dials.length = 0;
  for (let i = 0; i < 3; i++) alice.heardFrom(BOB);
  await world.pass(2000);
  deepStrictEqual([await world.asked(bob), world.dials()], [[`${ALICE} invited`], 1]);
  deepStrictEqual((await world.done(alice.pairs.list())).map(({ asked }) => asked), [true]);
  alice.heardFrom(BOB);
  await world.pass(40_000);
  alice.heardFrom(BOB);
  await world.pass(2000);
  strictEqual(world.dials(), 1, "it knows");
});
