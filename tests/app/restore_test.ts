import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type BackupLine, read } from "../../lib/app/backup.ts";
import type { MessageView } from "../../lib/app/messages/messages.ts";
import { Restore, type Restored } from "../../lib/app/restore.ts";
import { isSilent } from "../../lib/overlay/silent.ts";
import { openStore } from "../../lib/store/open.ts";
import { emptyRows, memoryPlace } from "../../lib/store/place/memory.ts";
import type { Store } from "../../lib/store/store.ts";
import { utf8 } from "../../lib/wire/bytes.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";

const PEER = `02${"a".repeat(64)}`;

const message = (number: number, more: Partial<MessageView> = {}): BackupLine => ({
  type: "message",
  peer: PEER,
  position: number,
  outgoing: false,
  text: `text ${number}`,
  ts: `2026-11-25T10:00:0${number}Z`,
  state: "received",
  via: "dmsg",
  ...more,
});

/** Four of the peer's, the last two not read; the second has no id. */
const BACKUP: readonly BackupLine[] = [
  { type: "peer", peer: PEER, blocked: false, accepted: true, once: true },
  { type: "conversation", peer: PEER, unread: 2 },
  message(1, { id: "1" }),
  message(2),
  message(3, { id: "3" }),
  message(4, { id: "4" }),
];

async function restore(store: Store, lines: readonly BackupLine[]): Promise<Restored> {
  const restoring = new Restore(store);
  for (const line of lines) await restoring.take(line);
  return await restoring.end();
}

function test(title: string, run: (store: Store) => Promise<void>): void {
  Deno.test(title, async () => {
    const store = await openStore({
      place: memoryPlace(emptyRows()),
      secret: new Uint8Array(32).fill(7),
      clock: new FakeClock(),
      random: seededRandom("restore"),
      isSilent,
    });
    try {
      await run(store);
    } finally {
      await store.close();
    }
  });
}

const bodies = async (store: Store): Promise<string[]> =>
  (await store.messages.newest(PEER, 99)).map(({ body, state }) => state === "deleted" ? state : body);
const unread = async (store: Store): Promise<number> => (await store.messages.conversations())[0].unread;
const ALL = ["text 1", "text 2", "text 3", "text 4"];

test("Restoring twice is the same as once, and what was unread is", async (store) => {
  deepStrictEqual(await restore(store, BACKUP), { messages: 4, repeats: 0, peers: 1 });
  deepStrictEqual([await bodies(store), await unread(store)], [ALL, 2]);
  deepStrictEqual(await restore(store, BACKUP), { messages: 0, repeats: 4, peers: 1 });
  deepStrictEqual([await bodies(store), await unread(store)], [ALL, 2]);
});

test("Restoring goes on after it was ended in the middle", async (store) => {
  await restore(store, BACKUP.slice(0, 4)); // the last lines are missing, and so is the mark of what was read
  deepStrictEqual(await restore(store, BACKUP), { messages: 2, repeats: 2, peers: 1 });
  deepStrictEqual([await bodies(store), await unread(store)], [ALL, 2]);
});

test("What the user has read since then stays read", async (store) => {
  await restore(store, BACKUP);
  await store.commit([{ kind: "read", peer: PEER, position: 4 }]);
  await restore(store, BACKUP);
  strictEqual(await unread(store), 0);
});

test("A conversation that was forgotten comes back", async (store) => {
  await restore(store, BACKUP);
  await store.commit([{ kind: "forget", peer: PEER }]);
  deepStrictEqual(await restore(store, BACKUP), { messages: 4, repeats: 0, peers: 1 });
  deepStrictEqual([await bodies(store), await unread(store)], [ALL, 2]);
});

test("A message that was deleted stays deleted, with an id and without", async (store) => {
  await restore(store, BACKUP);
  for (const position of [1, 2]) await store.commit([{ kind: "delete", peer: PEER, position }]);
  strictEqual((await restore(store, BACKUP)).messages, 0);
  const kept = ["deleted", "deleted", "text 3", "text 4"];
  deepStrictEqual(await bodies(store), kept);
  const later = BACKUP.map((line) =>
    line.type === "message" ? { ...line, text: "", state: "deleted" } : line
  );
  strictEqual((await restore(store, later as BackupLine[])).messages, 0);
  deepStrictEqual(await bodies(store), kept);
});

test("A value of a widget in a backup is none of the messages that were not read", async (store) => {
  const body = 'a value\n\u2063{"o":1001,"d":"{\\"w\\":\\"a\\",\\"k\\":\\"number\\",\\"v\\":1}","s":5}';
  const values = [5, 6, 7].map((position) => ({ ...message(position, { id: `${position}` }), text: body }));
  await restore(store, [...BACKUP, ...values]);
  strictEqual(await unread(store), 2);
  await restore(store, [...BACKUP, ...values]);
  strictEqual(await unread(store), 2);
});

Deno.test("A restore that can't write says so where it is waited for, and how far it came", async () => {
  let left = 3;
  const store = {
    messages: { newest: () => Promise.resolve([]) },
    commit: () =>
      left-- > 0
        ? Promise.resolve({ ok: true, positions: [1] })
        : Promise.reject(new Error("the disk is full")),
  } as unknown as Store;
  const restoring = new Restore(store);
  for (const line of BACKUP) {
    await restoring.take(line);
    // Lines come out of a file: a failure that nobody waits for yet ends the program in between.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await rejects(restoring.end(), /full/);
  deepStrictEqual(restoring.counts, { messages: 2, repeats: 0, peers: 1 });
});

Deno.test("A file that is no backup is told from one that is damaged", async () => {
  const readAll = async (text: string): Promise<void> => {
    for await (const _line of read(ReadableStream.from([utf8(text)])));
  };
  await rejects(readAll("root:x:0:0:root:/root:/bin/bash\n"), {
    message: "This is no backup: its first line is not that of one",
    hint: "Give a file that `dmsg export` has written.",
  });
  const first = JSON.stringify({ type: "dmsg-backup", version: 1, pk: PEER, ts: "2026-11-25T10:00:00Z" });
  await rejects(readAll(`${first}\nno line\n`), {
    message: "This is not a whole backup: a line can't be read",
  });
});
