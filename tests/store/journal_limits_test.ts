/** What a journal does with what is long for it, and behind an append or a sync that has failed. */
import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { Journal } from "../../lib/store/journal/journal.ts";
import { JournalLog } from "../../lib/store/journal/log.ts";
import { openStore } from "../../lib/store/open.ts";
import type { Change, Store } from "../../lib/store/store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { concat, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { ANN, SECRET, text } from "./support.ts";

const open = (disk: Disk): Promise<Store> =>
  openStore({
    place: disk.place(),
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom("limits"),
    journal: { files: disk.files, synced: true },
  });

Deno.test("Texts that a record has six times as long share no more records than they fit, and all are kept", async () => {
  const disk = new Disk();
  const store = await open(disk);
  // What a peer can send in a frame; many of them come in one turn.
  const body = "\u0001".repeat(65_536);
  const peers = Array.from({ length: 13 }, (_, i) => `02${String(i).padStart(64, "0")}`);
  const results = await Promise.allSettled(peers.map((peer) => store.commit([text(peer, body)])));
  deepStrictEqual(results.map(({ status }) => status), peers.map(() => "fulfilled"));
  // A killed program's successor finds them.
  const next = await open(new Disk(disk.image()));
  for (const peer of peers) {
    deepStrictEqual((await next.messages.newest(peer, 1))[0]?.body.length, body.length);
  }
  await next.close();
  await store.close();
});

Deno.test("A value that is written again and again in one turn is kept, whatever its record has of it", async () => {
  const store = await open(new Disk());
  const value = new Uint8Array(100_000).fill(7);
  const change: Change = { kind: "value", room: "room", name: "name", value };
  const results = await Promise.allSettled(Array.from({ length: 60 }, () => store.commit([change])));
  ok(results.every(({ status }) => status === "fulfilled"));
  await store.close();
});

Deno.test("A journal whose append or sync has failed still says on top of which rows the next record stands", async () => {
  const disk = new Disk();
  const log = new JournalLog(SECRET);
  const random = seededRandom(3);
  const [first, second] = disk.files;
  let isFull = false;
  const append = (bytes: Uint8Array): void => {
    if (isFull) throw new Error("the disk is full");
    first.append(bytes);
  };
  const { journal } = await Journal.open({
    files: [{ ...first, append }, second],
    log,
    random,
    synced: true,
  });
  journal.message({ peer: ANN, body: "sent without a store", atNs: 5n, form: "text", via: "dmsg" });
  journal.goOnBehind(undefined, false);
  const burst = { nowNs: 5n, passedNs: 5n, commits: [{ changes: [text(ANN, "said")], positions: [2] }] };
  isFull = true;
  await rejects(journal.burst(burst, false), /full/);
  const long = { ...burst, commits: [{ changes: [text(ANN, "\u0001".repeat(2 ** 20))], positions: [2] }] };
  await rejects(journal.burst(long, false), RangeError);
  isFull = false;
  disk.failSync = true;
  await rejects(journal.burst(burst, false), /reports an error/);
  await journal.burst(burst, false);
  const found = log.contents(new Disk(disk.image()).file(0).bytes);
  if (typeof found === "string") throw new Error(found);
  deepStrictEqual(found.contents.map((content) => Object.keys(content)[0]), ["m", "b", "c"]);
});

Deno.test("Commits of a record that fit no plan together are all planned again", async () => {
  const disk = new Disk();
  const log = new JournalLog(SECRET);
  const { journal } = await Journal.open({ files: disk.files, log, random: seededRandom(4), synced: true });
  const commits = Array.from({ length: 4 }, (_, i) => ({
    changes: [1, 2].map((k) => text(ANN, `${i}${k} ${"x".repeat(150_000)}`)),
    positions: [2 * i + 1, 2 * i + 2],
  }));
  await journal.burst({ nowNs: 5n, passedNs: 5n, commits }, false);
  const store = await open(disk);
  const newest = await store.messages.newest(ANN, 9);
  deepStrictEqual(newest.map(({ body }) => body.slice(0, 2)), [
    "01",
    "02",
    "11",
    "12",
    "21",
    "22",
    "31",
    "32",
  ]);
  await store.close();
});

Deno.test("Nothing is kept behind what was cut off and could not be written anew, until all else is in rows", async () => {
  const disk = new Disk();
  let failing = 0;
  const files = disk.files.map((file) => ({
    ...file,
    append: (bytes: Uint8Array) => {
      if (failing > 0 && --failing === 0) throw new Error("the disk is full");
      file.append(bytes);
    },
  })) as unknown as typeof disk.files;
  const clock = new FakeClock();
  const parts = { secret: SECRET, clock, random: seededRandom("back") };
  const store = await openStore({ place: disk.place(), ...parts, journal: { files, synced: true } });
  ok((await store.commit([text(ANN, "one")])).ok);
  ok((await store.commit([text(ANN, "two")], { early: true })).ok);
  disk.failSync = true;
  failing = 2; // its own record goes, and what was kept early can't be written anew
  await rejects(store.commit([text(ANN, "three")]), /reports an error/);
  // It would follow on a record that is not there, and not be found.
  await rejects(store.commit([text(ANN, "four")]), /could not be mended/);
  await rejects(store.commit([]), /could not be mended/);
  const found = async (count: number) => {
    const next = await open(new Disk(disk.cutAt(count, "kept")));
    const bodies = (await next.messages.newest(ANN, 9)).map(({ body }) => body);
    await next.close();
    return bodies;
  };
  deepStrictEqual(await found(disk.steps.length), ["one"]);
  await clock.advance(6000);
  const isEmpty = (): boolean => disk.steps.some((step) => step.kind === "cut" && step.length === 0);
  while (!isEmpty()) await new Promise((resolve) => setTimeout(resolve, 1)); // rows are sealed beside the loop
  disk.failSync = true; // what is in rows is not written anew in the other file
  await rejects(store.commit([text(ANN, "never")]), /reports an error/);
  for (const body of ["five", "six"]) ok((await store.commit([text(ANN, body)])).ok);
  deepStrictEqual(await found(disk.steps.length), ["one", "two", "five", "six"]);
  await store.close();
});

Deno.test("A journal hands over what is no record of it before that is cut off, and nothing of what a crash has left", async () => {
  const disk = new Disk();
  const log = new JournalLog(SECRET);
  const parts = { files: disk.files, log, random: seededRandom("aside"), synced: true };
  const { journal } = await Journal.open(parts);
  const { next } = journal.message({ peer: ANN, body: "one", atNs: 5n, form: "text", via: "dmsg" });
  await journal.outcome(next - 1, { state: "sent" });
  const whole = disk.image().files[0];
  const seen: unknown[] = [];
  const opened = async (first: Uint8Array, second: Uint8Array): Promise<number> => {
    const at = new Disk({ ...disk.image(), files: [first, second] });
    const setAside = (file: 0 | 1, bytes: Uint8Array): Promise<void> => {
      seen.push([file, fromUtf8(bytes), at.steps.length]);
      return Promise.resolve();
    };
    const { found } = await Journal.open({ ...parts, files: at.files, setAside });
    deepStrictEqual(at.image().files.map(({ length }) => length), [whole.length, 0]);
    return found.length;
  };
  ok(await opened(concat(whole, utf8("garbage")), utf8("no journal")) === 1);
  deepStrictEqual(seen.splice(0), [[0, "garbage", 0], [1, "no journal", 1]], "before any cut of its file");
  ok(await opened(concat(whole, whole.subarray(40, 60)), whole.subarray(0, 5)) === 1);
  deepStrictEqual(seen, []);
});
