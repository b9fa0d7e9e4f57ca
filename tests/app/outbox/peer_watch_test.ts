/** Looks at the entries of peers that are waited for. */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { PeerWatch } from "../../../lib/app/outbox/peer_watch.ts";
import { FakeClock, settle } from "../../fakes/clock.ts";

const LOOK_MS = 30_000;

function watched(count: number) {
  const clock = new FakeClock();
  const awaited = Array.from({ length: count }, (_, i) => `peer ${i}`);
  const marks = new Map<string, string | Promise<string>>();
  const looks: string[] = [];
  const signs: string[] = [];
  const watch = new PeerWatch({
    clock,
    random: { fraction: () => 0 },
    mark: async (peer) => {
      looks.push(peer);
      return await marks.get(peer);
    },
    awaited: () => awaited,
    onSign: (peer) => signs.push(peer),
  });
  return { clock, awaited, marks, looks, signs, watch };
}

Deno.test("Of many peers 32 are looked at in a round, and each in its turn", async () => {
  const { clock, looks, watch } = watched(80);
  watch.watch();
  watch.watch();
  for (let round = 1; round <= 5; round++) {
    await clock.advance(LOOK_MS);
    strictEqual(looks.length, round * 32);
  }
  const times = new Map(
    Object.entries(Object.groupBy(looks, (peer) => peer)).map(([p, all]) => [p, all!.length]),
  );
  deepStrictEqual([times.size, Math.min(...times.values()), Math.max(...times.values())], [80, 2, 2]);
});

Deno.test("A mark that is new or another one is a sign; the same, none, or one that can't be had is not", async () => {
  const { clock, marks, signs, watch } = watched(1);
  watch.watch();
  const seen = async (mark: string | undefined | Error): Promise<number> => {
    if (mark === undefined) marks.delete("peer 0");
    else {
      const told = mark instanceof Error ? Promise.reject(mark) : mark;
      if (told instanceof Promise) told.catch(() => {});
      marks.set("peer 0", told);
    }
    await clock.advance(LOOK_MS);
    return signs.splice(0).length;
  };
  const away = new Error("no discovery");
  const told: number[] = [];
  for (const mark of ["1", "1", away, "1", "2", undefined, undefined, "2"]) told.push(await seen(mark));
  deepStrictEqual(told, [1, 0, 0, 0, 1, 0, 0, 1]);
});

Deno.test("When nobody is waited for, or at the end, nobody is looked at, and a look under way tells nothing", async () => {
  const { clock, awaited, marks, looks, signs, watch } = watched(1);
  watch.watch();
  awaited.length = 0;
  await clock.advance(LOOK_MS);
  deepStrictEqual([looks, clock.pendingTimers], [[], 0]);
  awaited.push("peer 0");
  const answer = Promise.withResolvers<string>();
  marks.set("peer 0", answer.promise);
  watch.watch();
  await clock.advance(LOOK_MS);
  deepStrictEqual(looks, ["peer 0"]);
  watch.close();
  answer.resolve("1");
  await settle();
  deepStrictEqual([signs, clock.pendingTimers], [[], 0]);
});
