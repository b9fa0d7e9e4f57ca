/** What our feed keeps however much is said, and what goes from it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { MAX_FEED_MESSAGES, OwnFeed } from "../../lib/group/own_feed.ts";
import { HOLDER_PATH } from "../../lib/group/holder_leaf.ts";

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
  strictEqual(kept.length - stays.length, MAX_FEED_MESSAGES);
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
    }),
    { numRuns: 10 },
  );
});
