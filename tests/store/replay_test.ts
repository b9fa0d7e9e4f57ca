/** What is planned again from a journal of two files, when the rows are others than then. */
import { deepStrictEqual } from "node:assert/strict";
import { Journal } from "../../lib/store/journal/journal.ts";
import { JournalLog, type LogContents } from "../../lib/store/journal/log.ts";
import { replayAll, type ReplayParts } from "../../lib/store/journal/replay.ts";
import type { JournalMark } from "../../lib/store/rows/records.ts";
import { openStore, type StoreLimits } from "../../lib/store/open.ts";
import type { Change, Store, StoredMessage } from "../../lib/store/store.ts";
import { concat } from "../../lib/wire/bytes.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, bodies, CAT, SECRET, text } from "./support.ts";

const log = new JournalLog(SECRET);
const random = seededRandom(7);
const ROWS: JournalMark = { name: "aa".repeat(16), next: 3 };
const OTHER: JournalMark = { name: "bb".repeat(16), next: 9 };

/** A file that begins behind a place, with a commit each, or what says on which rows the next ones stand. */
function fileOf(behind: JournalMark, commits: readonly (readonly Change[] | JournalMark)[]): LogContents {
  const { header, place } = log.begin(random);
  let at = place;
  const parts = [header];
  const put = (record: Uint8Array): void => {
    parts.push(record);
    at = { ...at, next: at.next + 1, end: at.end + record.length };
  };
  put(log.after(at, random, behind));
  for (const changes of commits) {
    if ("next" in changes) {
      put(log.after(at, random, changes));
      continue;
    }
    const positions = changes.flatMap(({ kind }) => kind === "message" ? [8] : []);
    put(log.burst(at, random, { nowNs: 5n, passedNs: 5n, commits: [{ changes, positions }] }));
  }
  const contents = log.contents(concat(...parts));
  if (typeof contents === "string") throw new Error(contents);
  return contents;
}

/** Which changes are planned again. */
async function replayed(
  found: readonly LogContents[],
  written: JournalMark,
  there?: StoredMessage,
): Promise<string[]> {
  const kinds: string[] = [];
  const parts = {
    replay: (commits: readonly (readonly Change[])[]) => {
      // What marks a message without an id as taken in is said beside it.
      kinds.push(...commits.flat().map(({ kind }) => kind).filter((kind) => kind !== "seen"));
      return Promise.resolve([]);
    },
    get: () => Promise.resolve(there),
  } as unknown as ReplayParts;
  await replayAll(parts, found, written);
  return kinds;
}

Deno.test("What stands on commits of other rows is taken in as they are, also in the second file", async () => {
  const first = fileOf(ROWS, [[text(ANN, "said")]]);
  const second = fileOf({ name: first.name, next: 2 }, [
    [{ kind: "delete", peer: ANN, position: 7 }],
    [text(ANN, "and more")],
  ]);
  deepStrictEqual(await replayed([first, second], ROWS), ["message", "delete", "message"]);
  // The message of position 7 is another one in these rows.
  deepStrictEqual(await replayed([first, second], OTHER), ["message", "message"]);
  deepStrictEqual(await replayed([first, second], { name: first.name, next: 2 }), ["delete", "message"]);
  const known = fileOf(OTHER, [[{ kind: "peer", peer: ANN, facts: { accepted: true } }]]);
  deepStrictEqual(await replayed([known], ROWS), ["peer"]);
  // What comes before the file that the rows name is in the rows.
  deepStrictEqual(await replayed([first, second], { name: second.name, next: 2 }), ["message"]);
});

Deno.test("A file that says in the middle on which rows it goes on is ours from there, and so is the next one", async () => {
  const gone: Change = { kind: "delete", peer: ANN, position: 7 };
  const first = fileOf(OTHER, [[text(ANN, "said")], ROWS, [gone]]);
  const second = fileOf({ name: first.name, next: 4 }, [[gone]]);
  deepStrictEqual(await replayed([first, second], ROWS), ["message", "delete", "delete"]);
  for (const others of [{ ...ROWS, next: 4 }, { ...OTHER, next: ROWS.next }]) {
    const foreign = fileOf(OTHER, [[text(ANN, "said")], others, [gone]]);
    deepStrictEqual(await replayed([foreign], ROWS), ["message"]);
  }
});

Deno.test("A file that is shorter than the rows have it is an older copy: what was added to it since is taken in", async () => {
  const file = fileOf(OTHER, [[text(ANN, "said")], [text(ANN, "added to the copy")]]);
  const whole = { name: file.name, next: 3 };
  deepStrictEqual(await replayed([file], whole), []);
  deepStrictEqual(await replayed([file], { ...whole, next: 4 }), ["message", "message"]);
  const next = fileOf(whole, [[text(ANN, "in the next one")]]);
  deepStrictEqual(await replayed([file, next], { ...whole, next: 4 }), ["message", "message", "message"]);
});

Deno.test("A message that other rows have in its place is not taken in again, and what is said of it holds", async () => {
  const said = text(ANN, "said");
  const file = fileOf(OTHER, [[said], [{ kind: "delete", peer: ANN, position: 8 }]]);
  const there: StoredMessage = { ...said.message, position: 8 };
  deepStrictEqual(await replayed([file], ROWS, there), ["delete"]);
  for (const other of [{ ...there, body: "else" }, { ...there, atNs: 5n }]) {
    deepStrictEqual(await replayed([file], ROWS, other), ["message"]);
  }
});

Deno.test("What is said of a message behind the word that other rows begin is said of another one", async () => {
  const said = text(ANN, "said");
  const gone: Change = { kind: "delete", peer: ANN, position: 8 };
  const there: StoredMessage = { ...said.message, position: 8 };
  const others = { ...ROWS, next: 4 };
  deepStrictEqual(await replayed([fileOf(OTHER, [[said], others, [gone]])], ROWS, there), []);
  const first = fileOf(OTHER, [[said]]);
  const behind = (mark: JournalMark) => replayed([first, fileOf(mark, [[gone]])], ROWS, there);
  deepStrictEqual(await behind({ name: first.name, next: 2 }), ["delete"]);
  deepStrictEqual(await behind(others), []);
});

Deno.test("What was planned on other rows is taken in once, and meets no other message, wherever it breaks off", async () => {
  const open = async (disk: Disk): Promise<Store> =>
    await openStore({
      place: disk.place(),
      secret: SECRET,
      clock: new FakeClock(),
      random: seededRandom(`foreign ${opened++}`),
      journal: { files: disk.files, synced: true },
    });
  let opened = 0;
  const older = new Disk();
  const before = await open(older);
  await before.commit(["a", "b", "c"].map((body) => text(ANN, body)));
  await before.close(); // all of it is in rows
  // In one file, and in two.
  for (const many of [15, 20]) {
    const newer = new Disk();
    const parts = { files: newer.files, log, random, synced: true, onlyAdds: true };
    const { journal } = await Journal.open(parts); // as a send that opens no store
    const { next } = journal.message({ peer: CAT, body: "sent", atNs: 5n, form: "text", via: "dmsg" });
    await journal.outcome(next - 1, { state: "sent" });
    const after = await open(newer);
    await after.commit([text(ANN, "one"), text(ANN, "two", { id: "two" }), text(ANN, "three")]);
    for (let i = 0; i < many; i++) await after.commit([text(BEN, `${i} ${"x".repeat(60 << 10)}`)]);
    await after.commit([{ kind: "delete", peer: ANN, position: 2 }]);
    await after.commit([text(ANN, "four")]);
    const { files } = newer.image();
    await after.close();
    const image = { files, rows: older.image().rows };
    const disk = new Disk(image);
    await (await open(disk)).close();
    deepStrictEqual(disk.image().files.map((file) => file.length), [0, 0]);
    const { length } = disk.steps;
    for (let count = 0; count <= length; count++) {
      if (count > 0 && disk.steps[count - 1].kind !== "rows") continue;
      const store = await open(new Disk(disk.cutAt(count, "kept")));
      const found = (await store.messages.newest(ANN, 99)).map(({ body, state }) => `${body} ${state}`);
      deepStrictEqual(found, [
        "a received",
        "b received",
        "c received",
        "one received",
        " deleted",
        "three received",
        "four received",
      ], `${many}: ${count} of ${length}`);
      const others = (await store.messages.newest(BEN, 99)).map(({ body }) => body.split(" ")[0]);
      deepStrictEqual(others, Array.from({ length: many }, (_, i) => `${i}`));
      deepStrictEqual(bodies(await store.messages.newest(CAT, 9)), ["sent"]);
      await store.close();
    }
  }
});

Deno.test("What was queued is there again at a start with room for less", async () => {
  const disk = new Disk();
  const openWith = (limits: StoreLimits, from: Disk): Promise<Store> =>
    openStore({
      place: from.place(),
      secret: SECRET,
      clock: new FakeClock(),
      random: seededRandom("room"),
      limits,
      journal: { files: from.files, synced: true },
    });
  const store = await openWith({}, disk);
  const queued = (body: string): Change =>
    text(ANN, body, { direction: "out", state: "pending", queue: { dueNs: 5n } });
  for (const body of ["one", "two"]) await store.commit([queued(body)]);
  for (const limits of [{ outboxEntries: 1 }, { outboxBytes: 4 }]) {
    const next = await openWith(limits, new Disk(disk.image()));
    deepStrictEqual(bodies(await next.messages.newest(ANN, 9)), ["one", "two"]);
    deepStrictEqual((await next.outbox.list()).length, 2);
    deepStrictEqual(await next.commit([queued("three")]), { ok: false, reason: "full" });
    await next.close();
  }
  await store.close();
});
