/** Whoever writes on and on: rows follow, and the journal does not grow for ever. */
import { ok } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { nextTurn } from "../../lib/sys/turn.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, SECRET, text } from "./support.ts";

/** Of both files: a turn of each, and what may wait for its rows. */
const MOST_BYTES = 24 << 20;

Deno.test("A journal stays short while somebody writes on and on, and rows never catch up", async () => {
  const disk = new Disk();
  const place = disk.place();
  const ends = [0, 0];
  let mostBytes = 0;
  let said = 0;
  const files = disk.files.map((file, i) => ({
    ...file,
    cut: (to: number) => (ends[i] = to, file.cut(to)),
    append: (bytes: Uint8Array) => {
      ends[i] += bytes.length;
      said += bytes.length;
      mostBytes = Math.max(mostBytes, ends[0] + ends[1]);
      file.append(bytes);
    },
  })) as unknown as typeof disk.files;
  const store = await openStore({
    place: {
      ...place,
      write: async (...args: Parameters<typeof place.write>) => {
        for (let i = 0; i < 4; i++) await nextTurn(); // more is kept meanwhile
        return await place.write(...args);
      },
    },
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom("flood"),
    journal: { files, synced: true, setAside: () => Promise.reject(new Error("not damaged")) },
  });
  const body = "x".repeat(60 << 10);
  let n = 0;
  while (said < 36 << 20) {
    const changes = Array.from({ length: 5 }, () => text(ANN, `${n} ${body}`, { id: `${n++}` }));
    ok((await store.commit(changes)).ok);
  }
  ok(mostBytes < MOST_BYTES, `${mostBytes} bytes`);
  await store.close();
});
