/** The power is cut at any write and sync of a run: nothing that was acknowledged is missing, nothing is there twice. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import type { Change, Store } from "../../lib/store/store.ts";
import { Disk, type Fate, type Image } from "../fakes/disk.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, bodies, SECRET, text } from "./support.ts";

const FATES: readonly Fate[] = ["dropped", "kept", "torn", "holes", "ahead", "cut only"];
let opened = 0;

const openOn = (disk: Disk, clock = new FakeClock()): Promise<Store> =>
  openStore({
    place: disk.place(),
    secret: SECRET,
    clock,
    random: seededRandom(`power ${opened++}`),
    journal: { files: disk.files, synced: true, setAside: () => Promise.reject(new Error("not damaged")) },
  });

/** What a run has acknowledged, and behind which step of its disk. */
interface Acked {
  readonly at: number;
  readonly changes: readonly Change[];
}

/**
 * Messages of two peers with and without ids, bursts, states, an outbox, a value; the rows are written now and then, also
 * without a commit, and the store is opened again on the way.
 */
async function run(disk: Disk, rounds: number): Promise<Acked[]> {
  const clock = new FakeClock();
  let store = await openOn(disk, clock);
  const acked: Acked[] = [];
  let values = 0;
  const keep = async (...said: Change[]): Promise<void> => {
    const changes: Change[] = [...said, {
      kind: "value",
      room: "room",
      name: "name",
      value: Uint8Array.of(++values),
    }];
    ok((await store.commit(changes)).ok);
    acked.push({ at: disk.steps.length, changes });
  };
  for (let i = 0; i < rounds; i++) {
    const burst = Array.from(
      { length: 1 + (i * 7) % 50 },
      (_, n) => text(ANN, `a${i}.${n}`, n % 2 ? { id: `${i}.${n}` } : {}),
    );
    await Promise.all([
      keep(...burst),
      keep(text(BEN, `b${i}`, { direction: "out", state: "pending", queue: { dueNs: 5n } })),
    ]);
    // What is kept early counts from the next commit on that is not.
    if (i % 2 === 0) {
      const early = text(ANN, `early ${i}`);
      ok((await store.commit([early], { early: true })).ok);
      const before = acked.length;
      await keep(text(ANN, `behind it ${i}`));
      acked.splice(before, 0, { at: acked[before].at, changes: [early] });
    }
    if (i % 3 === 0) await keep({ kind: "state", peer: BEN, position: i + 1, state: "received" });
    if (i % 4 === 0) await keep({ kind: "unqueue", peer: BEN, position: i + 1 });
    if (i % 5 === 0) await clock.advance(1000);
    if (i % 7 === 3) {
      await clock.advance(20_000);
      await store.sweep();
    }
    if (i === 5) {
      await store.close();
      store = await openOn(disk, clock);
    }
  }
  await store.close();
  return acked;
}

/** What can be read. */
interface Found {
  readonly ann: string[];
  readonly ben: string[];
  readonly queued: number[];
  readonly value: number | undefined;
}

/** What that must be when everything up to a change was kept. */
function wanted(acked: readonly Acked[]): Found {
  const [ann, ben]: [string[], string[]] = [[], []];
  let queued: number[] = [];
  let value: number | undefined;
  for (const change of acked.flatMap(({ changes }) => changes)) {
    if (change.kind === "message") (change.message.peer === ANN ? ann : ben).push(change.message.body);
    if (change.kind === "message" && change.queue) queued.push(ben.length);
    if (change.kind === "value") value = change.value?.[0];
    if (change.kind === "unqueue") queued = queued.filter((position) => position !== change.position);
  }
  return { ann, ben, queued, value };
}

async function found(store: Store): Promise<Found> {
  return {
    ann: bodies(await store.messages.newest(ANN, 1e6)),
    ben: bodies(await store.messages.newest(BEN, 1e6)),
    queued: (await store.outbox.list()).map(({ position }) => position),
    value: (await store.values.get("room", "name"))?.[0],
  };
}

/** Everything acknowledged is there, in order, and behind it at most what was under way. */
async function check(image: Image, acked: readonly Acked[], count: number, what: string): Promise<void> {
  const disk = new Disk(image);
  const store = await openOn(disk);
  const kept = acked.filter(({ at }) => at <= count).length;
  const all = await found(store);
  // The two commits of a round share a record.
  const possible = [0, 1, 2].map((more) => JSON.stringify(wanted(acked.slice(0, kept + more))));
  ok(possible.includes(JSON.stringify(all)), `${what}: ${JSON.stringify(all)} after ${kept}`);
  const events = await store.events.since(0, 1e6);
  strictEqual(events.lost, false);
  const told = events.events.filter((event) => event.kind === "message").length;
  strictEqual(told, all.ann.length + all.ben.length, `${what}: an event for each`);
  // It goes on, and the next start finds the same.
  ok((await store.commit([text(ANN, "more")])).ok);
  const again = await openOn(new Disk(disk.image()));
  deepStrictEqual(await found(again), { ...all, ann: [...all.ann, "more"] }, what);
}

Deno.test("Store has what was acknowledged wherever the power is cut", async (t) => {
  const disk = new Disk();
  const acked = await run(disk, 14);
  ok(disk.steps.filter(({ kind }) => kind === "rows").length > 4, "rows were written in between");
  ok(disk.steps.some((step) => step.kind === "cut"), "and the journal emptied");
  for (const fate of FATES) {
    await t.step(`${fate}: ${disk.steps.length} points`, async () => {
      for (let count = 2; count <= disk.steps.length; count++) {
        await check(disk.cutAt(count, fate), acked, count, `${fate} at ${count}`);
      }
    });
  }
});

Deno.test("Store does not acknowledge what could not be synced", async () => {
  const disk = new Disk();
  const store = await openOn(disk);
  ok((await store.commit([text(ANN, "one")])).ok);
  disk.failSync = true;
  await rejects(store.commit([text(ANN, "two")]));
  ok((await store.commit([text(ANN, "three")])).ok);
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["one", "three"]);
  const again = await openOn(new Disk(disk.image()));
  deepStrictEqual(bodies(await again.messages.newest(ANN, 9)), ["one", "three"]);
});

Deno.test("Store writes anew what was kept early when a sync fails, and syncs it with a commit of nothing", async () => {
  const disk = new Disk();
  const store = await openOn(disk);
  ok((await store.commit([text(ANN, "one")])).ok);
  ok((await store.commit([text(ANN, "two")], { early: true })).ok);
  disk.failSync = true;
  await rejects(store.commit([text(ANN, "three")]));
  const isSynced = async () =>
    bodies(await (await openOn(new Disk(disk.cutAt(disk.steps.length, "dropped")))).messages.newest(ANN, 9));
  deepStrictEqual(await isSynced(), ["one"]);
  ok((await store.commit([])).ok);
  deepStrictEqual(await isSynced(), ["one", "two"]);
});

Deno.test("Store over an older copy of its rows has all that its journal says, and moves nothing else", async () => {
  const disk = new Disk();
  const clock = new FakeClock();
  const store = await openOn(disk, clock);
  ok((await store.commit([text(ANN, "one", { id: "1" })])).ok);
  await store.close();
  const older = disk.image().rows;
  const later = new Disk(disk.image());
  const next = await openOn(later, clock);
  ok((await next.commit([text(ANN, "two", { id: "2" })])).ok);
  await next.close();
  const last = new Disk(later.image());
  const third = await openOn(last, clock);
  ok((await third.commit([text(ANN, "three", { id: "3" }), text(BEN, "ben")])).ok);
  ok((await third.commit([{ kind: "delete", peer: ANN, position: 3 }])).ok);
  ok((await third.commit([{ kind: "state", peer: ANN, position: 2, state: "read" }])).ok);
  // "two" was only in the rows that are gone; position 2 is "three" now, which was deleted.
  const mixed = await openOn(new Disk({ files: last.image().files, rows: older }));
  const all = await mixed.messages.newest(ANN, 9);
  deepStrictEqual(all.map(({ body, state }) => [body, state]), [["one", "received"], ["", "deleted"]]);
  deepStrictEqual(bodies(await mixed.messages.newest(BEN, 9)), ["ben"]);
});
