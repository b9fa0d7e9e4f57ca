/** What our feed keeps however much is said, and what goes from it. */
import fc from "fast-check";
import { deepStrictEqual, ok } from "node:assert/strict";
import { TreeBuilder } from "../../../lib/cxo/feed/builder.ts";
import { HOLDER_PATH } from "../../../lib/group/feed/holder_leaf.ts";
import { MAX_FEED_MESSAGES, OwnFeed, RETIRED_BESIDE } from "../../../lib/group/feed/own_feed.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";

const OWN = `02${"a".repeat(64)}`;
const OTHERS = ["b", "c", "d"].map((digit) => `03${digit.repeat(64)}`);
const value = Uint8Array.of(1);
const messagePath = (sender: string, ts: number): string => `msgs/${sender}/${ts}/0`;

Deno.test("Decisions, keys and what names a holder never go, however much is said", () => {
  const feed = new OwnFeed(OWN, [[HOLDER_PATH, value]]);
  const stays = [HOLDER_PATH];
  for (let i = 0; i < 3 * MAX_FEED_MESSAGES; i++) {
    const domain = (["roster", "admin", "mod", "keys"] as const)[i % 4];
    if (i % 10 === 0) stays.push(feed.putNumbered(domain, value));
    feed.putMessage(messagePath([OWN, ...OTHERS][i % 4], i + 1), value);
  }
  const kept = [...feed.leaves.keys()];
  deepStrictEqual(kept.filter((path) => !path.startsWith("msgs/")).sort(), stays.sort());
  const messages = kept.length - stays.length;
  ok(messages <= MAX_FEED_MESSAGES && messages >= MAX_FEED_MESSAGES - RETIRED_BESIDE);
});

Deno.test("A feed that was left full goes on as if it had not been left", () => {
  const [one, all] = [new OwnFeed(OWN, []), new OwnFeed(OWN, [])];
  const put = (feed: OwnFeed, i: number) =>
    feed.putMessage(messagePath([OWN, ...OTHERS][i % 4], i + 1), value);
  for (const feed of [one, all]) {
    for (const domain of ["roster", "roster", "keys"] as const) feed.putNumbered(domain, value);
    for (let i = 0; i < MAX_FEED_MESSAGES; i++) put(feed, i);
  }
  const again = new OwnFeed(OWN, [...one.leaves].reverse());
  for (const feed of [again, all]) {
    for (let i = MAX_FEED_MESSAGES; i < 2 * MAX_FEED_MESSAGES; i++) put(feed, i);
    deepStrictEqual([feed.putNumbered("roster", value), feed.putNumbered("keys", value)], [
      "roster/00003",
      "keys/00002",
    ]);
  }
  deepStrictEqual([...again.leaves.keys()].sort(), [...all.leaves.keys()].sort());
  const [last] = again.messagesAt(OTHERS[2], BigInt(2 * MAX_FEED_MESSAGES));
  again.drop(last);
  deepStrictEqual(again.messagesAt(OTHERS[2], BigInt(2 * MAX_FEED_MESSAGES)), []);
});

Deno.test("What a reader fetches of a full feed for one more message is as little as of a short one", () => {
  const [feed, tree] = [new OwnFeed(OWN, []), new TreeBuilder()];
  const objects: number[] = [];
  for (let i = 0; i < 4 * MAX_FEED_MESSAGES; i++) {
    feed.putMessage(messagePath(OWN, 1_000_000 + i), utf8(String(i)));
    for (const change of feed.takeChanges()) {
      if (change.kind === "put") tree.put(change.path, change.value);
      else tree.delete(change.path);
    }
    objects.push(0);
    tree.build(() => void objects[i]++);
    ok(tree.leaves <= MAX_FEED_MESSAGES);
  }
  const mean = (from: number, to: number): number =>
    objects.slice(from, to).reduce((sum, count) => sum + count, 0) / (to - from);
  const [short, full] = [mean(300, MAX_FEED_MESSAGES), mean(2 * MAX_FEED_MESSAGES, objects.length)];
  ok(full < 1.1 * short, `${full} objects beside ${short}`);
});

Deno.test("The oldest of whoever said most go, ours last, and each that goes is given out", () => {
  const said = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 5_000 })), {
    minLength: MAX_FEED_MESSAGES - 20,
    maxLength: MAX_FEED_MESSAGES + 200,
    size: "max",
  });
  fc.assert(
    fc.property(said, (messages) => {
      const feed = new OwnFeed(OWN, []);
      const paths = new Set<string>();
      const ours = new Set<string>();
      for (const [who, ts] of messages) {
        const path = messagePath([OWN, ...OTHERS][who], ts);
        paths.add(path);
        const gone = feed.putMessage(path, value);
        for (const one of gone) ours.add(one.path);
        ok(gone.length === 0 || OTHERS.every((pk) => ![...feed.leaves.keys()].some((p) => p.includes(pk))));
        ok(feed.leaves.size <= MAX_FEED_MESSAGES);
      }
      const dropped = feed.takeChanges().filter(({ kind }) => kind === "drop").map(({ path }) => path);
      ok([...ours].every((path) => dropped.includes(path)));
      if (paths.size <= MAX_FEED_MESSAGES) deepStrictEqual(new Set(feed.leaves.keys()), paths);
      else ok(feed.leaves.size >= MAX_FEED_MESSAGES - RETIRED_BESIDE);
    }),
    { numRuns: 10 },
  );
});
