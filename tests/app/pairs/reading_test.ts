/** What programs read of pairs that are there for nothing else, and what they leave there. */
import { deepStrictEqual, ok } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { memorySecrets } from "../../../lib/app/secrets_file.ts";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import type { Place } from "../../../lib/store/place/place.ts";
import { sleep } from "../../../lib/sys/clock.ts";
import { worldTests } from "../chat_world.ts";
import { FailingPlace, GroupWorld, pairOf } from "../groups/group_world.ts";
import { keyOf } from "../local/pair.ts";

const [ALICE, BOB, CAROL] = ["alice", "bob", "carol"].map(keyOf);

class PairWorld extends GroupWorld {
  readonly #disks = new Map<
    string,
    { rows: ReturnType<typeof emptyRows>; pairSecrets: ReturnType<typeof memorySecrets> }
  >();

  /** The program of somebody, on its disk. */
  person(
    name: string,
    how: { readonly place?: (under: Place) => Place; readonly resident?: boolean } = {},
  ): Promise<LocalApp> {
    const disk = this.#disks.get(name) ?? { rows: emptyRows(), pairSecrets: memorySecrets() };
    this.#disks.set(name, disk);
    return this.open(name, { own: pairOf(name), resident: true, ...disk, ...how });
  }

  /** Alice and bob are paired, and neither is there; these have said something since. */
  async apart(...talking: readonly string[]): Promise<void> {
    const [alice, bob] = [await this.person("alice"), await this.person("bob")];
    await this.done(alice.pairs.add({ peer: BOB }));
    await this.pass(1_000);
    await this.done(bob.pairs.accept({ peer: ALICE }));
    await this.pass(10_000);
    for (const app of [alice, bob]) await this.done(app.close());
    for (const name of talking) {
      const peer = name === "alice" ? BOB : ALICE;
      const alone = await this.person(name);
      await this.done(alone.pairs.send({ peer, text: `of ${name}`, waitMs: 0 }));
      await this.done(alone.close());
    }
    await this.pass(60_000);
  }
}

const test = worldTests(PairWorld);

test("Two of a pair who come one after the other and leave have read each other, and go then", async (world) => {
  await world.apart("alice", "bob");
  const startMs = world.clock.nowMs();
  const meet = async (name: string, peer: string) => {
    const app = await world.person(name);
    const reading = app.pairs.read({ waitMs: 30_000, leaves: true }).then(async (read) => {
      const [{ waiting }] = await app.pairs.list();
      const all = await app.messages.history({ peer, limit: 10 });
      await app.close();
      const heard = all.filter(({ outgoing }) => !outgoing).map(({ text }) => text);
      return { read, waiting, heard, endMs: world.clock.nowMs() };
    });
    return { reading };
  };
  const alice = await meet("alice", BOB);
  await world.pass(8_000);
  const bob = await meet("bob", ALICE);
  const [one, other] = await world.done(Promise.all([alice.reading, bob.reading]));
  deepStrictEqual([one.read, one.waiting, one.heard], [{ pairs: 1, read: 1 }, 0, ["of bob"]]);
  deepStrictEqual([other.read, other.waiting, other.heard], [{ pairs: 1, read: 1 }, 0, ["of alice"]]);
  ok(Math.max(one.endMs, other.endMs) - startMs < 25_000, "they do not wait for the end of their time");
});

test("Who has nothing to hand on leaves once the other knows that its words were read", async (world) => {
  await world.apart("bob");
  const alice = await world.person("alice");
  const reading = alice.pairs.read({ waitMs: 30_000, leaves: true }).then(() => alice.close());
  await world.pass(8_000);
  const bob = await world.person("bob");
  await world.done(reading);
  deepStrictEqual((await bob.pairs.list()).map(({ waiting }) => waiting), [0]);
});

test("Who leaves stays for who can keep nothing just now, as long as there is time", async (world) => {
  await world.apart("alice");
  const disk = new FailingPlace();
  const alice = await world.person("alice");
  const reading = alice.pairs.read({ waitMs: 120_000, leaves: true });
  const bob = await world.person("bob", { place: (under) => disk.around(under) });
  disk.does = "fails";
  await world.pass(20_000);
  disk.does = "works";
  await world.done(reading);
  deepStrictEqual((await alice.pairs.list()).map(({ waiting }) => waiting), [0]);
  const all = await bob.messages.history({ peer: ALICE, limit: 10 });
  deepStrictEqual(all.map(({ text }) => text), ["of alice"]);
});

test("Who leaves is told whom it has not read, and waits for who has not agreed only a little", async (world) => {
  await world.apart();
  const alice = await world.person("alice");
  const timed = async (waitMs: number) => {
    const startMs = world.clock.nowMs();
    const read = await world.done(alice.pairs.read({ waitMs, leaves: true }));
    return [read, Math.round((world.clock.nowMs() - startMs) / 1_000)];
  };
  deepStrictEqual(await timed(12_000), [{ pairs: 1, read: 0, away: [BOB] }, 12]);
  await world.done(alice.pairs.remove({ peer: BOB }));
  const carol = await world.person("carol");
  await world.done(alice.pairs.add({ peer: CAROL }));
  await world.done(carol.close());
  deepStrictEqual(await timed(12_000), [{ pairs: 1, read: 0 }, 5]);
});

test("What is said by a command, and what waits beside it, reaches who is there and far away", async (world) => {
  await world.apart();
  const bob = await world.person("bob");
  world.hub.leave(BOB);
  const said = Array.from({ length: 40 }, (_, i) => `said ${i + 10}`);
  const command = async (text: string, waitMs: number): Promise<boolean> => {
    const alice = await world.person("alice", { resident: false });
    const { fetched } = await world.done(alice.pairs.send({ peer: BOB, text, waitMs }));
    await world.done(alice.close());
    return fetched;
  };
  for (const text of said) await command(text, 0);
  world.hub.back(BOB);
  world.hub.lag = () => sleep(world.clock, 150);
  deepStrictEqual(await command("to the end", 20_000), true);
  await world.pass(2_000);
  const heard = await world.done(bob.messages.history({ peer: ALICE, limit: 100 }));
  deepStrictEqual(heard.map(({ text }) => text).sort(), [...said, "to the end"]);
});

test("Who only polls is there until who is far away has its word on what it has read", async (world) => {
  await world.apart("bob");
  const bob = await world.person("bob");
  world.hub.lag = () => sleep(world.clock, 250);
  const alice = await world.person("alice", { resident: false });
  await world.done(alice.pairs.read({ waitMs: 20_000 }));
  await world.done(alice.close());
  await world.pass(2_000);
  deepStrictEqual((await bob.pairs.list()).map(({ waiting }) => waiting), [0]);
});

test("Who only polls goes soon also when the other talks on and on", async (world) => {
  await world.apart();
  const bob = await world.person("bob");
  let isOver = false;
  const talk = async (): Promise<void> => {
    for (; !isOver; await sleep(world.clock, 400)) {
      await bob.pairs.send({ peer: ALICE, text: "and", waitMs: 0 });
    }
  };
  const talking = talk();
  const alice = await world.person("alice", { resident: false });
  for (const leaves of [false, true]) {
    const startMs = world.clock.nowMs();
    await world.done(alice.pairs.read({ waitMs: 20_000, leaves }));
    const tookMs = world.clock.nowMs() - startMs;
    ok(tookMs < 6_000, `${tookMs} ms`);
  }
  await world.done(alice.close());
  isOver = true;
  await world.done(talking);
});
