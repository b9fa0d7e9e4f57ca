/** What is left when the process or the disk ends at any operation: the whole commit or nothing of it. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { openKvPlace } from "../../lib/store/place/kv.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../lib/store/place/memory.ts";
import type { Place } from "../../lib/store/place/place.ts";
import type { Change, Store } from "../../lib/store/store.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { type Fault, faultyPlace } from "../fakes/faulty_store.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, bodies, queuedFor, SECRET, text } from "./support.ts";

const clock = new FakeClock();
const openOn = (place: Place) =>
  openStore({ place, secret: SECRET, clock, random: seededRandom(Math.random()) });

/** The whole scenario: messages with long bodies, ids, an outbox entry, pages, a deletion, a forgotten conversation. */
const SCENARIO: Change[][] = [
  [text(ANN, "x".repeat(130_000), { id: "1" }), { kind: "peer", peer: ANN, facts: { once: true } }],
  [text(BEN, "out", { direction: "out", queue: { dueNs: 0n } })],
  Array.from({ length: 140 }, (_, i) => text(ANN, `a${i}`)),
  Array.from({ length: 140 }, (_, i) => text(ANN, `b${i}`)),
  [{ kind: "delete", peer: ANN, position: 1 }, { kind: "unqueue", peer: BEN, position: 1 }],
  [{ kind: "forget", peer: ANN }, text(ANN, "after", { id: "2" })],
];

/** Everything that can be read; of the events the newest, with their cursors. */
async function everything({ messages, outbox, peers, events }: Store): Promise<unknown> {
  return {
    ann: await messages.newest(ANN, 1000),
    ben: await messages.newest(BEN, 1000),
    first: (await messages.byId(ANN, "in", "1"))?.position,
    conversations: await messages.conversations(),
    outbox: await outbox.list(),
    peers: await peers.all(),
    events: await events.since(Math.max(0, events.last() - 5)),
  };
}

/** What can be read after each of the commits, 0 … all. */
async function statesOf(): Promise<unknown[]> {
  const store = await openOn(memoryPlace());
  const states = [await everything(store)];
  for (const changes of SCENARIO) {
    ok((await store.commit(changes)).ok);
    states.push(await everything(store));
  }
  return states;
}

/** Runs the scenario over rows that have a fault. @returns How many commits were acknowledged. */
async function runInto(rows: MemoryRows, fault: Fault): Promise<{ kept: number; tripped: boolean }> {
  const place = faultyPlace(memoryPlace(rows), fault);
  let kept = 0;
  try {
    const store = await openOn(place);
    for (const changes of SCENARIO) {
      ok((await store.commit(changes)).ok);
      kept++;
    }
    await store.close();
  } catch (error) {
    ok(error instanceof UserError && error.kind === "local", String(error));
  }
  return { kept, tripped: place.tripped() };
}

for (const how of ["kill before", "kill after"] as const) {
  Deno.test(`Store has the whole commit or nothing of it: ${how} any operation`, async () => {
    const states = await statesOf();
    let at = 0;
    for (;; at++) {
      const rows = emptyRows();
      const { kept, tripped } = await runInto(rows, { at, how });
      if (!tripped) break;
      const again = await openOn(memoryPlace(rows));
      await again.sweep();
      const found = JSON.stringify(await everything(again), plain);
      const possible = states.slice(kept, kept + 2).map((state) => JSON.stringify(state, plain));
      ok(possible.includes(found), `${how} ${at}: neither commit ${kept} nor ${kept + 1}`);
      for (const changes of SCENARIO.slice(possible.indexOf(found) + kept)) {
        ok((await again.commit(changes)).ok, `${how} ${at}: goes on`);
      }
      strictEqual(JSON.stringify(await everything(again), plain), JSON.stringify(states.at(-1), plain));
    }
    ok(at > 20, `${at} operations`);
  });
}

const plain = (_: string, value: unknown): unknown => typeof value === "bigint" ? String(value) : value;

for (const how of ["fail", "lost answer"] as const) {
  Deno.test(`Store can be used again after a failed operation: ${how}`, async () => {
    const states = await statesOf();
    for (let at = 0;; at++) {
      const place = faultyPlace(memoryPlace(), { at, how });
      const open = () => openOn(place);
      const store = await open().catch(open);
      for (const changes of SCENARIO) {
        const before = store.events.last();
        const result = await store.commit(changes).catch((error: unknown) => {
          ok(error instanceof UserError, String(error));
          strictEqual(store.events.last(), before, "a rejected commit is not there");
          return store.commit(changes);
        });
        ok(result.ok, `${how} ${at}`);
      }
      const tripped = place.tripped();
      const found = await everything(store).catch(() => everything(store));
      strictEqual(JSON.stringify(found, plain), JSON.stringify(states.at(-1), plain), `${how} ${at}`);
      if (!tripped) break;
    }
  });
}

Deno.test("Store tells every call of a failed write, and keeps those of the next", async () => {
  const rows = emptyRows();
  await (await openOn(memoryPlace(rows))).close();
  // 0 … 1 open the store, 2 looks for blocks of ids, 3 is the read of the group, 4 its write.
  const place = faultyPlace(memoryPlace(rows), { at: 4, how: "fail" });
  const store = await openOn(place);
  const calls = [1, 2, 3].map((n) => store.commit([text(ANN, `${n}`, { id: "same" })]));
  for (const call of calls) {
    await rejects(call, (error) => {
      ok(error instanceof UserError);
      strictEqual(error.message, "Cannot write the messages in memory: the disk is full");
      strictEqual(error.kind, "local");
      return true;
    });
  }
  ok(place.tripped());
  ok((await store.commit([text(ANN, "4", { id: "same" })])).ok);
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["4"]);
});

Deno.test("Store knows a message whose write was reported as failed", async () => {
  const rows = emptyRows();
  await (await openOn(memoryPlace(rows))).close();
  // The write happens, and neither its answer nor the look at the head after it arrives.
  const store = await openOn(faultyPlace(memoryPlace(rows), { at: 4, count: 2, how: "lost answer" }));
  await rejects(store.commit([text(ANN, "a", { id: "1" })]), UserError);
  deepStrictEqual(await store.commit([text(ANN, "a", { id: "1" })]), {
    ok: false,
    reason: "repeat",
    position: 1,
  });
  ok((await store.commit([text(ANN, "b", { id: "2" })])).ok);
  deepStrictEqual(bodies(await store.messages.newest(ANN, 9)), ["a", "b"]);
});

Deno.test("Kv store has everything that was acknowledged before kill -9", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/store.kv`;
    const args = [
      "run",
      "-A",
      "--unstable-kv",
      new URL("./writer_process.ts", import.meta.url).pathname,
      path,
    ];
    const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
    let acknowledged = 0;
    for await (const chunk of child.stdout) {
      acknowledged += chunk.length;
      if (acknowledged >= 400) break;
    }
    child.kill("SIGKILL");
    await child.status;
    const place = await openKvPlace(path);
    const store = await openOn(place);
    await store.sweep();
    const found = bodies(await store.messages.newest(ANN, 10_000));
    ok(found.length >= acknowledged, `${found.length} of ${acknowledged}`);
    deepStrictEqual(found, found.map((_, i) => `${i}`));
    strictEqual((await queuedFor(store.outbox, ANN)).length, Math.min(found.length, 200));
    await store.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Store refuses to go on when another process has written", async () => {
  const rows = emptyRows();
  const [one, two] = [await openOn(memoryPlace(rows)), await openOn(memoryPlace(rows))];
  ok((await one.commit([text(ANN, "one")])).ok);
  for (let i = 0; i < 2; i++) {
    await rejects(
      two.commit([text(ANN, "two")]),
      (error) => error instanceof UserError && error.kind === "busy",
    );
  }
  ok((await one.commit([text(ANN, "three")])).ok);
  deepStrictEqual(bodies(await two.messages.newest(ANN, 9)), ["one", "three"], "reading goes on");
});

Deno.test("A write of rows without a commit does not make the journal a stranger's", async () => {
  const disk = new Disk();
  const moving = new FakeClock();
  const open = (disk: Disk) =>
    openStore({
      place: disk.place(),
      secret: SECRET,
      clock: moving,
      random: seededRandom(Math.random()),
      journal: { files: disk.files, synced: true },
    });
  const value = (n: number): Change => ({
    kind: "value",
    room: "room",
    name: "name",
    value: Uint8Array.of(n),
  });
  let store = await open(disk);
  for (let n = 1; n <= 4; n++) {
    ok((await store.commit([text(ANN, `${n}`), value(n)])).ok);
    // Into rows; the journal goes on in its other file, and the head learns how much time has passed.
    await moving.advance(20_000);
    await store.sweep();
    if (n === 1) {
      await store.close();
      store = await open(disk);
    }
  }
  ok((await store.commit([text(ANN, "last"), value(5)])).ok);
  const again = await open(new Disk(disk.image()));
  deepStrictEqual(bodies(await again.messages.newest(ANN, 9)), ["1", "2", "3", "4", "last"]);
  deepStrictEqual(await again.values.get("room", "name"), Uint8Array.of(5));
});
