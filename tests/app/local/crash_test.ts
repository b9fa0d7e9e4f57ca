/** Crashes, and disks that keep nothing. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { emptyRows } from "../../../lib/store/place/memory.ts";
import { diskFull } from "../../fakes/faulty_store.ts";
import { ALICE, BOB, bodies, CAROL, DAY_MS, hangDials, MINUTE_MS, states, texts, World } from "./world.ts";

/** What a crash leaves at each moment, and what the next process makes of it. */
const CRASHES: readonly {
  readonly title: string;
  readonly queue: boolean;
  readonly once: boolean;
  readonly when: "kept" | "written";
  readonly state: string;
  readonly copies: number;
}[] = [
  { title: "a queued message, kept", queue: true, once: false, when: "kept", state: "received", copies: 1 },
  {
    title: "a queued message, written",
    queue: true,
    once: false,
    when: "written",
    state: "unconfirmed",
    copies: 1,
  },
  {
    title: "a queued message, written to one that keeps one copy",
    queue: true,
    once: true,
    when: "written",
    state: "received",
    copies: 1,
  },
  { title: "a message, kept", queue: false, once: false, when: "kept", state: "unconfirmed", copies: 0 },
  {
    title: "a message, written",
    queue: false,
    once: false,
    when: "written",
    state: "unconfirmed",
    copies: 1,
  },
  {
    title: "a message, written to one that keeps one copy",
    queue: false,
    once: true,
    when: "written",
    state: "received",
    copies: 1,
  },
];

for (const { title, queue, once, when, state, copies } of CRASHES) {
  World.test(`A crash of the sender: ${title}`, async (world) => {
    const rows = emptyRows();
    const alice = await world.open("alice", { rows });
    const bob = once ? await world.open("bob") : undefined;
    const classic = once ? undefined : world.classic("bob");
    await world.send(alice, "first");
    if (when === "kept") world.hub.away.add(BOB);
    const dialling = when === "kept" ? hangDials(world.hub) : () => {};
    world.hub.muted.add(BOB);
    void alice.messages.send({ to: { pk: BOB, port: 1 }, text: "hello", waitMs: 5000, queue }).catch(
      () => {},
    );
    await world.pass(500);
    const left = world.crash(ALICE, rows);
    dialling();
    world.hub.away.delete(BOB);
    world.hub.muted.delete(BOB);
    const next = await world.open("alice", { rows: left });
    await world.pass(MINUTE_MS);
    deepStrictEqual(await states(next), ["received", state]);
    const arrived = bob ? await texts(bob) : bodies(classic!.taken);
    strictEqual(arrived.filter((text) => text === "hello").length, copies);
    deepStrictEqual(await next.outbox.list(), []);
  });
}

World.test("A crash of the receiver loses nothing that it has acked, and it knows a repeat", async (world) => {
  const rows = emptyRows();
  const bob = await world.open("bob", { rows });
  const { messenger } = world.classic("alice");
  const to = { pk: BOB, port: 1 };
  const send = (text: string, id: string) => world.done(messenger.send(to, text, { waitMs: 1000, id }));
  strictEqual((await send("hello", "id1")).state, "acked");
  await world.done(bob.messages.remove({ peer: ALICE, position: 1, everywhere: false }));
  const left = world.crash(BOB, rows);
  const next = await world.open("bob", { rows: left });
  strictEqual((await send("hello", "id1")).state, "acked", "a repeat is acked in silence");
  strictEqual(
    (await send("another", "id1")).state,
    "unconfirmed",
    "the same id with another body is refused",
  );
  deepStrictEqual((await next.messages.history({ limit: 9 })).map(({ state }) => state), ["deleted"]);
  await world.clock.advance(31 * DAY_MS);
  strictEqual((await send("another", "id1")).state, "acked", "ids are remembered for 30 days");
});

World.test("A message that can't be kept is not acked, and the app goes on", async (world) => {
  let broken = false;
  const problems: string[] = [];
  const bob = await world.open("bob", {
    place: (place) => ({
      ...place,
      write: (...args) => broken ? Promise.reject(diskFull()) : place.write(...args),
    }),
    onProblem: ({ message }) => problems.push(message),
  });
  const alice = await world.open("alice");
  await world.send(alice, "one");
  broken = true;
  const { state } = await world.send(alice, "two", { queue: true });
  strictEqual(state, "queued");
  ok(problems.length > 0 && /disk is full/.test(problems[0]));
  await rejects(
    world.done(bob.messages.send({ to: { pk: ALICE, port: 1 }, text: "x", waitMs: 100 })),
    /disk is full/,
  );
  broken = false;
  await world.pass(10_000);
  deepStrictEqual([await texts(bob), await states(alice)], [["one", "two"], ["received", "received"]]);
});

World.test("A message that its sender can't keep does not leave", async (world) => {
  let broken = false;
  const alice = await world.open("alice", {
    place: (place) => ({
      ...place,
      write: (...args) => broken ? Promise.reject(diskFull()) : place.write(...args),
    }),
  });
  const { taken } = world.classic("bob");
  broken = true;
  await rejects(world.send(alice, "one"), /disk is full/);
  await world.pass(1000);
  deepStrictEqual([taken, world.hub.dials], [[], []]);
});

World.test("A closed app leaves what is under way unconfirmed, and what is queued in the store", async (world) => {
  const rows = emptyRows();
  const alice = await world.open("alice", { rows });
  world.classic("bob", () => new Promise<boolean>(() => {}));
  const sent = alice.messages.send({ to: { pk: BOB, port: 1 }, text: "direct", waitMs: 60_000 });
  await world.pass(10);
  const away = { to: { pk: CAROL, port: 1 }, text: "queued", waitMs: 100, queue: true };
  await world.done(alice.messages.send(away));
  await world.done(alice.close());
  strictEqual((await sent).state, "unconfirmed");
  await alice.closed;
  const next = await world.open("alice", { rows });
  deepStrictEqual((await next.outbox.list()).map(({ message }) => message.text), ["queued"]);
  deepStrictEqual((await next.messages.history({ peer: BOB, limit: 9 })).map(({ state }) => state), [
    "unconfirmed",
  ]);
});
