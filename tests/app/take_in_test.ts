/** What a send without a store has kept goes into the store: once, in order, wherever a process dies. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { openSentFile, type SentFile } from "../../lib/app/sent_file.ts";
import { takeIn } from "../../lib/app/take_in.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../lib/store/memory.ts";
import { openStore } from "../../lib/store/open.ts";
import type { SentMessage } from "../../lib/store/sent_log.ts";
import type { Store } from "../../lib/store/store.ts";
import type { Files } from "../../lib/sys/files.ts";
import { concat } from "../../lib/wire/bytes.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { FakeClock } from "../fakes/clock.ts";
import { faultyPlace } from "../fakes/faulty_store.ts";
import { type MemoryFiles, memoryFiles } from "../fakes/files.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, SECRET } from "../store/support.ts";

const path = "/store/sent.log";
let draws = 0;

const open = (files: MemoryFiles, secret = SECRET): Promise<SentFile> =>
  openSentFile({
    path,
    secret,
    random: seededRandom(draws++),
    openLogFile: () => {
      let bytes = files.kept.get(path)?.bytes ?? new Uint8Array(0);
      const put = (next: Uint8Array): void => void files.kept.set(path, { bytes: bytes = next, mode: 0o600 });
      return Promise.resolve({
        bytes,
        cut: (length: number) => put(bytes.slice(0, length)),
        append: (added: Uint8Array) => put(concat(bytes, added)),
        close() {},
      });
    },
  });

const message = (body: string, peer: string, id?: string): SentMessage => ({
  peer,
  body,
  atNs: 5n,
  form: id === undefined ? "text" : "envelope",
  via: "dmsg",
  ...(id === undefined ? {} : { id }),
});

const storeOf = (rows: MemoryRows, place = memoryPlace(rows)): Promise<Store> =>
  openStore({ place, secret: SECRET, clock: new FakeClock(), random: seededRandom(`s${draws++}`) });

const taken = (store: Store, files: Files): Promise<void> => takeIn(store, { files, path, secret: SECRET });

const texts = async (store: Store, peer: string): Promise<string[]> =>
  (await store.messages.newest(peer, 999)).map(({ body }) => body);

Deno.test("What was sent is in the history as it was, and nothing waits to be sent", async () => {
  const [rows, files] = [emptyRows(), memoryFiles()];
  const first = await open(files);
  const [a, b] = [first.keep(message("one", ANN, "id1")), first.keep(message("two", BEN))];
  first.settle(b, { state: "sent" });
  first.settle(a, { state: "received", once: true });
  first.close();
  const second = await open(files);
  second.keep(message("three", ANN, "id3"));
  second.settle(second.keep(message("four", ANN)), { state: "failed", reason: "away" });
  const store = await storeOf(rows);
  await store.commit([{
    kind: "message",
    message: { ...message("zero", ANN), direction: "in", state: "received" },
  }]);
  await taken(store, files);
  strictEqual(files.kept.size, 0);
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
  await taken(store, files);
  strictEqual((await texts(store, ANN)).length, 4);
});

const COUNT = 66;

/** Two conversations, with ids and without, more than one commit takes. */
async function filled(files: MemoryFiles, from = 0, to = COUNT): Promise<void> {
  const file = await open(files);
  for (let i = from; i < to; i++) {
    const number = file.keep(message(`m${i}`, i % 3 ? ANN : BEN, i % 2 ? `id${i}` : undefined));
    if (i % 5) file.settle(number, { state: "received" });
  }
}

const wanted = (peer: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => i).filter((i) => (i % 3 ? ANN : BEN) === peer).map((i) => `m${i}`);

Deno.test("A log is taken in once and in order whatever operation a process dies at", async (t) => {
  for (const how of ["kill before", "kill after", "fail", "lost answer"] as const) {
    await t.step(how, async () => {
      for (let at = 0, tripped = true; tripped; at++) {
        const [rows, files] = [emptyRows(), memoryFiles()];
        await filled(files);
        const place = faultyPlace(memoryPlace(rows), { at, how });
        await storeOf(rows, place).then((store) => taken(store, files)).catch(() => {});
        tripped = place.tripped();
        // Another send without a store may come in between.
        const count = COUNT + (at % 2) * 3;
        await filled(files, COUNT, count);
        const store = await storeOf(rows);
        await taken(store, files);
        for (const peer of [ANN, BEN]) {
          deepStrictEqual(await texts(store, peer), wanted(peer, count), `${how} at ${at}`);
        }
      }
    });
  }
  await t.step("before the file is removed", async () => {
    const [rows, files] = [emptyRows(), memoryFiles()];
    await filled(files);
    const kept = { ...files, remove: () => Promise.reject(new Error("killed")) };
    for (let i = 0; i < 2; i++) await rejects(taken(await storeOf(rows), kept), /killed/);
    await filled(files, COUNT, COUNT + 1);
    const store = await storeOf(rows);
    await taken(store, files);
    for (const peer of [ANN, BEN]) deepStrictEqual(await texts(store, peer), wanted(peer, COUNT + 1));
  });
});

Deno.test("Long messages are taken in too", async () => {
  const [rows, files] = [emptyRows(), memoryFiles()];
  const file = await open(files);
  strictEqual(file.isLong, false);
  const bodies = Array.from({ length: 20 }, (_, i) => String.fromCharCode(0x3040 + i).repeat(65_000));
  for (const body of bodies) file.keep(message(body, ANN));
  strictEqual(file.isLong, true);
  const store = await storeOf(rows);
  await taken(store, files);
  deepStrictEqual(await texts(store, ANN), bodies);
});

Deno.test("What a crash has left is cut off, and a broken log is an error on both sides", async () => {
  const isLocal = (error: unknown): boolean =>
    error instanceof UserError && error.kind === "local" && !!error.hint;
  const files = memoryFiles();
  (await open(files)).keep(message("one", ANN));
  const { bytes } = files.kept.get(path)!;
  files.kept.set(path, { bytes: concat(bytes, bytes.subarray(40, 70)), mode: 0o600 });
  (await open(files)).keep(message("two", ANN));
  const store = await storeOf(emptyRows());
  await taken(store, files);
  deepStrictEqual(await texts(store, ANN), ["one", "two"]);
  (await open(files)).keep(message("three", ANN));
  await rejects(open(files, new Uint8Array(32)), isLocal);
  files.kept.get(path)!.bytes[10] ^= 1;
  await rejects(taken(store, files), isLocal);
  await rejects(open(files), isLocal);
  ok(files.kept.has(path));
});
