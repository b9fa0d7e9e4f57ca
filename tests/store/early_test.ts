/** What is kept early need not survive a power cut yet; what follows on it, or says that it is there, makes it. */
import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { Journal } from "../../lib/store/journal/journal.ts";
import { JournalLog } from "../../lib/store/journal/log.ts";
import type { Change, Store } from "../../lib/store/store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk, type Image } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, bodies, SECRET, text } from "./support.ts";

const EARLY = { early: true };
let opened = 0;

/** A store on a disk. */
async function on(disk: Disk, clock = new FakeClock()): Promise<Store> {
  return await openStore({
    place: disk.place(),
    secret: SECRET,
    clock,
    random: seededRandom(`early ${opened++}`),
    journal: { files: disk.files, synced: true },
  });
}

/** What is there when a program begins on such a disk. */
async function found(image: Image): Promise<string[]> {
  const store = await on(new Disk(image));
  const all = bodies(await store.messages.newest(ANN, 10));
  await store.close();
  return all;
}

const kinds = (disk: Disk): string[] => disk.steps.map(({ kind }) => kind);
const cut = (disk: Disk): Image => disk.cutAt(disk.steps.length, "dropped");
const said = (body: string): Change => text(ANN, body, { id: body });

Deno.test("What is kept early survives a kill at once, and a power cut as soon as anybody is told that it is there", async () => {
  const ways: Record<string, (store: Store) => Promise<unknown>> = {
    "a commit of nothing": (store) => store.commit([]),
    "a repeat": async (store) => {
      deepStrictEqual(await store.commit([said("one")]), { ok: false, reason: "repeat", position: 1 });
    },
    "another commit": (store) => store.commit([text(ANN, "three")]),
  };
  for (const [way, tell] of Object.entries(ways)) {
    const disk = new Disk();
    const store = await on(disk);
    for (const body of ["one", "two"]) strictEqual((await store.commit([said(body)], EARLY)).ok, true);
    strictEqual(kinds(disk).includes("sync"), false, "nobody has waited for the disk");
    deepStrictEqual(await found(disk.image()), ["one", "two"]);
    await tell(store);
    deepStrictEqual((await found(cut(disk))).slice(0, 2), ["one", "two"], way);
    strictEqual(kinds(disk).filter((kind) => kind === "sync").length, 1);
    await store.commit([]);
    strictEqual(kinds(disk).filter((kind) => kind === "sync").length, 1, "there is nothing to wait for");
    await store.close();
  }
});

Deno.test("A record with one commit that is not early is synced before anybody is told of any in it", async () => {
  for (const order of [[EARLY, {}], [{}, EARLY]]) {
    const disk = new Disk();
    const store = await on(disk);
    await Promise.all(order.map((options, i) => store.commit([said(`${i}`)], options)));
    strictEqual(kinds(disk).filter((kind) => kind === "append").length, 1);
    deepStrictEqual(await found(cut(disk)), ["0", "1"]);
    await store.close();
  }
});

Deno.test("Who would be told of what was kept early is told what the disk says, and rows wait for it", async () => {
  const [disk, clock] = [new Disk(), new FakeClock()];
  const store = await on(disk, clock);
  await store.commit([said("one")], EARLY);
  disk.failSync = true;
  await rejects(store.commit([]), /disk reports an error/);
  const before = disk.steps.length;
  disk.failSync = true;
  await clock.advance(1000); // rows are due, and name no record that a power cut takes away
  strictEqual(disk.failSync, false);
  strictEqual(kinds(disk).slice(before).includes("rows"), false);
  await clock.advance(2000);
  while (!kinds(disk).slice(before).includes("rows")) await new Promise((resolve) => setTimeout(resolve, 1));
  strictEqual(kinds(disk)[kinds(disk).indexOf("rows", before) - 1], "sync");
  deepStrictEqual(await found(cut(disk)), ["one"]);
  await store.close();
});

Deno.test("What was kept early is written anew when the sync that is for it alone fails, and is safe behind the next one", async () => {
  const disk = new Disk();
  const store = await on(disk);
  await store.commit([said("one")]);
  for (const body of ["two", "three"]) await store.commit([said(body)], EARLY);
  for (let time = 0; time < 2; time++) {
    disk.failSync = true;
    await rejects(store.commit([]), /disk reports an error/);
  }
  await store.commit([]);
  deepStrictEqual(await found(cut(disk)), ["one", "two", "three"]);
  await store.close();
});

Deno.test("What is kept while a sync of the journal runs waits for its own, and stays when that one fails", async () => {
  const disk = new Disk();
  const log = new JournalLog(SECRET);
  const runs: PromiseWithResolvers<void>[] = [];
  const files = disk.files.map((file) => ({
    ...file,
    sync: async () => {
      const run = Promise.withResolvers<void>();
      runs.push(run);
      await run.promise;
      await file.sync();
    },
  })) as unknown as typeof disk.files;
  const { journal } = await Journal.open({ files, log, random: seededRandom("beside"), synced: true });
  const keep = (body: string): number =>
    journal.message({ peer: ANN, body, atNs: 5n, form: "text", via: "dmsg" }).next - 1;
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve));
  const [one, two] = [keep("one"), keep("two")];
  const outcomes = [one, two].map((number) => journal.outcome(number, { state: "sent" }));
  await turn();
  keep("three");
  strictEqual(runs.length, 1, "one at a time: the system would tell one of two that it has failed");
  disk.failSync = true;
  runs[0].resolve();
  await rejects(outcomes[0], /disk reports an error/);
  await turn();
  runs[1].resolve();
  await outcomes[1];
  const store = await on(new Disk(cut(disk)));
  const states = (await store.messages.newest(ANN, 9)).map(({ body, state }) => `${body} ${state}`);
  deepStrictEqual(states, ["one sent", "two sent", "three unconfirmed"]);
  await store.close();
  journal.close();
});

Deno.test("What is kept early while a sync of the journal runs is not taken for safe by it", async () => {
  const disk = new Disk();
  const runs: PromiseWithResolvers<void>[] = [];
  const files = disk.files.map((file) => ({
    ...file,
    sync: async () => {
      await file.sync(); // it has what was there when it began
      runs.push(Promise.withResolvers<void>());
      await runs.at(-1)!.promise;
    },
  })) as unknown as typeof disk.files;
  const log = new JournalLog(SECRET);
  const { journal } = await Journal.open({ files, log, random: seededRandom("during"), synced: true });
  const keep = (body: string) =>
    journal.burst(
      { nowNs: 5n, passedNs: 5n, commits: [{ changes: [said(body)], positions: [1] }] },
      true,
    );
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve));
  await keep("one");
  const first = journal.settle();
  await turn();
  await keep("two");
  runs[0].resolve();
  await first;
  deepStrictEqual(await found(cut(disk)), ["one"]);
  const second = journal.settle();
  await turn();
  strictEqual(runs.length, 2);
  runs[1].resolve();
  await second;
  deepStrictEqual(await found(cut(disk)), ["one", "two"]);
  journal.close();
});

Deno.test("What was kept early is not taken for safe when the other file of the journal is emptied, nor is one that was mended for broken", async () => {
  const disk = new Disk();
  let isFull = false;
  const files = disk.files.map((file) => ({
    ...file,
    append: (bytes: Uint8Array) => {
      if (isFull) throw new Error("the disk is full");
      file.append(bytes);
    },
  })) as unknown as typeof disk.files;
  const log = new JournalLog(SECRET);
  const { journal } = await Journal.open({ files, log, random: seededRandom("turns"), synced: true });
  const keep = (body: string, early = false) =>
    journal.burst(
      { nowNs: 5n, passedNs: 5n, commits: [{ changes: [text(ANN, body)], positions: [1] }] },
      early,
    );
  const long = "x".repeat(1100 << 10);
  const first = await keep(long);
  const second = await keep("early", true);
  await journal.written(first);
  await journal.settle();
  deepStrictEqual(disk.steps.at(-1), { kind: "sync", file: 1 });
  await keep("early, too", true);
  disk.failSync = true;
  isFull = true;
  await rejects(journal.settle(), /reports an error/);
  await rejects(keep("behind it"), /could not be mended/);
  strictEqual(journal.isBroken, true);
  isFull = false;
  await journal.written({ ...second, next: second.next + 1 });
  strictEqual(journal.isBroken, false);
  const turns = [];
  for (let i = 0; i < 2; i++) turns.push((await keep(long)).name);
  strictEqual(new Set(turns).size, 2, "both have their turn again");
  journal.close();
});

Deno.test("A file of the journal gives its turn to the other one when all that was kept early in it is safe", async () => {
  const disk = new Disk();
  const store = await on(disk);
  const body = "x".repeat(60 << 10);
  const many = Array.from({ length: 20 }, (_, i) => text(ANN, `${i} ${body}`));
  await store.commit(many.slice(0, 10), EARLY);
  await store.commit(many.slice(10), EARLY);
  await store.commit([text(ANN, "behind them")]);
  const there = (await found(cut(disk))).map((body) => body.split(" ")[0]);
  deepStrictEqual(there, [...Array.from({ length: 9 }, (_, i) => `${i + 11}`), "behind"]);
  const files = disk.steps.flatMap((step) =>
    step.kind === "append" || step.kind === "sync" ? [`${step.kind} ${step.file}`] : []
  );
  strictEqual(files[files.indexOf("append 1") - 1], "sync 0");
  await store.close();
});

Deno.test("What became of a message that was sent without the store survives a power cut when it is told, and so does the message", async () => {
  const disk = new Disk();
  const log = new JournalLog(SECRET);
  const { journal } = await Journal.open({
    files: disk.files,
    log,
    random: seededRandom("sent"),
    synced: true,
  });
  const { next } = journal.message({ peer: ANN, body: "one", atNs: 5n, form: "text", via: "dmsg" });
  disk.failSync = true;
  await rejects(journal.outcome(next - 1, { state: "failed" }), /disk reports an error/);
  const states = async (): Promise<string[]> => {
    const store = await on(new Disk(cut(disk)));
    const all = await store.messages.newest(ANN, 9);
    await store.close();
    return all.map(({ body, state }) => `${body} ${state}`);
  };
  deepStrictEqual(await states(), []);
  await journal.outcome(next - 1, { state: "sent" });
  deepStrictEqual(await states(), ["one sent"]);
  journal.close();
});
