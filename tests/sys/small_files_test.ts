import { deepStrictEqual, ok } from "node:assert/strict";
import { type Disk, type DiskFile, systemDisk } from "../../lib/sys/copies/disk.ts";
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
