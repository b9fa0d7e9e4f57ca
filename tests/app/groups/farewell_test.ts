/** Who may no longer read a feed has a while to read that. */
import { deepStrictEqual } from "node:assert/strict";
import { stillLeaving } from "../../../lib/app/groups/feeds/feed_node.ts";
import { FeedReaders } from "../../../lib/app/groups/feeds/feed_readers.ts";
import { NO_EXTRA } from "../../../lib/app/groups/room/kept_groups.ts";
import { FakeClock } from "../../fakes/clock.ts";

Deno.test("Who was put out reads on for 3 s, and is told to have parted; who came back is not", async () => {
  const clock = new FakeClock();
  const let_: (readonly string[] | null)[] = [];
  const parted: (readonly string[])[] = [];
  const readers = new FeedReaders({
    clock,
    let: (peers) => let_.push(peers),
    parted: (peers) => parted.push(peers),
  });
  readers.allow(["a", "b", "c"], []);
  readers.allow(["a"], []);
  deepStrictEqual(let_.at(-1), ["a", "b", "c"]);
  await clock.advance(2000);
  readers.allow(["a", "b"], []);
  await clock.advance(2999);
  deepStrictEqual([let_.at(-1), parted], [["a", "b", "c"], []]);
  await clock.advance(1);
  deepStrictEqual([let_.at(-1), parted], [["a", "b"], [["c"]]]);
  readers.also(["h"]);
  readers.also([]);
  readers.close();
  await clock.advance(5000);
  deepStrictEqual(parted.length, 1);
});

Deno.test("What is kept of who was put out goes when these have parted, and not for those who were put out meanwhile", () => {
  const extra = { ...NO_EXTRA, leaving: ["b", "c", "d"] };
  deepStrictEqual(stillLeaving(extra, ["a", "d"], ["b"]), { leaving: ["c"] }); // d is back
  deepStrictEqual(stillLeaving(extra, undefined, ["b"]), { leaving: [] });
});
