/** Two who are never there together, and a node that holds their feeds: whole apps over a network in memory. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import type { LocalApp } from "../../../lib/app/local.ts";
import { emptyRows, type MemoryRows } from "../../../lib/store/place/memory.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { worldTests } from "../chat_world.ts";
import { GroupWorld } from "../groups/group_world.ts";
import { keyOf } from "../local/pair.ts";

const [ALICE, BOB, HOLDER] = ["alice", "bob", "holder"].map(keyOf);
const SPACE = { spaceBytes: 64 << 20, ageMs: 30 * 86_400_000 };
const refused = (kind: string) => (error: unknown) => error instanceof UserError && error.kind === kind;

class HeldWorld extends GroupWorld {
  /** Two who are paired, each with its disk; both are there. */
  async pair(): Promise<{ alice: LocalApp; bob: LocalApp; disks: Record<"alice" | "bob", MemoryRows> }> {
    const disks = { alice: emptyRows(), bob: emptyRows() };
    const alice = await this.member("alice", disks.alice);
    const bob = await this.member("bob", disks.bob);
    await this.done(alice.pairs.add({ peer: BOB }));
    await this.pass(1_000);
    await this.done(bob.pairs.accept({ peer: ALICE }));
    await this.pass(1_000);
    return { alice, bob, disks };
  }

  /** One of the two leaves and the other comes, never both at once. */
  turn(who: string): void {
    for (const pk of [ALICE, BOB]) this.hub.leave(pk);
    this.hub.back(who);
  }

  /** Lets time pass until something is so. */
  async until(what: string, is: () => Promise<boolean>): Promise<void> {
    for (let turns = 0; !await this.done(is()); turns++) {
      ok(turns < 300, what);
      await this.pass(10_000);
    }
  }

  async heard(app: LocalApp, from: string): Promise<string[]> {
    const all = await this.done(app.messages.history({ peer: from, limit: 1000 }));
    return all.filter(({ outgoing }) => !outgoing).map(({ text }) => text);
  }

  async say(app: LocalApp, peer: string, ...texts: string[]): Promise<void> {
    for (const text of texts) await this.done(app.pairs.send({ peer, text, waitMs: 0 }));
  }
}

const test = worldTests(HeldWorld);
const texts = (who: string) => Array.from({ length: 50 }, (_, i) => `${who} ${i}`);

test("Two who are never there together exchange 50 messages each way, also over a holder that was killed", async (world) => {
  const { alice, bob } = await world.pair();
  let disk = emptyRows();
  const holder = await world.member("holder", disk);
  await world.done(holder.pairs.hold({ peers: [BOB, ALICE], ...SPACE }));
  await world.done(alice.pairs.nameHolder({ peer: BOB, holder: HOLDER }));
  await world.done(bob.pairs.nameHolder({ peer: ALICE, holder: HOLDER }));
  strictEqual((await alice.pairs.list())[0].holder?.pk, HOLDER);

  world.turn(ALICE);
  await world.say(alice, BOB, ...texts("alice"));
  await world.until("the holder has what alice said", async () => {
    const [{ feeds }] = await holder.pairs.held();
    return feeds.find(({ feed }) => feed === ALICE)!.messages === 50;
  });
  const shown = (await alice.pairs.list())[0].holder!;
  ok(shown.bytes > 50 * 100 && shown.presence === "connected");
  ok(shown.since! <= shown.lastHeard!, "who holds is shown with since when, and when it was last heard of");

  // The holder is killed before bob comes: what it serves is what lay on its disk.
  world.hub.leave(ALICE);
  disk = { rows: new Map(disk.rows), writes: disk.writes };
  world.hub.crash(HOLDER);
  const again = await world.member("holder", disk);
  const [{ feeds }] = await again.pairs.held();
  deepStrictEqual(feeds.map(({ feed, messages }) => [feed, messages]), [[ALICE, 50], [BOB, 0]].sort());
  world.turn(BOB);
  await world.say(bob, ALICE, ...texts("bob"));
  await world.until("bob reads", async () => (await world.heard(bob, ALICE)).length === 50);
  await world.pass(10_000);
  deepStrictEqual(await world.heard(bob, ALICE), texts("alice"));

  world.turn(ALICE);
  const waiting = async (app: LocalApp) => (await app.pairs.list())[0].waiting;
  await world.until("alice knows that all was read", async () => await waiting(alice) === 0);
  await world.pass(10_000);
  deepStrictEqual(await world.heard(alice, BOB), texts("bob"));
  world.turn(BOB);
  await world.until("bob knows that all was read", async () => await waiting(bob) === 0);
  deepStrictEqual(await world.heard(bob, ALICE), texts("alice"));
  strictEqual((await world.done(again.messages.conversations())).length, 0, "a holder takes part in nothing");
});

test("A holder serves a pair to nobody else, and nothing once it is told to stop", async (world) => {
  const { alice, bob } = await world.pair();
  const holder = await world.member("holder");
  await world.done(holder.pairs.hold({ peers: [ALICE, BOB], ...SPACE }));
  for (const [app, peer] of [[alice, BOB], [bob, ALICE]] as const) {
    await world.done(app.pairs.nameHolder({ peer, holder: HOLDER }));
  }
  await world.pass(10_000);
  const [{ port }] = await holder.pairs.held();
  const stranger = world.hub.client(keyOf("mallory"));
  const stream = await world.done(stranger.dial({ pk: HOLDER, port }));
  strictEqual(await world.done(stream.read()), null);
  await world.done(holder.pairs.release({ peers: [BOB, ALICE] }));
  deepStrictEqual(await holder.pairs.held(), []);
  world.turn(ALICE);
  await world.say(alice, BOB, "held by nobody");
  await world.pass(10_000);
  world.turn(BOB);
  await world.pass(60_000);
  deepStrictEqual(await world.heard(bob, ALICE), []);
  await rejects(holder.pairs.release({ peers: [BOB, ALICE] }), refused("usage"));
});

test("A feed beyond the space is refused by name and what is held of it stays; one beyond the age goes", async (world) => {
  const { alice, bob } = await world.pair();
  const holder = await world.member("holder");
  const least = { spaceBytes: 64 << 10, ageMs: 60_000 };
  await world.done(holder.pairs.hold({ peers: [ALICE, BOB], ...least }));
  for (const [app, peer] of [[alice, BOB], [bob, ALICE]] as const) {
    await world.done(app.pairs.nameHolder({ peer, holder: HOLDER }));
  }
  world.turn(ALICE);
  await world.say(alice, BOB, "fits");
  await world.pass(10_000);
  await world.say(alice, BOB, ...Array.from({ length: 3 }, () => "x".repeat(20_000)));
  await world.pass(10_000);
  const ofAlice = async () => (await holder.pairs.held())[0].feeds.find(({ feed }) => feed === ALICE)!;
  ok((await ofAlice()).refused !== undefined);
  world.turn(BOB);
  await world.until("bob reads what fits", async () => (await world.heard(bob, ALICE)).length > 0);
  deepStrictEqual(await world.heard(bob, ALICE), ["fits"]);
  await world.done(alice.close());
  await world.done(bob.close());
  deepStrictEqual([(await ofAlice()).messages, (await ofAlice()).refused !== undefined], [1, true]);
  await world.until("it is too old", async () => (await ofAlice()).renewed === undefined);
  strictEqual((await ofAlice()).messages, 0);
});

test("A feed of more than one commit is held, and served by a holder that was killed", async (world) => {
  const { alice, bob } = await world.pair();
  const disk = emptyRows();
  const holder = await world.member("holder", disk);
  await world.done(holder.pairs.hold({ peers: [ALICE, BOB], ...SPACE }));
  for (const [app, peer] of [[alice, BOB], [bob, ALICE]] as const) {
    await world.done(app.pairs.nameHolder({ peer, holder: HOLDER }));
  }
  world.hub.leave(HOLDER);
  world.turn(ALICE);
  const long = Array.from({ length: 26 }, (_, i) => `${i} ${"x".repeat(32_000)}`);
  await world.say(alice, BOB, ...long);
  world.hub.back(HOLDER);
  await world.until("the holder has it", async () => {
    const [{ feeds }] = await holder.pairs.held();
    return feeds.find(({ feed }) => feed === ALICE)!.messages === 26;
  });
  world.hub.leave(ALICE);
  world.hub.crash(HOLDER);
  await world.member("holder", { rows: new Map(disk.rows), writes: disk.writes });
  world.turn(BOB);
  await world.until("bob reads", async () => (await world.heard(bob, ALICE)).length === long.length);
  deepStrictEqual(await world.heard(bob, ALICE), long);
});

test("Holding refuses what makes no sense", async (world) => {
  const { alice } = await world.pair();
  const holder = await world.member("holder");
  const hold = (peers: string[], more = {}) => holder.pairs.hold({ peers, ...SPACE, ...more });
  await rejects(hold([ALICE, ALICE]), refused("usage"));
  await rejects(hold([ALICE]), refused("usage"));
  await rejects(hold([ALICE, HOLDER]), refused("usage"));
  await rejects(hold([ALICE, BOB], { spaceBytes: 1000 }), refused("usage"));
  await rejects(alice.pairs.nameHolder({ peer: BOB, holder: BOB }), refused("usage"));
  await rejects(alice.pairs.nameHolder({ peer: BOB, holder: ALICE }), refused("usage"));
  await rejects(alice.pairs.nameHolder({ peer: HOLDER, holder: BOB }), refused("usage"));
});
