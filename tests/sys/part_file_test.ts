import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { type Disk, systemDisk } from "../../lib/sys/copies/disk.ts";
import { type ResumableFile, resumePart } from "../../lib/sys/copies/part_file.ts";
import { treeError } from "../../lib/sys/tree/error.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";

const ID = "0".repeat(32);
const HASH = new Uint8Array(32);

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
