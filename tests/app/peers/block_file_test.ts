/** The file of blocked peers follows the store; whatever is cut short leaves a block in force. */
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { readBlocked, withBlockFile } from "../../../lib/app/peers/block_file.ts";
import { openStore } from "../../../lib/store/open.ts";
import { emptyRows, memoryPlace, type MemoryRows } from "../../../lib/store/place/memory.ts";
import type { Store } from "../../../lib/store/store.ts";
import type { Files } from "../../../lib/sys/files/files.ts";
import { UserError } from "../../../lib/wire/errors.ts";
import { FakeClock } from "../../fakes/clock.ts";
import { type Fault, faultyPlace } from "../../fakes/faulty_store.ts";
import { type MemoryFiles, memoryFiles } from "../../fakes/files.ts";
import { seededRandom } from "../../fakes/random.ts";
import { ANN, BEN, SECRET } from "../../store/support.ts";

const path = "/store/blocked";

const bare = (rows: MemoryRows, fault?: Fault): Promise<Store> =>
  openStore({
    place: faultyPlace(memoryPlace(rows), fault),
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom(rows.writes),
  });

const kept = async (rows: MemoryRows, files: Files, fault?: Fault): Promise<Store> =>
  await withBlockFile(await bare(rows, fault), { files, path, secret: SECRET });

const blocked = async (files: Files): Promise<boolean[]> =>
  [ANN, BEN].map(await readBlocked({ files, path, secret: SECRET }));

const decide = (store: Store, peer: string, is: boolean | undefined) =>
  store.commit([{ kind: "peer", peer, facts: { blocked: is } }]);

Deno.test("The file names who is blocked, and is gone when nobody is", async () => {
  const [rows, files] = [emptyRows(), memoryFiles()];
  const store = await kept(rows, files);
  deepStrictEqual(await blocked(files), [false, false]);
  await Promise.all([decide(store, ANN, true), decide(store, BEN, true)]);
  deepStrictEqual(await blocked(files), [true, true]);
  await decide(store, ANN, undefined);
  deepStrictEqual(await blocked(files), [false, true]);
  await store.commit([{ kind: "peer", peer: BEN, facts: { accepted: true } }]);
  deepStrictEqual(await blocked(files), [false, true]);
  await decide(store, BEN, false);
  deepStrictEqual(files.kept.size, 0);
});

Deno.test("Opening makes a file that is missing, old or broken anew", async () => {
  const rows = emptyRows();
  await decide(await bare(rows), ANN, true);
  for (const files of [memoryFiles(), memoryFiles({ [path]: "" }), memoryFiles({ [path]: "no list" })]) {
    await kept(rows, files);
    deepStrictEqual(await blocked(files), [true, false]);
  }
  const files = memoryFiles();
  await kept(rows, files);
  await decide(await bare(rows), ANN, false);
  await kept(rows, files);
  strictEqual(files.kept.size, 0);
});

Deno.test("A broken file is an error and not an empty list", async () => {
  const isLocal = (error: unknown): boolean =>
    error instanceof UserError && error.kind === "local" && !!error.hint;
  for (const text of ["", "no list", "x".repeat(56)]) {
    await rejects(readBlocked({ files: memoryFiles({ [path]: text }), path, secret: SECRET }), isLocal);
  }
});

/** Files that end with the process: each change is a point. */
function mortal(files: MemoryFiles, dieAt: number): Files & { points: number } {
  const change = <A extends unknown[], R>(run: (...args: A) => Promise<R>) => (...args: A): Promise<R> => {
    if (counted.points++ >= dieAt) throw new Error("killed");
    return run(...args);
  };
  const counted = {
    ...files,
    points: 0,
    replacePrivate: change(files.replacePrivate),
    remove: change(files.remove),
  };
  return counted;
}

Deno.test("A block that was said to be done holds wherever a process dies, and none is lifted early", async () => {
  for (const how of ["kill before", "kill after", "fail", "lost answer"] as const) {
    for (let at = 0, tripped = true; tripped; at++) {
      const [rows, files] = [emptyRows(), memoryFiles()];
      await decide(await kept(rows, files), ANN, true);
      const place = faultyPlace(memoryPlace(rows), { at, how });
      let [isBlocked, isLifted] = [false, false];
      try {
        const parts = { place, secret: SECRET, clock: new FakeClock(), random: seededRandom(at) };
        const store = await withBlockFile(await openStore(parts), { files, path, secret: SECRET });
        isBlocked = (await decide(store, BEN, true)).ok;
        isLifted = (await decide(store, ANN, undefined)).ok;
      } catch { /* the process is gone, or was refused */ }
      tripped = place.tripped();
      const said = await blocked(files);
      const known = await (await bare(rows)).peers.all();
      for (const [i, peer] of [ANN, BEN].entries()) {
        const inStore = known.some((it) => it.peer === peer && it.facts.blocked);
        ok(said[i] || !inStore, `${how} at ${at}: the file forgets a block`);
      }
      ok(said[1] || !isBlocked, `${how} at ${at}`);
      ok(!said[0] || !isLifted, `${how} at ${at}`);
    }
  }
});

Deno.test("A file that can't be written refuses the block, and an unblock leaves it in force", async () => {
  const [rows, files] = [emptyRows(), memoryFiles()];
  await decide(await kept(rows, files), ANN, true);
  for (const [peer, is] of [[BEN, true], [ANN, undefined]] as const) {
    const store = await withBlockFile(await bare(rows), { files: mortal(files, 0), path, secret: SECRET });
    await rejects(async () => await decide(store, peer, is));
    deepStrictEqual(await blocked(files), [true, false]);
  }
  await kept(rows, files);
  deepStrictEqual(await blocked(files), [false, false]);
});
