/** Full disks, broken files and second processes. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { openKvPlace } from "../../lib/store/place/kv.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../lib/store/place/memory.ts";
import type { Key, Place, Row } from "../../lib/store/place/place.ts";
import { storageError } from "../../lib/sys/storage_error.ts";
import { UserError } from "../../lib/wire/errors.ts";
import { FakeClock } from "../fakes/clock.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, bodies, SECRET, text } from "./support.ts";

const clock = new FakeClock();
const openAt = async (path: string) =>
  openStore({ place: await openKvPlace(path), secret: SECRET, clock, random: seededRandom(5) });

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const explained = (kind: string, sign: RegExp) => (error: unknown): boolean => {
  ok(error instanceof UserError, String(error));
  strictEqual(error.kind, kind);
  ok(sign.test(error.message), error.message);
  return true;
};

Deno.test("Storage errors say what happened and what to do", () => {
  const cases: [string, string, RegExp][] = [
    ["database or disk is full", "local", /the disk is full$/],
    ["No space left on device (os error 28)", "local", /the disk is full$/],
    ["file is not a database", "local", /the file is broken$/],
    ["database disk image is malformed", "local", /the file is broken$/],
    ["The value encoding 82 is unknown.", "local", /the file is broken$/],
    ["database is locked", "busy", /another process is using it$/],
    ["attempt to write a readonly database", "local", /can't be opened for writing$/],
    ["Permission denied (os error 13)", "local", /can't be opened for writing$/],
    ["No such file or directory (os error 2)", "local", /the path leads to nothing$/],
    ["disk I/O error", "local", /the disk is full, or reports an error$/],
    ["failed to connect to 'http://127.0.0.1:1/'", "local", /the server does not answer$/],
    ["Missing DENO_KV_ACCESS_TOKEN environment variable", "local", /the access token is missing or refused$/],
    ["something new", "local", /the storage failed$/],
  ];
  for (const [text, kind, sign] of cases) {
    explained(kind, sign)(storageError(new Error(text), "/data/store.kv", "write"));
  }
  const ours = new RangeError("too large");
  strictEqual(storageError(ours, "/data", "read"), ours);
});

Deno.test("Kv store explains a file that is no database", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/store.kv`, "this is a text, and not a database at all\n".repeat(100));
    await rejects(openAt(`${folder}/store.kv`), explained("local", /store\.kv: the file is broken$/));
  }));

/** What stands in the place of rows of a kind. */
type Damage = (kind: string, rows: readonly Row[]) => readonly Row[];

/** A place whose file is broken: a range gives what stands in its place. */
const broken = (rows: MemoryRows, damage: Damage): Place => {
  const place = memoryPlace(rows);
  return {
    ...place,
    async *list(range, options) {
      yield* damage(range.start[0], await Array.fromAsync(place.list(range, options)));
    },
  };
};

Deno.test("Store explains rows that stand where others belong, and takes none of them for something else", async () => {
  const rows = emptyRows();
  const openOn = (place: Place) => openStore({ place, secret: SECRET, clock, random: seededRandom(6) });
  const store = await openOn(memoryPlace(rows));
  for (let i = 0; i < 3; i++) {
    const queue = { dueNs: 5n };
    await store.commit([text(ANN, `${i}`, { direction: "out", state: "pending", queue, id: `${i}` })]);
  }
  await store.close();
  const all = [...rows.rows.values()].map(({ row }) => row);
  const of = (kind: string): Row[] => all.filter(({ key }) => key[0] === kind);
  const damages: readonly Damage[] = [
    (kind, found) => kind === "m" ? of("o") : kind === "o" ? of("m") : kind === "e" ? of("m") : found,
    (_, found) => found.length > 1 ? found.toReversed() : of("f"),
    (_, found) => [...found, ...found],
    (kind) => [{ key: [kind, 5n, "text"] as unknown as Key, value: new Uint8Array(40) }],
    (kind) => [{ key: [7 as unknown as string], value: new Uint8Array(40) }, ...of(kind)],
    (_, found) => found.map(({ key }) => ({ key, value: "text" as unknown as Uint8Array })),
  ];
  for (const [i, damage] of damages.entries()) {
    const again = await openOn(broken(rows, damage));
    const reads: readonly (() => Promise<unknown>)[] = [
      () => again.outbox.list(),
      () => again.messages.newest(ANN, 9),
      () => again.events.since(0),
    ];
    for (const read of reads) await rejects(read(), explained("local", /damaged$/), `${i}: ${read}`);
    await again.close();
  }
});

Deno.test({
  name: "Kv store explains a link to a disk that is not there now, and leaves it",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      await Deno.symlink(`${folder}/mnt/store.kv`, `${folder}/store.kv`);
      await rejects(
        openAt(`${folder}/store.kv`),
        explained("local", /store\.kv: the path leads to nothing$/),
      );
      ok((await Deno.lstat(`${folder}/store.kv`)).isSymlink);
    }),
});

Deno.test("Kv store explains a file that was cut or overwritten", () =>
  inFolder(async (folder) => {
    const path = `${folder}/store.kv`;
    const store = await openAt(path);
    for (let i = 0; i < 30; i++) await store.commit([text(ANN, "x".repeat(5000))]);
    await store.close();
    const whole = await Deno.readFile(path);
    for (
      const damage of [(b: Uint8Array) => b.fill(170, 4096), (b: Uint8Array) => b.subarray(0, b.length / 2)]
    ) {
      await Deno.writeFile(path, damage(whole.slice()));
      const attempt = async () => {
        const again = await openAt(path);
        try {
          await again.messages.newest(ANN, 100);
        } finally {
          await again.close();
        }
      };
      await rejects(attempt(), explained("local", /is broken$|is damaged$/));
    }
  }));

Deno.test("Kv store explains a directory that can't be made", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await rejects(openAt(`${folder}/file/store.kv`), explained("local", /^Cannot open the messages in /));
  }));

Deno.test("Kv store notices a second process", () =>
  inFolder(async (folder) => {
    const path = `${folder}/store.kv`;
    const [one, two] = [await openAt(path), await openAt(path)];
    ok((await one.commit([text(ANN, "one")])).ok);
    await rejects(two.commit([text(ANN, "two")]), explained("busy", /another process is writing/));
    deepStrictEqual(bodies(await two.messages.newest(ANN, 9)), ["one"]);
    await one.close();
    await two.close();
  }));

/** Mounts a small file system, where that is allowed. */
async function tinyDisk(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const folder = await Deno.makeTempDir();
  const args = ["-t", "tmpfs", "-o", "size=3m", "tmpfs", folder];
  const made = await new Deno.Command("mount", { args, stderr: "null" }).output().catch(() => undefined);
  if (made?.success) return folder;
  await Deno.remove(folder);
  return undefined;
}

const disk = await tinyDisk();
Deno.test({
  name: `Kv store survives a full disk${disk ? "" : " (skipped: no file system can be mounted here)"}`,
  ignore: disk === undefined,
  fn: async () => {
    const path = `${disk}/store.kv`;
    try {
      const store = await openAt(path);
      const kept: string[] = [];
      const body = (i: number) => `${i} ${"x".repeat(30_000)}`;
      const fill = async () => {
        for (let i = 0; i < 200; i++) {
          await store.commit([text(ANN, body(i))]);
          kept.push(body(i));
        }
      };
      await Deno.writeFile(`${disk}/ballast`, new Uint8Array(1_000_000));
      await rejects(fill(), explained("local", /the disk is full$/));
      ok(kept.length > 5);
      strictEqual(bodies(await store.messages.newest(ANN, 500)).join(), kept.join());
      await Deno.remove(`${disk}/ballast`);
      ok((await store.commit([text(ANN, "after")])).ok, "goes on once there is room");
      await store.close();
      const again = await openAt(path);
      strictEqual(bodies(await again.messages.newest(ANN, 500)).join(), [...kept, "after"].join());
      await again.close();
    } finally {
      await new Deno.Command("umount", { args: [disk!] }).output();
      await Deno.remove(disk!);
    }
  },
});

Deno.test("Kv store that can't be begun leaves no empty file, which would look as if it had lost all", () =>
  inFolder(async (folder) => {
    // What the database writes first has no room.
    const path = `${folder}/store.kv`;
    await Deno.mkdir(`${path}-wal`);
    await rejects(openKvPlace(path), explained("local", /Cannot open the messages/));
    await rejects(Deno.stat(path), Deno.errors.NotFound);
    await Deno.writeTextFile(path, "");
    await rejects(openKvPlace(path), explained("local", /Cannot open the messages/));
    strictEqual((await Deno.stat(path)).size, 0); // that one was there before
  }));
