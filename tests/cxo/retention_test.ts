import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { GO_FEED_LEAVES, Retention } from "../../lib/cxo/retention.ts";

const rule = (atMost: number | undefined) => ({
  prefix: "msgs/",
  atMost,
  ageOf: (path: string) => {
    const time = path.split("/")[2];
    return /^\d+$/.test(time ?? "") ? BigInt(time) : undefined;
  },
});

Deno.test("Retention keeps the newest, at most so many, whoever sent them, and everything else", () => {
  const leaf = fc.record({ sender: fc.constantFrom("a", "b"), time: fc.nat(500), other: fc.boolean() });
  fc.assert(
    fc.property(fc.array(leaf, { maxLength: 120 }), fc.integer({ min: 1, max: 40 }), (leaves, atMost) => {
      const retention = new Retention(rule(atMost));
      const kept = new Set<string>();
      const oldest = (paths: Iterable<string>) =>
        Math.min(...[...paths].map((path) => Number(path.split("/")[2])));
      for (const { sender, time, other } of leaves) {
        const path = other ? `roster/${time}` : `msgs/${sender}/${time}/0`;
        kept.add(path);
        const gone = retention.put(path);
        for (const old of gone) ok(old.startsWith("msgs/") && kept.delete(old), old);
        const messages = [...kept].filter((one) => one.startsWith("msgs/"));
        strictEqual(retention.size, messages.length);
        ok(messages.length <= atMost);
        if (gone.length > 0 && messages.length > 0) {
          ok(Math.max(...gone.map((old) => Number(old.split("/")[2]))) <= oldest(messages));
        }
      }
      strictEqual(
        [...kept].filter((one) => one.startsWith("roster/")).length,
        new Set(leaves.filter(({ other }) => other).map(({ time }) => time)).size,
      );
    }),
  );
});

Deno.test("A new heartbeat replaces the last, and only the heartbeat", () => {
  const retention = new Retention(rule(undefined));
  deepStrictEqual(retention.put("msgs/a/1/0", "heartbeat"), []);
  deepStrictEqual(retention.put("msgs/a/2/0"), []);
  deepStrictEqual(retention.put("msgs/a/3/0", "heartbeat"), ["msgs/a/1/0"]);
  deepStrictEqual(retention.put("msgs/a/3/0", "heartbeat"), []);
  retention.gone("msgs/a/3/0");
  deepStrictEqual(retention.put("msgs/a/4/0", "heartbeat"), []);
  strictEqual(retention.size, 2);
});

Deno.test("Fifty messages retire together at Go's limit, and a lower limit counts at once", () => {
  const retention = new Retention(rule(GO_FEED_LEAVES));
  let rounds = 0;
  for (let i = 0; i < 2000; i++) {
    const gone = retention.put(`msgs/a/${i}/0`);
    if (gone.length > 0) rounds++;
    ok(retention.size <= GO_FEED_LEAVES);
  }
  strictEqual(rounds, 30);
  const before = retention.size;
  strictEqual(retention.limit(100).length + retention.size, before);
  ok(retention.size <= 100);
  deepStrictEqual(retention.limit(undefined), []);
});
