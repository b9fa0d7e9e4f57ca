import { deepStrictEqual, ok } from "node:assert/strict";
import { type Disk, type DiskFile, systemDisk } from "../../lib/sys/copies/disk.ts";
import { TreeError } from "../../lib/sys/tree/error.ts";
import { SmallFiles } from "../../lib/sys/tree/small_files.ts";

/** A disk of which nothing is kept; it counts what is open. */
function countingDisk() {
  let open = 0;
  let most = 0;
  const make = (): DiskFile => {
    most = Math.max(most, ++open);
    return {
      sync: () => new Promise<void>((resolve) => setTimeout(resolve, 1)),
      close: () => void open--,
    } as unknown as DiskFile;
  };
  const disk: Disk = { ...systemDisk, make, move: () => {}, syncDirectory: () => Promise.resolve() };
  return { disk, counts: () => ({ open, most }) };
}

Deno.test("SmallFiles of all transfers together have at most 256 files open", async () => {
  const { disk, counts } = countingDisk();
  const places = {
    place: (leaf: string) => ({ directory: "/d", leaf }),
    isStill: () => true,
  };
  const batches = [600, 200, 256, 1].map((count) => {
    const batch = new SmallFiles(disk, places);
    for (let i = 0; i < count; i++) batch.add(`f${i}`, new Uint8Array(1), { mode: 0o600 });
    return batch.commit();
  });
  const outcomes = await Promise.all(batches);
  deepStrictEqual(outcomes.map((all) => all.length), [600, 200, 256, 1]);
  ok(outcomes.flat().every((outcome) => outcome === undefined));
  deepStrictEqual(counts(), { open: 0, most: 256 });
});

Deno.test("SmallFiles survive a power cut whole: each is synced before it has its name, its directory once behind all of them", async () => {
  const steps: string[] = [];
  const made = new Map<string, string>();
  const disk: Disk = {
    ...systemDisk,
    make(path, bytes) {
      const name = `file ${bytes[0]}`;
      made.set(path, name);
      return {
        sync: () => {
          steps.push(`sync ${name}`);
          return bytes[0] === 2 ? Promise.reject(new Error("the disk reports an error")) : Promise.resolve();
        },
        close: () => void steps.push(`close ${name}`),
      } as unknown as DiskFile;
    },
    move: (from, to) => void steps.push(`${made.get(from)} is ${to}`),
    remove: (path) => Promise.resolve(void steps.push(`remove ${made.get(path)}`)),
    syncDirectory: (path) => Promise.resolve(void steps.push(`sync ${path}`)),
  };
  const batch = new SmallFiles(disk, {
    place: (name) => ({ directory: `/${name[0]}`, leaf: name.slice(2) }),
    isStill: () => true,
  });
  for (const [i, name] of ["a/1", "a/2", "b/3"].entries()) {
    batch.add(name, Uint8Array.of(i + 1), { mode: 0o600 });
  }
  const outcomes = await batch.commit();
  deepStrictEqual(outcomes.map((outcome) => outcome === undefined), [true, false, true]);
  deepStrictEqual(steps, [
    ...["sync file 1", "sync file 2", "sync file 3", "close file 1", "close file 2", "close file 3"],
    ...["file 1 is /a/1", "remove file 2", "file 3 is /b/3"],
    ...["sync /a", "sync /b"],
  ]);
});

Deno.test("Of SmallFiles whose directory has gone, has gone again, or is another one by now, the others come as they are", async () => {
  const asked: string[] = [];
  const left: string[] = [];
  const disk: Disk = {
    ...systemDisk,
    make(path) {
      if (path.startsWith("/gone/") || path.startsWith("/went/")) throw new Deno.errors.NotFound();
      if (path.startsWith("/full/")) throw new Error("No space left on device (os error 28)");
      return { sync: () => Promise.resolve(), close: () => {} } as unknown as DiskFile;
    },
    move: (_from, to) => void left.push(to),
    remove: () => Promise.resolve(),
    syncDirectory: () => Promise.resolve(),
  };
  const batch = new SmallFiles(disk, {
    place(name, again) {
      asked.push(again ? `${name} again` : name);
      return { directory: name === "went" && again ? "/d" : `/${name}`, leaf: name };
    },
    isStill: (directory) => directory !== "/other",
  });
  const names = ["gone", "went", "full", "other", "there"];
  for (const name of names) batch.add(name, new Uint8Array(1), { mode: 0o600 });
  const outcomes = await batch.commit();
  deepStrictEqual(outcomes.map((outcome) => outcome === undefined), [false, true, false, false, true]);
  deepStrictEqual(asked, ["gone", "gone again", "went", "went again", "full", "other", "there"]);
  deepStrictEqual(left, ["/d/went", "/there/there"]);
});

Deno.test("SmallFiles of a directory that can't be synced are not told as kept, the others are", async () => {
  const disk: Disk = {
    ...systemDisk,
    make: () => ({ sync: () => Promise.resolve(), close: () => {} }) as unknown as DiskFile,
    move: () => {},
    syncDirectory: (path) =>
      path === "/a" ? Promise.reject(new Error("Input/output error (os error 5)")) : Promise.resolve(),
  };
  const place = (name: string) => ({ directory: `/${name[0]}`, leaf: name.slice(2) });
  const batch = new SmallFiles(disk, { place, isStill: () => true });
  for (const name of ["a/1", "b/2", "a/3"]) batch.add(name, new Uint8Array(1), { mode: 0o600 });
  const outcomes = await batch.commit();
  deepStrictEqual(outcomes.map((outcome) => outcome instanceof TreeError), [true, false, true]);
});
