/** Events that are read while others are committed. */
import { deepStrictEqual } from "node:assert/strict";
import { openStore } from "../../lib/store/open.ts";
import { FakeClock } from "../fakes/clock.ts";
import { Disk } from "../fakes/disk.ts";
import { seededRandom } from "../fakes/random.ts";
import { ANN, BEN, SECRET, text } from "./support.ts";

Deno.test("What is committed while events are read comes with the next ones, once", async () => {
  const disk = new Disk();
  const store = await openStore({
    place: disk.place(),
    secret: SECRET,
    clock: new FakeClock(),
    random: seededRandom("events"),
    journal: { files: disk.files, synced: true },
  });
  // Events of messages that are not in memory any more: a look at each takes a moment.
  for (let i = 0; i < 400; i++) await store.commit([text(ANN, `m${i}`)]);
  await store.commit([{ kind: "forget", peer: ANN }]);
  const order: string[] = [];
  const reading = store.events.since(0, 1000).finally(() => order.push("read"));
  await store.commit([text(BEN, "said meanwhile")]);
  order.push("committed");
  const page = await reading;
  deepStrictEqual(order, ["committed", "read"]);
  deepStrictEqual(page.events.map(({ kind, cursor }) => [kind, cursor]), [["forgotten", 401]]);
  const next = await store.events.since(page.cursor);
  deepStrictEqual(next.events.map(({ kind, cursor }) => [kind, cursor]), [["message", 402]]);
  await store.close();
});

Deno.test("What becomes rows while events are read is told once", async () => {
  const disk = new Disk();
  const clock = new FakeClock();
  const place = disk.place();
  let beforeRows: (() => Promise<void>) | undefined;
  let writes = 0;
  const store = await openStore({
    place: {
      ...place,
      async *list(range, options) {
        if (range.start[0] === "e") await beforeRows?.();
        yield* place.list(range, options);
      },
      write: (...call) => place.write(...call).finally(() => writes++),
    },
    secret: SECRET,
    clock,
    random: seededRandom("events"),
    journal: { files: disk.files, synced: true },
  });
  const becomeRows = async (): Promise<void> => {
    beforeRows = undefined;
    const before = writes;
    await clock.advance(5000);
    while (writes === before) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await store.commit([text(ANN, "in rows")]);
  await becomeRows();
  await store.commit([text(ANN, "above them")]);
  beforeRows = becomeRows;
  const { events, lost } = await store.events.since(0);
  deepStrictEqual([events.map(({ cursor }) => cursor), lost], [[1, 2], false]);
  await store.close();
});
