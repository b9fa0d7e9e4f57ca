import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type Disk, type DiskFile, systemDisk } from "../../lib/sys/copies/disk.ts";
import { isPartName, partNames, type ResumableFile, resumePart } from "../../lib/sys/copies/part_file.ts";
import { treeError } from "../../lib/sys/tree/error.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";

const ID = "0".repeat(32);
const HASH = new Uint8Array(32);
const MIB = 2 ** 20;

/** A directory, and a disk that removes a name when it is told to. */
async function staged(
  run: (stage: { top: string; disk: Disk; asked: Promise<void>; remove: () => void }) => Promise<void>,
): Promise<void> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  const asked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const disk: Disk = {
    ...systemDisk,
    async remove(path) {
      asked.resolve();
      await go.promise;
      await systemDisk.remove(path);
    },
  };
  try {
    await run({ top, disk, asked: asked.promise, remove: go.resolve });
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

const names = (top: string): string[] => [...Deno.readDirSync(top)].map(({ name }) => name).sort();

Deno.test("A file that is given up by two at once is gone for both", async () => {
  for (const second of ["suspend", "discard"] as const) {
    await staged(async ({ top, disk, asked, remove }) => {
      const file = await resumePart(top, "f", ID, disk);
      const first = file.suspend();
      await asked;
      let seen: string[] | undefined;
      const other = file[second]().then(() => void (seen = names(top)));
      await new Promise((done) => setTimeout(done));
      strictEqual(seen, undefined, `${second} does not wait`);
      remove();
      await Promise.all([first, other]);
      deepStrictEqual(seen, []);
    });
  }
});

Deno.test("A file that begins anew while the stream before gives it up is received", async () => {
  await staged(async ({ top, disk, asked, remove }) => {
    const tree = systemTree(top, undefined, undefined, disk);
    const old = await tree.resume!("f", ID);
    const leaving = old.suspend();
    await asked;
    const anew = tree.resume!("f", ID);
    await new Promise((done) => setTimeout(done, 20)); // long enough to open what is not removed yet
    remove();
    strictEqual(await leaving, 0);
    const file = await anew;
    await file.write(new TextEncoder().encode("new"));
    await old.discard();
    await file.commit(0o600);
    strictEqual(await Deno.readTextFile(`${top}/f`), "new");
    deepStrictEqual(names(top), ["f"]);
  });
});

Deno.test("Who has left a file takes nothing away from the one that goes on", async () => {
  await staged(async ({ top, remove }) => {
    remove();
    const begin = (): Promise<ResumableFile> => resumePart(top, "f", ID);
    const old = await begin();
    await old.write(new Uint8Array(2 ** 20));
    await old.keep(HASH);
    strictEqual(await old.suspend(), 2 ** 20);
    const file = await begin();
    strictEqual(file.offset, 2 ** 20);
    await old.discard();
    await rejects(old.keep(HASH), /left/);
    await file.commit(0o600);
    strictEqual((await Deno.stat(`${top}/f`)).size, 2 ** 20);
  });
});

Deno.test("Of two that take up a file at once the later one has it", async () => {
  await staged(async ({ top, disk, asked, remove }) => {
    const tree = systemTree(top, undefined, undefined, disk);
    const old = await tree.resume!("f", ID);
    const [first, second] = [tree.resume!("f", ID), tree.resume!("f", ID)];
    await asked; // both have come while the old one is being given up
    remove();
    const [earlier, later] = await Promise.all([first, second]);
    for (const over of [old, earlier]) {
      const said = { name: "TreeError", message: "the same file is just being received" };
      await rejects(over.keep(HASH), said);
      await rejects(over.write(HASH), said);
      await rejects(over.commit(0o600), said);
    }
    await earlier.discard();
    await later.write(new TextEncoder().encode("new"));
    await later.commit(0o600);
    strictEqual(await Deno.readTextFile(`${top}/f`), "new");
  });
});

Deno.test("A peer is told in the system's words why a file can't be had, and no path of ours", () => {
  const words = (message: string): string => treeError("open", new Error(message)).message;
  strictEqual(words("Read-only file system (os error 30): open '/home/me/x'"), "read-only file system");
  strictEqual(words("Input/output error (os error 5): rename '/a' -> '/b'"), "input/output error");
  strictEqual(words("File name too long (os error 36): open '/home/me/x'"), "the name is too long");
  strictEqual(words("open '/home/me (os error 30)'"), "it can't be done here");
  strictEqual(words("Bad resource ID"), "it can't be done here");
});

Deno.test("What waits of another version of a file goes, of the same sender and place, and when nobody receives it", async () => {
  await staged(async ({ top, remove }) => {
    remove();
    const tree = systemTree(top);
    const id = (version: number): string => String(version).padStart(32, "0");
    const breaks = async (name: string, version: number, sender?: string): Promise<number | undefined> => {
      const file = await tree.resume!(name, id(version), sender);
      await file.write(new Uint8Array(2 ** 20 + 5));
      await file.keep(HASH);
      await file.suspend();
      return file.freed;
    };
    const waiting = (): number[] =>
      names(top).filter((name) => !name.includes("journal")).map((name) => parseInt(name.slice(1)));
    strictEqual(await breaks("f", 1, "a"), 0);
    strictEqual(await breaks("f", 2, "b"), 0);
    strictEqual(await breaks("g", 3, "a"), 0);
    strictEqual(await breaks("f", 4), 0);
    deepStrictEqual(waiting(), [1, 2, 3, 4]);
    strictEqual(await breaks("f", 1, "a"), 0); // the same again goes on
    strictEqual(await breaks("f", 5, "a"), 2 * 2 ** 20);
    deepStrictEqual(waiting(), [2, 3, 4, 5]);
    // Another stream has it right now.
    const going = await tree.resume!("f", id(5));
    strictEqual(await breaks("f", 6, "a"), 0);
    await going.commit(0o600);
    deepStrictEqual(names(top).filter((name) => !name.startsWith(".")), ["f"]);
    deepStrictEqual(waiting().slice(0, -1), [2, 3, 4, 6]);
  });
});

Deno.test("What is taken up again are whole blocks of which the digests are there, and nothing behind them", async () => {
  await staged(async ({ top }) => {
    const [part, journal] = partNames(top, ID);
    for (
      const [bytes, digestBytes, blocks] of [
        [2 * MIB + 5, 32, 1],
        [2 * MIB + 5, 3 * 32, 2],
        [2 * MIB - 1, 2 * 32, 1],
        [2 * MIB, 2 * 32 - 1, 1],
        [MIB - 1, 3 * 32, 0],
        [MIB, 0, 0],
      ]
    ) {
      await Deno.writeFile(part, new Uint8Array(bytes).fill(1));
      await Deno.writeFile(journal, new Uint8Array(digestBytes).fill(2));
      const file = await resumePart(top, "f", ID);
      const of = `${bytes} bytes, ${digestBytes} of digests`;
      strictEqual(file.offset, blocks * MIB, of);
      await file.write(new Uint8Array(MIB).fill(3));
      await file.keep(HASH);
      await file.write(new Uint8Array(7));
      strictEqual(await file.suspend(), (blocks + 1) * MIB, of);
      deepStrictEqual(
        await Deno.readFile(journal),
        new Uint8Array((blocks + 1) * 32).fill(2, 0, blocks * 32),
      );
      const again = await resumePart(top, "f", ID);
      strictEqual(again.offset, (blocks + 1) * MIB, of);
      await again.write(new Uint8Array(2).fill(4));
      await again.commit(0o600);
      const found = await Deno.readFile(`${top}/f`);
      const at = (place: number): number | undefined => found.at(place);
      strictEqual(found.length, (blocks + 1) * MIB + 2, of);
      deepStrictEqual([blocks === 0 ? 1 : at(blocks * MIB - 1), at(blocks * MIB), at(-3), at(-1)], [
        1,
        3,
        3,
        4,
      ]);
      deepStrictEqual(names(top), ["f"]);
    }
  });
});

Deno.test("What another program receives right now is left to it", async () => {
  await staged(async ({ top }) => {
    const first = await resumePart(top, "f", ID);
    await first.write(new Uint8Array(MIB));
    await first.keep(HASH);
    await rejects(resumePart(top, "f", ID), Deno.errors.Busy);
    await first.write(new Uint8Array([1, 2]));
    await first.commit(0o600);
    strictEqual((await Deno.stat(`${top}/f`)).size, MIB + 2);
    const anew = await resumePart(top, "f", ID);
    strictEqual(anew.offset, 0, "its name is free");
    await anew.suspend();
  });
});

Deno.test("A block counts when it is synced, and a file has its name when all of it is", async () => {
  await staged(async ({ top }) => {
    const steps: string[] = [];
    const open = async (path: string, options: Deno.OpenOptions): Promise<DiskFile> => {
      const file = await systemDisk.open(path, options);
      const name = path.includes("journal") ? "journal" : "file";
      const noted = (what: string, run: () => Promise<unknown>) => async () => {
        steps.push(`${what} ${name}`);
        await run();
      };
      return {
        read: (into) => file.read(into),
        write: (bytes) => (steps.push(`write ${name}`), file.write(bytes)),
        seek: (offset, whence) => file.seek(offset, whence),
        truncate: (length) => file.truncate(length),
        sync: noted("sync", () => file.sync()),
        syncData: noted("sync", () => file.syncData()),
        stat: () => file.stat(),
        utime: (a, b) => file.utime(a, b),
        tryLock: (exclusive) => file.tryLock(exclusive),
        close: () => file.close(),
      };
    };
    const disk: Disk = {
      ...systemDisk,
      open,
      rename: (from, to) => (steps.push("rename"), systemDisk.rename(from, to)),
      syncDirectory: (path) => (steps.push("sync directory"), systemDisk.syncDirectory(path)),
    };
    const file = await resumePart(top, "f", ID, disk);
    await file.write(new Uint8Array(MIB));
    await file.keep(HASH);
    await file.write(new Uint8Array(1));
    await file.commit(0o600);
    const order = (...wanted: string[]): string[] => steps.filter((step) => wanted.includes(step));
    deepStrictEqual(order("sync file", "write journal", "rename", "sync directory"), [
      "sync file",
      "write journal",
      "sync file",
      "rename",
      "sync directory",
    ]);
    strictEqual(steps.indexOf("rename") > steps.lastIndexOf("write file"), true);
  });
});

Deno.test("A file of which a block could not be synced never gets its name: the next sync may say that all is well", async () => {
  await staged(async ({ top }) => {
    const disk: Disk = {
      ...systemDisk,
      async open(path, options) {
        const file = await systemDisk.open(path, options);
        file.syncData = () => Promise.reject(new Error("Input/output error (os error 5)"));
        return file;
      },
    };
    const file = await resumePart(top, "f", ID, disk);
    await file.write(new Uint8Array(MIB));
    await file.keep(HASH);
    await file.write(new Uint8Array(1));
    await rejects(file.commit(0o600), { kind: "local" });
    await rejects(file.commit(0o600), { kind: "local" });
    strictEqual(await file.suspend(), 0);
    deepStrictEqual(names(top), []);
  });
});

Deno.test("Names of what is being received are no user's", () => {
  const [part, journal] = partNames("/top", ID).map((path) => path.slice("/top/".length));
  deepStrictEqual([part, journal, ".profile", "a.part", ".part.d"].map(isPartName), [
    true,
    true,
    false,
    false,
    false,
  ]);
});
