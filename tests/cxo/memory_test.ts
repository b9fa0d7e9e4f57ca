import { ok, strictEqual } from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { CxoNode } from "../../lib/cxo/node/node.ts";
import type { NodeIn } from "../../lib/cxo/node/types.ts";
import { fromHex } from "../../lib/wire/bytes.ts";
import { keyOf, standIn } from "./world.ts";

const [OWNER, MEMBER] = [keyOf(1), keyOf(2)];
/**
 * Messages before it is measured, and while: so many that what the runtime makes beside the feeds meanwhile, code and
 * shapes, counts for little. Some 200 KB at once were seen: 780 bytes for each of 250 messages, 100 of 2,000.
 */
const [BEFORE, WHILE] = [400, 2000];
/** A common message of a private group. */
const VALUE_BYTES = 900;
/**
 * What a message may take beside its value, in its author's feed, in the same feed at a member and in that member's own
 * copy: some 3,700 when this was written. Objects with arrays, summaries and names of their own took 7,100.
 */
const MOST_BYTES = 4500;

/** Two nodes whose bytes arrive at once, and which remember nothing that came out. */
class Line {
  nowMs = 0;
  readonly owner = this.#node(OWNER);
  readonly member = this.#node(MEMBER);

  #node(pk: string): CxoNode {
    const id = fromHex(pk);
    const wallNs = () => 1_700_000_000_000_000_000n + BigInt(this.nowMs) * 1_000_000n;
    return new CxoNode({ id, scheme: standIn(id), wallNs, random: { fraction: () => 0 } });
  }

  put(to: CxoNode, first: NodeIn): void {
    const queue: [CxoNode, NodeIn][] = [[to, first]];
    for (const [node, input] of queue) {
      for (const out of node.handle(input, this.nowMs)) {
        if (out.kind !== "write") continue;
        queue.push([node, { kind: "flushed", conn: 0, bytes: out.bytes.length }]);
        const other = node === this.owner ? this.member : this.owner;
        queue.push([other, { kind: "bytes", conn: 0, bytes: out.bytes }]);
      }
    }
  }

  /** What the owner says, and the member copies. */
  say(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const leaf = {
        path: `msgs/${OWNER}/${1_700_000_000_000_000_000n + BigInt(i)}/${i}`,
        value: valueOf(i),
      };
      for (const node of [this.owner, this.member]) {
        this.put(node, { kind: "put", ...leaf });
        if (i % 10 !== 9) continue;
        this.nowMs += 1100; // Roots of a peer are looked at ten times a second; older ones go with the next sweep
        this.put(node, { kind: "publish" });
      }
    }
  }
}

/** One that no other message has. */
const valueOf = (i: number): Uint8Array =>
  new Uint8Array(VALUE_BYTES).fill(65 + i % 26).fill(i >> 8, 0, 9).fill(i, 9, 20);

Deno.test("Feeds take a bounded number of bytes for a message, at its author and at who copies it", () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const line = new Line();
  line.put(line.owner, { kind: "own" });
  line.put(line.member, { kind: "own" });
  line.put(line.member, { kind: "follow", feed: OWNER, peers: [OWNER] });
  line.put(line.owner, { kind: "open", conn: 0, peer: MEMBER, dialled: false });
  line.put(line.member, { kind: "open", conn: 0, peer: OWNER, dialled: true });
  const used = (): number => {
    collect();
    const { heapUsed, external } = Deno.memoryUsage();
    return heapUsed + external;
  };
  line.say(0, BEFORE);
  const before = used();
  line.say(BEFORE, BEFORE + WHILE);
  const bytes = (used() - before) / WHILE - 2 * VALUE_BYTES;
  const feeds = [line.owner, line.member].flatMap((node) => [...node.feeds.values()]);
  strictEqual(feeds.length, 3);
  for (const { feed: { objects } } of feeds) {
    ok(objects.size < 5 * (BEFORE + WHILE), `${objects.size} objects`);
  }
  ok(bytes < MOST_BYTES, `${bytes.toFixed(0)} bytes for a message`);
});
