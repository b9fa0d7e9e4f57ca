import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import type { NodeOut } from "../../lib/cxo/node/types.ts";
import { hashKey } from "../../lib/cxo/objects/hash.ts";
import { fromHex, fromUtf8, utf8 } from "../../lib/wire/bytes.ts";
import { replay } from "../vectors/groups/cxo_transcript.ts";
import { keyOf, type Member, rootName, World } from "./world.ts";

const [A, B, C] = [keyOf(1), keyOf(2), keyOf(3)];

const kinds = (member: Member, kind: NodeOut["kind"]): NodeOut[] =>
  member.events.filter((event) => event.kind === kind);

function put(world: World, member: Member, leaves: Record<string, string>): void {
  for (const [path, value] of Object.entries(leaves)) {
    world.put(member, { kind: "put", path, value: utf8(value) });
  }
}

/** A publisher with some leaves and a subscriber that follows it. */
function pair(options = {}): { world: World; a: Member; b: Member } {
  const world = new World(options);
  const [a, b] = [world.add(A), world.add(B)];
  world.put(a, { kind: "own" });
  put(world, a, { "msgs/1": "one", "msgs/2": "two", "roster/0": "r" });
  world.put(b, { kind: "follow", feed: A, peers: [A] });
  return { world, a, b };
}

Deno.test("Node follows a feed: a first fill, then only what changed", () => {
  const { world, a, b } = pair();
  world.run(3000);
  deepStrictEqual(world.model(b, A), new Map([["msgs/1", "one"], ["msgs/2", "two"], ["roster/0", "r"]]));
  const before = world.bytes;
  put(world, a, { "msgs/3": "three" });
  world.run(1500);
  const filled = kinds(b, "filled").at(-1) as NodeOut & { kind: "filled" };
  deepStrictEqual(filled.changes.map(({ kind, path, value }) => [kind, path, fromUtf8(value)]), [[
    "inserted",
    "msgs/3",
    "three",
  ]]);
  ok(world.bytes - before < 1500, `${world.bytes - before} bytes`);
  deepStrictEqual(kinds(a, "took").map((event) => (event as NodeOut & { kind: "took" }).path).sort(), [
    "msgs/1",
    "msgs/2",
    "msgs/3",
    "roster/0",
  ]);
});

Deno.test("Node gives what is gone as removed, and a changed leaf as changed", () => {
  const { world, a, b } = pair({ cut: true });
  world.run(3000);
  world.put(a, { kind: "prune", path: "msgs/1" });
  put(world, a, { "msgs/2": "zwei" });
  world.run(1500);
  const { changes } = kinds(b, "filled").at(-1) as NodeOut & { kind: "filled" };
  deepStrictEqual(changes.map(({ kind, path }) => `${kind} ${path}`), ["removed msgs/1", "changed msgs/2"]);
});

Deno.test("Node shows a heartbeat after 45 s, and follows one Root a batch", () => {
  const { world, a, b } = pair();
  world.run(3000);
  const published = kinds(a, "published").length;
  for (let i = 0; i < 10; i++) {
    put(world, a, { [`m/${i}`]: "x" });
    world.run(50);
  }
  world.run(2000);
  strictEqual(kinds(a, "published").length, published + 1);
  world.run(45_100);
  strictEqual(kinds(a, "published").length, published + 2);
  strictEqual(rootName(a, A), rootName(b, A));
});

Deno.test("Node that restarts without state goes on from the Root that its reader pushes back, and gets its leaves", () => {
  const { world, b } = pair();
  world.run(60_000);
  const seq = b.node.feeds.get(A)!.feed.last!.root.seq;
  const a = world.add(A);
  a.events.length = 0;
  world.put(a, { kind: "own" });
  world.run(10_000);
  ok(kinds(a, "echoed").length > 0);
  deepStrictEqual(world.model(a, A).size, 3);
  ok(a.node.feeds.get(A)!.feed.last!.root.seq > seq);
  strictEqual(rootName(a, A), rootName(b, A));
});

Deno.test("Node that restarts with its head goes on in the chain, and readers see the difference alone", () => {
  const { world, a, b } = pair();
  world.run(3000);
  const last = a.node.feeds.get(A)!.feed.last!;
  const head = { nonce: last.root.nonce, seq: last.root.seq, timeNs: last.root.timeNs, hash: last.hash };
  const leaves = [...world.model(a, A)].map(([path, value]) => ({ path, value: utf8(value) }));
  world.add(A);
  b.events.length = 0;
  world.put(a, { kind: "own", head, leaves: [...leaves, { path: "new", value: utf8("n") }] });
  world.run(10_000);
  strictEqual(kinds(a, "echoed").length, 0);
  const changes = b.events.flatMap((event) => event.kind === "filled" ? event.changes : []);
  deepStrictEqual(changes.map(({ path }) => path), ["new"]);
  deepStrictEqual(last.root.seq + 1n <= b.node.feeds.get(A)!.feed.last!.root.seq, true);
});

Deno.test("Node begins another head when all is lost, and readers switch to it", () => {
  const { world, a, b } = pair();
  world.run(3000);
  world.kill(a);
  b.node.feeds.get(A)!.filler.cancel();
  world.add(A);
  world.put(a, { kind: "own", newHead: true });
  put(world, a, { "msgs/9": "nine" });
  world.run(10_000);
  const { nonce } = b.node.feeds.get(A)!.feed.last!.root;
  ok(nonce > 1_600_000_000_000_000_000n);
  strictEqual(rootName(a, A), rootName(b, A));
  strictEqual(world.model(b, A).get("msgs/9"), "nine");
});

Deno.test("Node shows nothing before its head is kept", () => {
  const world = new World();
  const [a, b] = [world.add(A), world.add(B)];
  world.put(a, { kind: "own", durable: true });
  put(world, a, { x: "1" });
  world.put(b, { kind: "follow", feed: A, peers: [A] });
  world.run(5000);
  strictEqual(rootName(b, A), "");
  const commit = kinds(a, "commit").at(-1) as NodeOut & { kind: "commit" };
  strictEqual(commit.head.seq, 0n);
  put(world, a, { y: "2" });
  world.put(a, { kind: "committed" });
  world.run(5000);
  strictEqual(world.model(b, A).size, 0, "the first Root was empty");
  const next = kinds(a, "commit").at(-1) as NodeOut & { kind: "commit" };
  deepStrictEqual(next.changes.map(({ path }) => path), ["x", "y"]);
  world.put(a, { kind: "committed" });
  world.run(1000);
  strictEqual(world.model(b, A).size, 2);
});

Deno.test("Two nodes that dial each other at once keep one connection, whoever is first", () => {
  for (const lead of [0, 3, 9, 11, 30]) {
    for (const first of [A, B]) {
      const world = new World({ delayMs: 10 });
      const [a, b] = [world.add(A), world.add(B)];
      for (const member of [a, b]) world.put(member, { kind: "own" });
      const follow = (pk: string) =>
        world.put(world.members.get(pk)!, {
          kind: "follow",
          feed: pk === A ? B : A,
          peers: [pk === A ? B : A],
        });
      follow(first);
      world.after(lead, () => follow(first === A ? B : A));
      world.run(20_000);
      deepStrictEqual([a.node.byPeer.size, b.node.byPeer.size], [1, 1], `${lead} ${first}`);
      deepStrictEqual([a.conns.size, b.conns.size], [1, 1]);
      deepStrictEqual([rootName(a, B), rootName(b, A)], [rootName(b, B), rootName(a, A)]);
      ok(kinds(a, "connected").length <= 2, "no flapping");
    }
  }
});

Deno.test("A newer connection of a peer replaces the older one, and reading goes on over it", () => {
  const { world, a, b } = pair();
  world.run(3000);
  world.connect(b, a);
  world.run(20);
  world.put(a, { kind: "put", path: "late", value: utf8("l") });
  world.run(5000);
  deepStrictEqual([a.conns.size, b.conns.size], [1, 1]);
  strictEqual(world.model(b, A).get("late"), "l");
});

Deno.test("Several feeds in both directions share one connection", () => {
  const world = new World();
  const members = [A, B, C].map((pk) => world.add(pk));
  for (const member of members) {
    world.put(member, { kind: "own" });
    put(world, member, { [`from/${member.pk}`]: "x" });
  }
  const [a, b, c] = members;
  world.put(b, { kind: "follow", feed: C, peers: [C] });
  world.put(a, { kind: "follow", feed: B, peers: [B] });
  world.put(b, { kind: "follow", feed: A, peers: [A] });
  // C's feed is read at B, who follows it.
  world.put(a, { kind: "follow", feed: C, peers: [B] });
  world.run(70_000);
  strictEqual(a.conns.size, 1);
  strictEqual(world.model(a, C).get(`from/${C}`), "x");
  strictEqual(world.model(a, B).get(`from/${B}`), "x");
  strictEqual(world.model(b, A).get(`from/${A}`), "x");
  strictEqual(c.conns.size, 1);
});

Deno.test("What two feeds of a node both have is here once, whichever had it first", () => {
  const { world, a, b } = pair();
  world.put(b, { kind: "own" });
  put(world, b, { "msgs/1": "one" });
  world.run(3000);
  const long = "m".repeat(3000); // kept as an array, which can be seen to be the same one
  put(world, b, { "msgs/2": "two", "mine/0": long });
  put(world, a, { "mine/0": long });
  world.run(3000);
  const bytesIn = (feed: string): Map<string, Uint8Array> => {
    const { objects } = b.node.feeds.get(feed)!.feed;
    return new Map(
      [...objects.keysOf("entry")].map((hash) => [hashKey(hash), objects.bytesOf(hashKey(hash))!]),
    );
  };
  const [theirs, ours] = [bytesIn(A), bytesIn(B)];
  const both = [...ours.keys()].filter((key) => theirs.has(key));
  // The leaves 1, 2 and 0, and the levels above them: "mine" is equal, "msgs" too since it has both.
  strictEqual(both.length, 5);
  const arrays = both.filter((key) => ours.get(key)!.length > 3000);
  strictEqual(arrays.length, 1);
  for (const key of arrays) ok(ours.get(key) === theirs.get(key), "the same bytes");
  // What one of them lets go of stays for the other.
  world.put(b, { kind: "unfollow", feed: A });
  world.run(3000);
  deepStrictEqual(bytesIn(B), ours);
});

Deno.test("Who reads a feed at another reader has it as soon as that one does", () => {
  const { world, a, b } = pair();
  const c = world.add(C);
  world.put(c, { kind: "follow", feed: A, peers: [B] });
  world.run(5000);
  strictEqual(world.model(c, A).size, 3);
  put(world, a, { "msgs/3": "three" });
  world.run(1500);
  deepStrictEqual([world.model(b, A).size, world.model(c, A).size], [4, 4]);
});

Deno.test("A feed that is loaded from what was kept is not fetched again", () => {
  const { world, a, b } = pair();
  for (let i = 0; i < 300; i++) put(world, a, { [`many/${i}`]: `value ${i}` });
  world.run(5000);
  const { root, encoded, signature } = b.node.feeds.get(A)!.feed.last!;
  const leaves = [...world.model(b, A)].map(([path, value]) => ({ path, value: utf8(value) }));
  world.add(B);
  b.events.length = 0;
  world.put(b, { kind: "follow", feed: A, peers: [A] });
  world.put(b, {
    kind: "load",
    root: { type: "Root", feed: root.feed, nonce: root.nonce, seq: root.seq, value: encoded, signature },
    leaves,
  });
  strictEqual((kinds(b, "filled")[0] as NodeOut & { kind: "filled" }).changes.length, 303);
  const before = world.bytes;
  world.run(10_000);
  ok(world.bytes - before < 5000, `${world.bytes - before} bytes`);
  strictEqual(rootName(a, A), rootName(b, A));
});

Deno.test("A feed that is loaded with some leaves fetches the others alone", () => {
  const { world, a, b } = pair();
  for (let i = 0; i < 300; i++) put(world, a, { [`many/${i}`]: `value ${i}` });
  world.run(5000);
  const { root, encoded, signature } = b.node.feeds.get(A)!.feed.last!;
  const leaves = [...world.model(b, A)].slice(0, 250).map(([path, value]) => ({ path, value: utf8(value) }));
  world.add(B);
  world.put(b, { kind: "follow", feed: A, peers: [A] });
  world.put(b, {
    kind: "load",
    root: { type: "Root", feed: root.feed, nonce: root.nonce, seq: root.seq, value: encoded, signature },
    leaves,
  });
  world.run(10_000);
  strictEqual(rootName(a, A), rootName(b, A));
  strictEqual(world.model(b, A).size, 303);
});

Deno.test("Unfollow forgets the feed and leaves the connection to what else is on it", () => {
  const { world, a, b } = pair();
  world.run(3000);
  world.put(b, { kind: "unfollow", feed: A });
  world.run(1000);
  strictEqual(b.node.feeds.size, 0);
  put(world, a, { z: "z" });
  world.run(3000);
  strictEqual(b.node.feeds.size, 0);
  strictEqual(a.node.byPeer.get(B)!.readers.size, 0);
});

Deno.test("Old Roots go as soon as their readers are behind them", () => {
  const { world, a, b } = pair();
  world.run(3000);
  const kept = () => [a, b].map(({ node }) => node.feeds.get(A)!.feed.roots);
  for (let i = 0; i < 100; i++) {
    put(world, a, { "changing": `v${i}` });
    world.run(1100);
    ok(kept().every((roots) => roots <= 4), `${kept()} Roots`);
  }
  world.run(3000);
  ok(a.node.feeds.get(A)!.feed.objects.size < 20);
});

Deno.test("Commands for feeds that are not open are mistakes", () => {
  const world = new World();
  const a = world.add(A);
  throws(() => world.put(a, { kind: "put", path: "a", value: utf8("x") }), RangeError);
  throws(() => world.put(a, { kind: "allow", feed: B, peers: null }), RangeError);
  world.put(a, { kind: "own" });
  throws(() => world.put(a, { kind: "own" }), RangeError);
  throws(() => world.put(a, { kind: "follow", feed: A, peers: [B] }), RangeError);
  throws(() => world.put(a, { kind: "put", path: "a//b", value: utf8("x") }), RangeError);
  deepStrictEqual(fromHex(A).length, 33);
});

Deno.test("Our node writes each byte of the recorded transcript, on both sides, requests in their order included", () => {
  const { transcript } = JSON.parse(Deno.readTextFileSync(new URL("../vectors/cxo.json", import.meta.url)));
  for (const side of ["subscriber", "publisher"]) replay(transcript, side, "all");
});
