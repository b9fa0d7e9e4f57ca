/** Commits that are asked for one after the other in one turn share a record and its sync. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, SECRET, text } from "./support.ts";

Deno.test("Commits that a lane asks for one after the other in one turn share a sync", async () => {
  const disk = new Disk();
  let syncs = 0;
  const files = disk.files.map((file) => ({
    ...file,
    sync: () => {
      syncs++;
      return file.sync();
    },
  })) as unknown as typeof disk.files;
  const store = await openStore({
    place: disk.place(),
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom("gather"),
    journal: { files, synced: true, setAside: () => Promise.reject(new Error("not damaged")) },
  });
  const before = syncs;
  const commits: Promise<{ ok: boolean }>[] = [];
  for (let i = 0; i < 20; i++) {
    commits.push(store.commit([text(ANN, `m${i}`)]));
    for (let step = 0; step < 10; step++) await undefined;
  }
  ok((await Promise.all(commits)).every((result) => result.ok));
  deepStrictEqual(syncs - before, 1);
  await store.close();
});
