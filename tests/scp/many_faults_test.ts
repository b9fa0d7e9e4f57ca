import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isOwnPartName } from "../../lib/sys/copies/part_file.ts";
import { systemTree } from "../../lib/sys/tree/system.ts";
import { type Fault, FaultyDisk } from "../fakes/faulty_disk.ts";
import { push, source, staged } from "./many_stage.ts";

const FILES = 10;
const text = (i: number): string => `file ${i} `.repeat(100);
const sources = Array.from({ length: FILES }, (_, i) => source(`d/f${i}`, text(i), 1000 + i));

/** A push of small files over old ones, and what is there afterwards. */
async function pushed(fault?: Fault): Promise<{ steps: number; told: string[]; fresh: Set<number> }> {
  let disk: FaultyDisk | undefined;
  let cut: () => void = () => {};
  let told: string[] = [];
  const fresh = new Set<number>();
  await staged(async ({ root, dial }) => {
    await Deno.mkdir(`${root}/d`);
    for (let i = 0; i < FILES; i++) await Deno.writeTextFile(`${root}/d/f${i}`, "old");
    const { near, served } = dial();
    cut = () => near.break();
    told = await push(near, sources).catch(() => []);
    near.break();
    await served;
    for (const { name } of Deno.readDirSync(`${root}/d`)) {
      if (isOwnPartName(name)) ok(fault?.kind === "kill", `${name} stays`);
      else {
        const now = Deno.readTextFileSync(`${root}/d/${name}`);
        const i = Number(name.slice(1));
        if (now === text(i)) fresh.add(i);
        else strictEqual(now, "old", `${name} is neither the old nor the new one`);
      }
    }
  }, (root) => {
    disk = new FaultyDisk(fault, () => cut());
    return systemTree(root, undefined, undefined, disk);
  });
  return { steps: disk!.steps, told, fresh };
}

Deno.test("A receiver of many files that is killed, at any operation, has each of them whole or the old one", async () => {
  const { steps, told } = await pushed();
  deepStrictEqual(told, Array(FILES).fill("ok"));
  ok(steps > 4 * FILES, `${steps} operations`);
  for (let at = 1; at <= steps; at += 4) {
    const { told, fresh } = await pushed({ at, kind: "kill" });
    for (const [i, word] of told.entries()) {
      if (word === "ok") ok(fresh.has(i), `killed at ${at}: ${i} was told`);
    }
  }
});

Deno.test("A disk that is full in the middle of many files is told for each that does not fit", async () => {
  const { steps } = await pushed();
  for (let at = 1; at < steps; at += 7) {
    const { told, fresh } = await pushed({ at, kind: "full" });
    strictEqual(told.length, FILES);
    for (const [i, word] of told.entries()) {
      strictEqual(word, fresh.has(i) ? "ok" : "remote: write: not enough space", `full at ${at}`);
    }
  }
});

Deno.test("A directory that has gone since the last file came is made again", async () => {
  await staged(async ({ root, dial }) => {
    const tree = systemTree(root);
    for (let round = 0; round < 2; round++) {
      const batch = tree.batch!();
      await batch.add("a/b/c", new Uint8Array(round), { mode: 0o600 });
      deepStrictEqual(await batch.commit(), [undefined]);
      strictEqual(Deno.statSync(`${root}/a/b/c`).size, round);
      await Deno.remove(`${root}/a`, { recursive: true });
    }
    dial().near.break();
  });
});
