/** What a journal does with what is long for it, and behind an append that has failed. */
import { deepStrictEqual, ok, rejects } from "node:assert/strict";
import { Journal } from "../../lib/store/journal.ts";
import { JournalLog } from "../../lib/store/journal_log.ts";
import { openStore } from "../../lib/store/open.ts";
import type { Change, Store } from "../../lib/store/store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
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

Deno.test("A journal whose append has failed still says on top of which rows the next record stands", async () => {
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
  await journal.burst(burst, false);
  const found = log.contents(new Disk(disk.image()).file(0).bytes);
  if (typeof found === "string") throw new Error(found);
  deepStrictEqual(found.contents.map((content) => Object.keys(content)[0]), ["m", "b", "c"]);
});
