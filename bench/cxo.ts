/**
 * Feeds: a joiner on a slow line, what one more message costs in a feed of any size, and many readers of one feed.
 *
 * @module
 */
import type { Leaf } from "../lib/cxo/feed/diff.ts";
import { CxoNode } from "../lib/cxo/node/node.ts";
import { rootMessage } from "../lib/cxo/node/serving.ts";
import type { NodeIn } from "../lib/cxo/node/types.ts";
import { fromHex, utf8 } from "../lib/wire/bytes.ts";
import { keyOf, rootName, standIn, World } from "../tests/cxo/world.ts";
import { threadMs } from "./processes.ts";
import { shown, spread } from "./stats.ts";

const OWNER = keyOf(1);
const SENDER = "02".padEnd(66, "ab");
const BODY = `{"sender_pk":"${SENDER}","text":"a message of common length, signed","sig":"${
  "0".repeat(130)
}"}`;

/** The i-th message of a group's feed, as a leaf. */
const messageAt = (i: number): Leaf => ({
  path: `msgs/${SENDER}/${1_700_000_000_000_000_000n + BigInt(i) * 1_000_000_007n}/${i}`,
  value: utf8(BODY),
});

const messages = (count: number): Leaf[] => Array.from({ length: count }, (_, i) => messageAt(i));

/** Nodes whose bytes arrive at once: what is measured is their work alone. */
class Star {
  nowMs = 0;
  bytes = 0;
  requests = 0;
  filled = 0;
  readonly owner = this.#node(OWNER);
  readonly readers: CxoNode[] = [];
  readonly #queue: { node: CxoNode; input: NodeIn }[] = [];

  #node(pk: string): CxoNode {
    const id = fromHex(pk);
    const wallNs = () => 1_700_000_000_000_000_000n + BigInt(Math.round(this.nowMs * 1e6));
    return new CxoNode({ id, scheme: standIn(id), wallNs, random: { fraction: () => 0 } });
  }

  /** Adds readers, each with what it has already. */
  join(count: number, kept?: NodeIn): void {
    for (let i = 0; i < count; i++) {
      const conn = this.readers.length;
      const pk = keyOf(1000 + conn);
      const reader = this.#node(pk);
      this.readers.push(reader);
      this.put(reader, { kind: "follow", feed: OWNER, peers: [OWNER] });
      if (kept) this.put(reader, kept);
      this.put(this.owner, { kind: "open", conn, peer: pk, dialled: false });
      this.put(reader, { kind: "open", conn, peer: OWNER, dialled: true });
      this.settle();
    }
  }

  put(node: CxoNode, input: NodeIn): void {
    for (const out of node.handle(input, this.nowMs)) {
      if (out.kind === "filled") this.filled++;
      if (out.kind !== "write") continue;
      this.bytes += out.bytes.length;
      if (out.bytes[12] === 12) this.requests++;
      this.#queue.push({ node, input: { kind: "flushed", conn: out.conn, bytes: out.bytes.length } });
      const to = node === this.owner ? this.readers[out.conn] : this.owner;
      this.#queue.push({ node: to, input: { kind: "bytes", conn: out.conn, bytes: out.bytes } });
    }
  }

  settle(): void {
    for (let i = 0; i < this.#queue.length; i++) this.put(this.#queue[i].node, this.#queue[i].input);
    this.#queue.length = 0;
  }

  /** One more message, published at once and read by all. */
  append(i: number): void {
    this.nowMs += 200; // Roots of a peer are looked at ten times a second
    this.put(this.owner, { kind: "put", ...messageAt(i) });
    this.put(this.owner, { kind: "publish" });
    this.settle();
  }
}

/** Simulated seconds until a joiner has everything. */
function joinSeconds(count: number, window: number): number {
  const world = new World({ delayMs: 25 });
  const [owner, joiner] = [world.add(OWNER), world.add(keyOf(2), { window })];
  world.put(owner, { kind: "own", leaves: messages(count) });
  world.put(joiner, { kind: "follow", feed: OWNER, peers: [OWNER] });
  while (world.model(joiner, OWNER).size < count) world.run(window === 1 ? 50_000 : 250);
  if (rootName(joiner, OWNER) === "") throw new Error("nothing was filled");
  return world.nowMs / 1000;
}

interface Cost {
  readonly bytes: number;
  readonly objects: number;
  /** Processor time, of each batch. */
  readonly ms: readonly number[];
}

/** Messages that are timed together. */
const BATCH = 20;

/** What one more message costs in a feed that has `count`, owner and reader together. */
function appendCost(count: number, appends: number): Cost {
  const star = new Star();
  const leaves = messages(count);
  star.put(star.owner, { kind: "own", leaves });
  const last = star.owner.feeds.get(OWNER)!.feed.last!;
  star.join(1, { kind: "load", root: rootMessage(last), leaves });
  for (let i = 0; i < 20; i++) star.append(count + i);
  const [bytes, requests, filled] = [star.bytes, star.requests, star.filled];
  const ms: number[] = [];
  for (let i = 0; i < appends; i += BATCH) {
    const from = threadMs();
    for (let j = i; j < i + BATCH; j++) star.append(count + 20 + j);
    ms.push((threadMs() - from) / BATCH);
  }
  if (star.filled - filled !== appends) {
    throw new Error(`${star.filled - filled} of ${appends} Roots were filled`);
  }
  return { bytes: (star.bytes - bytes) / appends, objects: (star.requests - requests) / appends, ms };
}

/** Milliseconds of processor time until so many readers have one more message. */
function readersCost(readers: number, appends: number): number {
  const star = new Star();
  const leaves = messages(50);
  star.put(star.owner, { kind: "own", leaves });
  const last = star.owner.feeds.get(OWNER)!.feed.last!;
  star.join(readers, { kind: "load", root: rootMessage(last), leaves });
  star.append(50);
  const filled = star.filled;
  const from = threadMs();
  for (let i = 0; i < appends; i++) star.append(51 + i);
  const ms = threadMs() - from;
  if (star.filled - filled !== appends * readers) throw new Error("not every reader has every Root");
  return ms / appends;
}

/** Feeds. */
export function benchCxo(): Promise<void> {
  console.log("\nFeeds: signatures are a stand-in, bytes and simulated time are exact");
  const [one, many] = [joinSeconds(10_000, 1), joinSeconds(10_000, 128)];
  console.log(`  a joiner, 10,000 messages, 50 ms round trip: one object at a time ${one.toFixed(0)} s,`);
  console.log(`    128 on the way ${many.toFixed(1)} s · ${(one / many).toFixed(0)} × faster (at least 20)`);
  console.log("  one more message, owner and one reader:");
  const costs = [100, 1000, 10_000, 100_000].map((count) => ({ count, ...appendCost(count, 200) }));
  for (const { count, bytes, objects, ms } of costs) {
    const [bytesShown, objectsShown] = [bytes.toFixed(0), objects.toFixed(1)];
    console.log(`    ${count} leaves: ${bytesShown} bytes, ${objectsShown} objects, ${shown(ms, 2)} ms`);
  }
  const [first, last] = [costs[0], costs[costs.length - 1]];
  const grown = (of: (cost: Cost) => number): string => (of(last) / of(first)).toFixed(2);
  console.log(
    `    from 100 to 100,000: bytes × ${grown(({ bytes }) => bytes)}, ` +
      `objects × ${grown(({ objects }) => objects)}, ` +
      `processor time × ${grown(({ ms }) => spread(ms).median)} (logarithmic: × 2.50)`,
  );
  const [ten, thousand] = [readersCost(10, 20), readersCost(1000, 5)];
  console.log(
    `  one more message for all readers: 10 readers ${ten.toFixed(1)} ms, 1,000 ${thousand.toFixed(0)} ms`,
  );
  console.log(`    · ${(thousand / ten / 100).toFixed(2)} × the work a reader`);
  return Promise.resolve();
}
