/** Commits that are asked for one after the other in one turn share a record and its sync. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { JournalLog } from "../../lib/store/journal/log.ts";
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

Deno.test("Of commits that share a record those that are refused are no part of it, and are answered once", async () => {
  const disk = new Disk();
  const store = await openStore({
    place: disk.place(),
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom("refused"),
    journal: { files: disk.files, synced: true },
  });
  await store.commit([text(ANN, "one", { id: "one" })]);
  const results = await Promise.all([
    store.commit([text(ANN, "one", { id: "one" })]),
    store.commit([text(ANN, "two")]),
    store.commit([{ kind: "unqueue", peer: ANN, position: 9 }]),
  ]);
  deepStrictEqual(results.map((result) => result.ok || result.reason), ["repeat", true, "missing"]);
  const found = new JournalLog(SECRET).contents(disk.image().files[0]);
  if (typeof found === "string") throw new Error(found);
  const commits = found.contents.flatMap((content) => "c" in content ? [content.c[1].length] : []);
  deepStrictEqual(commits, [1, 1]);
  await store.close();
});
