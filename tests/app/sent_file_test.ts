/** What a send without a store has kept goes into the store: once, in order, wherever a process dies. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { openSentFile, type SentFile } from "../../lib/app/sent_file.ts";
import type { SentMessage } from "../../lib/store/journal/log.ts";
import { type JournalOptions, openStore } from "../../lib/store/open.ts";
import type { Store } from "../../lib/store/store.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { faultyPlace } from "../fakes/faulty_store.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, SECRET } from "../store/support.ts";

let draws = 0;

const open = (disk: Disk, secret = SECRET): Promise<SentFile> =>
  openSentFile({ journal: { files: disk.files, synced: true }, secret, random: seededRandom(draws++) });

const message = (body: string, peer: string, id?: string): SentMessage => ({
  peer,
  body,
  atNs: 5n,
  form: id === undefined ? "text" : "envelope",
  via: "dmsg",
  ...(id === undefined ? {} : { id }),
});

/** Opens the store, which takes in what is in the journal. */
const storeOf = (disk: Disk, place = disk.place(), setAside?: JournalOptions["setAside"]): Promise<Store> =>
  openStore({
    place,
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom(`s${draws++}`),
    journal: { files: disk.files, synced: true, setAside },
  });

const texts = async (store: Store, peer: string): Promise<string[]> =>
  (await store.messages.newest(peer, 999)).map(({ body }) => body);

Deno.test("What was sent is in the history as it was, and nothing waits to be sent", async () => {
  const disk = new Disk();
  const before = await storeOf(disk);
  ok(
    (await before.commit([{
      kind: "message",
      message: { ...message("zero", ANN), direction: "in", state: "received" },
    }])).ok,
  );
  await before.close();
  const first = await open(disk);
  const [a, b] = [first.keep(message("one", ANN, "id1")), first.keep(message("two", BEN))];
  await first.settle(b, { state: "sent" });
  await first.settle(a, { state: "received", once: true });
  first.close();
  const second = await open(disk);
  second.keep(message("three", ANN, "id3"));
  await second.settle(second.keep(message("four", ANN)), { state: "failed", reason: "away" });
  const store = await storeOf(disk);
  const all = await store.messages.newest(ANN, 99);
  deepStrictEqual(all.slice(1).map(({ body, id, state, reason }) => [body, id, state, reason]), [
    ["one", "id1", "received", undefined],
    ["three", "id3", "unconfirmed", "the program ended before its ack"],
    ["four", undefined, "failed", "away"],
  ]);
  deepStrictEqual(all.map(({ direction }) => direction), ["in", "out", "out", "out"]);
  deepStrictEqual((await store.messages.newest(BEN, 9)).map(({ state }) => state), ["sent"]);
  deepStrictEqual(await store.outbox.list(), []);
  deepStrictEqual(await store.peers.get(ANN), { accepted: true, once: true });
  deepStrictEqual(await store.peers.get(BEN), { accepted: true });
  strictEqual((await store.messages.conversations()).find(({ peer }) => peer === ANN)?.unread, 1);
  deepStrictEqual((await store.messages.search("thr")).map(({ body }) => body), ["three"]);
  await store.close();
  deepStrictEqual(disk.image().files.map(({ length }) => length), [0, 0]);
  strictEqual((await texts(await storeOf(disk), ANN)).length, 4);
});

const COUNT = 9;

/** Two conversations, with ids and without. */
async function filled(disk: Disk, from = 0, to = COUNT): Promise<void> {
  const file = await open(disk);
  for (let i = from; i < to; i++) {
    const mark = file.keep(message(`m${i}`, i % 3 ? ANN : BEN, i % 2 ? `id${i}` : undefined));
    if (i % 5) await file.settle(mark, { state: "received" });
  }
}

const wanted = (peer: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => i).filter((i) => (i % 3 ? ANN : BEN) === peer).map((i) => `m${i}`);

Deno.test("What was sent is taken in once and in order whatever operation a process dies at", async (t) => {
  for (const how of ["kill before", "kill after", "fail", "lost answer"] as const) {
    await t.step(how, async () => {
      for (let at = 0, tripped = true; tripped; at++) {
        const disk = new Disk();
        await filled(disk);
        const place = faultyPlace(disk.place(), { at, how });
        await storeOf(disk, place).then((store) => store.close()).catch(() => {});
        tripped = place.tripped();
        // Another send without a store may come in between.
        const count = COUNT + (at % 2) * 3;
        await filled(disk, COUNT, count);
        const store = await storeOf(disk);
        for (const peer of [ANN, BEN]) {
          deepStrictEqual(await texts(store, peer), wanted(peer, count), `${how} at ${at}`);
        }
      }
    });
  }
});

Deno.test("Long messages are taken in too", async () => {
  const disk = new Disk();
  const file = await open(disk);
  strictEqual(file.isLong, false);
  const bodies = Array.from({ length: 20 }, (_, i) => String.fromCharCode(0x3040 + i).repeat(65_000));
  for (const body of bodies) file.keep(message(body, ANN));
  strictEqual(file.isLong, true);
  const store = await storeOf(disk);
  deepStrictEqual(await texts(store, ANN), bodies);
});

Deno.test("What a crash has left is cut off, what is damaged is set aside, and what is whole is taken in", async () => {
  const disk = new Disk();
  (await open(disk)).keep(message("one", ANN));
  const { files: [bytes] } = disk.image();
  disk.file(0).append(bytes.subarray(40, 70));
  (await open(disk)).keep(message("two", ANN));
  disk.file(0).append(Uint8Array.of(0, 0, 0, 1, 5, 6, 7));
  const aside: [number, Uint8Array][] = [];
  const store = await storeOf(
    disk,
    disk.place(),
    (file, bytes) => Promise.resolve(aside.push([file, bytes])),
  );
  deepStrictEqual(await texts(store, ANN), ["one", "two"]);
  deepStrictEqual(aside, [[0, Uint8Array.of(0, 0, 0, 1, 5, 6, 7)]]);
});
