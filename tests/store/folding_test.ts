/** When what lies in the journal becomes rows, and when a file of the journal is emptied. */
import { deepStrictEqual, notStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Journal } from "../../lib/store/journal/journal.ts";
import { JournalLog } from "../../lib/store/journal/log.ts";
import { openStore } from "../../lib/store/open.ts";
import type { Place } from "../../lib/store/place/place.ts";
import type { JournalMark } from "../../lib/store/rows/records.ts";
import { FakeClock, settle } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, bodies, DAY_MS, SECRET, text } from "./support.ts";

/** A store on a disk whose rows can't be written while `failing` is above 0. */
async function stage() {
  const disk = new Disk();
  const clock = new FakeClock();
  const place = disk.place();
  const state = { failing: 0, tries: 0 };
  const store = await openStore({
    place: {
      ...place,
      async write(writes, guard) {
        state.tries++;
        if (state.failing > 0) {
          state.failing--;
          throw new Error("database or disk is full");
        }
        return await place.write(writes, guard);
      },
    },
    secret: SECRET,
    clock,
    random: seededRandom("folding"),
    journal: { files: disk.files, synced: true },
  });
  state.tries = 0;
  const say = async (body: string): Promise<void> => {
    strictEqual((await store.commit([text(ANN, body)])).ok, true);
  };
  return { disk, clock, store, state, say };
}

const lengths = (disk: Disk): number[] => disk.image().files.map(({ length }) => length);

/** Waits until something holds: ciphers take time of the system's, not of the clock's. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("What is kept becomes rows when nothing was kept for a second, and five seconds behind the first at the latest", async () => {
  const { disk, clock, store, state, say } = await stage();
  await say("one");
  await clock.advance(999);
  strictEqual(state.tries, 0);
  await clock.advance(1);
  await until(() => lengths(disk).every((length) => length === 0));
  strictEqual(state.tries, 1);
  await say("two");
  for (let i = 0; i < 9; i++) {
    await clock.advance(500);
    strictEqual(state.tries, 1, `${i}`);
    await say(`three ${i}`);
  }
  await clock.advance(500);
  await until(() => lengths(disk).every((length) => length === 0));
  strictEqual(state.tries, 2);
  await store.close();
});

Deno.test("What a store has kept is in rows when it is closed; what can't be written stays in its journal, and nobody tries again", async () => {
  for (const failing of [0, Infinity]) {
    const { disk, clock, store, state, say } = await stage();
    await say("one");
    state.failing = failing;
    await clock.advance(failing === 0 ? 0 : 1000);
    await say("two");
    await store.close();
    strictEqual(clock.pendingTimers, 0);
    deepStrictEqual(lengths(disk).map((length) => length > 0), [failing > 0, false]);
    const next = await openStore({
      place: disk.place(),
      secret: SECRET,
      clock,
      random: seededRandom("next"),
      journal: { files: disk.files, synced: true },
    });
    deepStrictEqual(bodies(await next.messages.newest(ANN, 9)), ["one", "two"]);
    await next.close();
  }
});

Deno.test("Nothing is kept when another program has written to the rows", async () => {
  const { disk, clock, store, state, say } = await stage();
  await say("one");
  const other = await openStore({
    place: disk.place(),
    secret: SECRET,
    clock,
    random: seededRandom("other"),
  });
  await other.commit([text(ANN, "theirs")]);
  await other.close();
  await clock.advance(1000);
  await until(() => state.tries > 0 && clock.pendingTimers > 0);
  await rejects(store.commit([text(ANN, "two")]), { kind: "busy" });
  const { length } = disk.steps;
  await clock.advance(60_000);
  strictEqual(disk.steps.length, length, "nor written");
  await store.close();
});

Deno.test("What a program has left in both files of the journal is in rows soon behind the next start, and they are empty", async () => {
  const { disk, store, state, say } = await stage();
  const long = Array.from({ length: 6 }, (_, i) => `${i} ${"x".repeat(190_000)}`);
  for (const body of long) await say(body);
  state.failing = Infinity;
  await say("last"); // in the other file
  deepStrictEqual(lengths(disk).map((length) => length > 0), [true, true]);
  const [left, clock] = [new Disk(disk.image()), new FakeClock()];
  await store.close();
  const again = await openStore({
    place: left.place(),
    secret: SECRET,
    clock,
    random: seededRandom("again"),
    journal: { files: left.files, synced: true },
  });
  await clock.advance(5000);
  await until(() => lengths(left).every((length) => length === 0));
  deepStrictEqual(bodies(await again.messages.newest(ANN, 9)), [...long, "last"]);
  await again.close();
});

Deno.test("Rows that could not be written are tried every two seconds, and what follows is written as before", async () => {
  const { disk, clock, store, state, say } = await stage();
  await say("one");
  state.failing = 3;
  await clock.advance(1000);
  for (let tries = 1; tries <= 3; tries++) {
    await until(() => state.tries >= tries && clock.pendingTimers > 0);
    await clock.advance(1999);
    strictEqual(state.tries, tries);
    await clock.advance(1);
  }
  await until(() => lengths(disk).every((length) => length === 0));
  strictEqual(state.tries, 4);
  await say("two");
  await clock.advance(1000);
  await until(() => lengths(disk).every((length) => length === 0));
  strictEqual(state.tries, 5);
  await store.close();
});

Deno.test("Whoever waits for room goes on as soon as rows can be written again, whatever has failed before", async () => {
  const { store, state, say } = await stage();
  const body = "x".repeat(60 << 10);
  const keep = () =>
    store.commit(
      Array.from({ length: 5 }, (_, i) => text(ANN, body, { id: crypto.randomUUID(), atNs: BigInt(i) })),
    );
  state.failing = Infinity;
  await rejects(async () => {
    for (let i = 0; i < 100; i++) await keep();
  }, /disk is full/);
  state.failing = 0;
  strictEqual((await keep()).ok, true);
  await say("and on");
  await store.close();
});

Deno.test("What waits for its rows is read, known and built upon", async () => {
  const { disk, clock, store, state } = await stage();
  await store.commit([text(ANN, "one", { id: "1" })]);
  state.failing = Infinity;
  await clock.advance(1000);
  await until(() => state.tries > 0 && clock.pendingTimers > 0);
  const two = await store.commit([text(ANN, "two", { id: "2" })]);
  deepStrictEqual(two, { ok: true, cursor: 2, positions: [2] });
  const again = await store.commit([text(ANN, "one", { id: "1" })]);
  deepStrictEqual(again, { ok: false, reason: "repeat", position: 1 });
  await store.commit([{ kind: "delete", peer: ANN, position: 1 }]);
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["", "two"]);
  deepStrictEqual((await store.events.since(0)).events.map(({ cursor }) => cursor), [1, 2, 3]);
  state.failing = 0;
  await clock.advance(2000);
  await until(() => lengths(disk).every((length) => length === 0));
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["", "two"]);
  await store.close();
});

Deno.test("What lay in rows, was changed and then taken away in one write does not come back", async () => {
  const { disk, clock, store, state } = await stage();
  const value = (byte?: number) => ({
    kind: "value" as const,
    room: "r",
    name: "n",
    value: byte === undefined ? undefined : Uint8Array.of(byte),
  });
  const entry = { peer: ANN, position: 1 };
  await store.commit([text(ANN, "waits", { direction: "out", queue: { dueNs: 0n } }), value(1)]);
  await clock.advance(1000);
  await until(() => state.tries > 0 && lengths(disk).every((length) => length === 0));
  strictEqual((await store.commit([{ kind: "queue", ...entry, dueNs: 1n, attempts: 1 }, value(2)])).ok, true);
  strictEqual((await store.commit([{ kind: "unqueue", ...entry }, value()])).ok, true);
  await store.close();
  const next = await openStore({ place: disk.place(), secret: SECRET, clock, random: seededRandom("next") });
  deepStrictEqual(await next.outbox.list(), []);
  strictEqual(await next.values.get("r", "n"), undefined);
  await next.close();
});

Deno.test("A long message that is forgotten while it waits for its rows leaves none of its pieces in them", async () => {
  const { disk, clock, store, state, say } = await stage();
  await say("x".repeat(190_000));
  state.failing = Infinity;
  await clock.advance(1000);
  await until(() => state.tries > 0 && clock.pendingTimers > 0);
  await store.commit([{ kind: "forget", peer: ANN }]);
  await store.sweep();
  state.failing = 0;
  await store.close();
  const kinds = [...disk.image().rows.rows.values()].map(({ row }) => row.key[0]);
  deepStrictEqual(kinds.filter((kind) => kind === "m" || kind === "b"), []);
});

Deno.test("An idle store whose write of the time has happened without an answer is not taken for another program's", async () => {
  const disk = new Disk();
  const clock = new FakeClock();
  const open = (place: Place) =>
    openStore({
      place,
      secret: SECRET,
      clock,
      random: seededRandom("idle"),
      journal: { files: disk.files, synced: true },
    });
  await (await open(disk.place())).close();
  const place = disk.place();
  let isAway = false;
  const store = await open({
    ...place,
    async write(writes, guard) {
      const stamp = await place.write(writes, guard);
      if (isAway) throw new Error("the call timed out after 10 s");
      return stamp;
    },
    async stamped(key) {
      if (isAway) throw new Error("the call timed out after 10 s");
      return await place.stamped(key);
    },
  });
  await clock.advance(DAY_MS);
  isAway = true;
  await rejects(store.sweep(), { kind: "local" });
  isAway = false;
  await clock.advance(DAY_MS);
  await store.sweep();
  strictEqual((await store.commit([text(ANN, "one")])).ok, true);
  await store.close();
  deepStrictEqual(lengths(disk), [0, 0], "it is in rows");
});

Deno.test("Rows that were written without an answer are not taken for another program's, and what follows becomes rows", async () => {
  const [disk, clock] = [new Disk(), new FakeClock()];
  const place = disk.place();
  const state = { isAway: false, tries: 0 };
  const store = await openStore({
    place: {
      ...place,
      async write(writes, guard) {
        state.tries++;
        const stamp = await place.write(writes, guard);
        if (state.isAway) throw new Error("the call timed out after 10 s");
        return stamp;
      },
      async stamped(key) {
        if (state.isAway) throw new Error("the call timed out after 10 s");
        return await place.stamped(key);
      },
    },
    secret: SECRET,
    clock,
    random: seededRandom("no answer"),
    journal: { files: disk.files, synced: true },
  });
  state.tries = 0;
  strictEqual((await store.commit([text(ANN, "one")])).ok, true);
  state.isAway = true;
  await clock.advance(1000);
  await until(() => state.tries > 0 && clock.pendingTimers > 0);
  strictEqual((await store.commit([text(ANN, "two")])).ok, true);
  state.isAway = false;
  await clock.advance(2000);
  await until(() => lengths(disk).every((length) => length === 0));
  strictEqual((await store.commit([text(ANN, "three")])).ok, true);
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["one", "two", "three"]);
  await store.close();
});

Deno.test("A journal's files take turns, and one is emptied when all of it is in rows, not before", async () => {
  const disk = new Disk();
  const log = new JournalLog(SECRET);
  const { journal } = await Journal.open({ files: disk.files, log, random: seededRandom(6), synced: true });
  let position = 0;
  const keep = () =>
    journal.burst({
      nowNs: 5n,
      passedNs: 5n,
      commits: [{ changes: [text(ANN, "x".repeat(600_000))], positions: [++position] }],
    }, false);
  const [first, second, third] = [await keep(), await keep(), await keep()];
  strictEqual(first.name, second.name);
  notStrictEqual(third.name, first.name);
  const [all, other] = lengths(disk);
  /** Whoever begins on such a disk finds both files in order, and goes on in the later one. */
  const begins = async (order: readonly JournalMark[], last: JournalMark): Promise<void> => {
    const { files } = new Disk(disk.image());
    const again = await Journal.open({ files, log, random: seededRandom(7), synced: true });
    deepStrictEqual(again.found.map(({ name }) => name), order.map(({ name }) => name));
    const commits = [{ changes: [text(ANN, "on")], positions: [position + 1] }];
    const next = await again.journal.burst({ nowNs: 6n, passedNs: 6n, commits }, false);
    deepStrictEqual(next, { name: last.name, next: last.next + 1 });
  };
  await begins([first, third], third);
  await journal.written(first);
  deepStrictEqual(lengths(disk), [all, other], "the second one is not in rows");
  await journal.written(second);
  deepStrictEqual(lengths(disk), [0, other]);
  const fourth = await keep();
  strictEqual(fourth.name, third.name);
  const fifth = await keep();
  notStrictEqual(fifth.name, fourth.name);
  // Behind what is in the later file all of the earlier one is in rows, too.
  const sixth = await keep();
  await begins([fourth, sixth], sixth);
  await journal.written(fifth);
  strictEqual(lengths(disk)[1], 0);
  notStrictEqual(lengths(disk)[0], 0);
  await journal.written(sixth);
  await settle();
  deepStrictEqual(lengths(disk), [0, 0]);
  journal.close();
});

Deno.test("What is kept while a file of the journal is emptied goes into the other one", async () => {
  const disk = new Disk();
  const log = new JournalLog(SECRET);
  const run = Promise.withResolvers<void>();
  let isSlow = false;
  const files = disk.files.map((file) => ({
    ...file,
    sync: async () => {
      if (isSlow) await run.promise;
      await file.sync();
    },
  })) as unknown as typeof disk.files;
  const { journal } = await Journal.open({ files, log, random: seededRandom(8), synced: true });
  const keep = (position: number, early: boolean) => {
    const commits = [{ changes: [text(ANN, `${position}`)], positions: [position] }];
    return journal.burst({ nowNs: 5n, passedNs: 5n, commits }, early);
  };
  const first = await keep(1, false);
  isSlow = true;
  const emptied = journal.written(first);
  const second = await keep(2, true);
  run.resolve();
  await emptied;
  const { found } = await Journal.open({ files: disk.files, log, random: seededRandom(9), synced: true });
  deepStrictEqual(found.map(({ name, contents }) => [name, contents.length]), [[second.name, 2]]);
  journal.close();
});
