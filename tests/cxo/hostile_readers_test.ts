/** Who asks for what it may not have, or does not read what it gets. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { Message, RootMessage } from "../../lib/cxo/connection/message.ts";
import { MAX_BACKLOG, MAX_PARKED, MAX_UNSENT_BYTES } from "../../lib/cxo/node/link.ts";
import { MAX_STRANGERS, STRANGER_MS } from "../../lib/cxo/node/meeting.ts";
import { nameOf } from "../../lib/cxo/objects/hash.ts";
import { REGISTRY_REF } from "../../lib/cxo/objects/registry.ts";
import { fromHex, utf8 } from "../../lib/wire/bytes.ts";
import { BLANK, NODE, OTHER, PEER } from "./hand_feed.ts";
import { Bench } from "./raw.ts";
import { keyOf } from "./world.ts";

const THIRD = keyOf(77);

const errorOf = (answer: Message | undefined): string =>
  answer?.type === "Err" ? answer.text : String(answer?.type);

/** A node with a feed that only PEER may read. */
function guarded(): Bench {
  const bench = new Bench(NODE);
  bench.put({ kind: "own", leaves: [{ path: "secret", value: utf8("s") }] });
  bench.put({ kind: "allow", feed: NODE, peers: [PEER] });
  return bench;
}

const topOf = (bench: Bench): Uint8Array => bench.node.feeds.get(NODE)!.feed.last!.root.refs[0].hash;

Deno.test("The allow list guards Sub, RqObject and RqPreview", () => {
  const bench = guarded();
  const [friend, stranger] = [bench.peer(PEER), bench.peer(OTHER)];
  const feed = fromHex(NODE);
  const rootHash = bench.node.feeds.get(NODE)!.feed.last!.hash;
  strictEqual(errorOf(stranger.ask({ type: "Sub", feed })), "subscribe rejected");
  strictEqual(errorOf(stranger.ask({ type: "RqPreview", feed })), "subscribe rejected");
  for (const hash of [topOf(bench), rootHash, REGISTRY_REF, BLANK]) {
    strictEqual(errorOf(stranger.ask({ type: "RqObject", hash })), "");
  }
  strictEqual(friend.ask({ type: "Sub", feed })?.type, "Ok");
  strictEqual(friend.ask({ type: "RqPreview", feed })?.type, "Root");
  for (const hash of [topOf(bench), rootHash, REGISTRY_REF]) {
    strictEqual(friend.ask({ type: "RqObject", hash })?.type, "Object");
  }
  deepStrictEqual([friend.closed, stranger.closed], [false, false]);
});

Deno.test("A reader that is taken off the list is cut off at once", () => {
  const bench = guarded();
  const friend = bench.peer(PEER);
  friend.ask({ type: "Sub", feed: fromHex(NODE) });
  friend.take();
  bench.put({ kind: "allow", feed: NODE, peers: [] });
  deepStrictEqual(friend.types(), ["Unsub"]);
  bench.put({ kind: "put", path: "next", value: utf8("n") });
  bench.wait(2000);
  deepStrictEqual(friend.types(), []);
  strictEqual(errorOf(friend.ask({ type: "RqObject", hash: topOf(bench) })), "");
});

Deno.test("A reader that stays on the list reads on when another is taken off, and when one comes", () => {
  const bench = guarded();
  bench.put({ kind: "allow", feed: NODE, peers: [PEER, OTHER] });
  const [friend, other] = [bench.peer(PEER), bench.peer(OTHER)];
  for (const reader of [friend, other]) {
    reader.ask({ type: "Sub", feed: fromHex(NODE) });
    reader.take();
  }
  bench.put({ kind: "allow", feed: NODE, peers: [PEER] });
  deepStrictEqual([friend.types(), other.types()], [[], ["Unsub"]]);
  bench.put({ kind: "allow", feed: NODE, peers: [PEER, THIRD] });
  bench.put({ kind: "put", path: "next", value: utf8("n") });
  bench.wait(2000);
  deepStrictEqual([friend.types(), other.types()], [["Root"], []]);
});

Deno.test("One list for all feeds holds for those that are opened later, and cuts off at each of them", () => {
  const bench = new Bench(NODE);
  bench.put({ kind: "own", leaves: [{ path: "secret", value: utf8("s") }] });
  bench.put({ kind: "allow", peers: [PEER] });
  bench.put({ kind: "follow", feed: THIRD, peers: [] });
  const [friend, stranger] = [bench.peer(PEER), bench.peer(OTHER)];
  for (const feed of [NODE, THIRD].map(fromHex)) {
    strictEqual(errorOf(stranger.ask({ type: "Sub", feed })), "subscribe rejected");
    strictEqual(errorOf(stranger.ask({ type: "RqPreview", feed })), "subscribe rejected");
    strictEqual(friend.ask({ type: "Sub", feed })?.type, "Ok");
  }
  // Whom the list keeps out hears nothing else of a feed that is not here: it can't find out who is in.
  const absent = fromHex(OTHER);
  strictEqual(errorOf(stranger.ask({ type: "Sub", feed: absent })), "subscribe rejected");
  strictEqual(errorOf(stranger.ask({ type: "RqPreview", feed: absent })), "subscribe rejected");
  strictEqual(errorOf(friend.ask({ type: "Sub", feed: absent })), "do not share the feed");
  strictEqual(errorOf(friend.ask({ type: "RqPreview", feed: absent })), "no such feed");
  friend.take();
  bench.put({ kind: "allow", peers: [] });
  deepStrictEqual(friend.types(), ["Unsub", "Unsub"]);
  bench.put({ kind: "allow", peers: null });
  for (const feed of [NODE, THIRD].map(fromHex)) {
    strictEqual(stranger.ask({ type: "Sub", feed })?.type, "Ok");
  }
});

Deno.test("Of strangers that stay 64 are let, each for a minute at least; who reads here or is read is none", () => {
  const bench = guarded();
  bench.put({ kind: "allow", feed: NODE, peers: [PEER] });
  bench.put({ kind: "follow", feed: OTHER, peers: [OTHER] });
  bench.put({ kind: "allow", feed: OTHER, peers: [] });
  const known = [bench.peer(PEER), bench.peer(OTHER, { dialled: true })];
  const strangers = Array.from({ length: MAX_STRANGERS + 10 }, (_, i) => {
    bench.nowMs += 10;
    return bench.peer(keyOf(1000 + i));
  });
  const live = () => [...strangers, ...known].filter(({ closed }) => closed === false);
  bench.wait(STRANGER_MS - 3000);
  strictEqual(live().length, MAX_STRANGERS + 12);
  // All of them answer to signs of life: what ends them is that they are many.
  for (const peer of live()) peer.write({ type: "Ok" });
  bench.wait(4000);
  deepStrictEqual(live(), [...strangers.slice(10), ...known]);
  strictEqual(bench.logs().filter((line) => /nothing to read here/.test(line)).length, 10);
  for (const peer of live()) peer.write({ type: "Ok" });
  bench.wait(20_000);
  deepStrictEqual(live().length, MAX_STRANGERS + 2);
});

Deno.test("A feed that is not shared, a list and a swarm are answered with Err, and the connection stays", () => {
  const bench = guarded();
  const peer = bench.peer(PEER);
  const feed = fromHex(OTHER);
  strictEqual(errorOf(peer.ask({ type: "Sub", feed })), "do not share the feed");
  strictEqual(
    errorOf(peer.ask({ type: "RqPreview", feed })),
    "no such feed",
    "as the Go node of 2019 says it",
  );
  strictEqual(errorOf(peer.ask({ type: "RqList" })), "not a public server");
  strictEqual(errorOf(peer.ask({ type: "RqPeers", feed: fromHex(NODE) })), "not in swarm");
  strictEqual(peer.closed, false);
  const lost = new Bench(NODE);
  lost.put({ kind: "own", durable: true });
  const early = lost.peer(PEER);
  strictEqual(errorOf(early.ask({ type: "RqPreview", feed: fromHex(NODE) })), "no such head", "no Root yet");
});

Deno.test("A Sub gets the last Root, a newer one a second later, and a repeated Sub both again", () => {
  const bench = guarded();
  const peer = bench.peer(PEER);
  peer.take();
  for (let i = 0; i < 2; i++) {
    peer.write({ type: "Sub", feed: fromHex(NODE) });
    deepStrictEqual(peer.types(), ["Ok", "Root"]);
    bench.wait(1100);
    deepStrictEqual(peer.types(), ["Root"]);
  }
});

Deno.test("An Unsub has no answer, and no Root is shown after it", () => {
  const bench = guarded();
  const peer = bench.peer(PEER);
  peer.ask({ type: "Sub", feed: fromHex(NODE) });
  bench.wait(2000);
  peer.take();
  peer.write({ type: "Unsub", feed: fromHex(NODE) });
  peer.write({ type: "Unsub", feed: fromHex(OTHER) });
  bench.put({ kind: "put", path: "next", value: utf8("n") });
  bench.wait(2000);
  deepStrictEqual([peer.types(), peer.closed], [[], false]);
});

Deno.test("An object that is not here is waited for 58 s, others are served meanwhile, and few may wait", () => {
  const bench = guarded();
  const peer = bench.peer(PEER);
  peer.take();
  peer.write({ type: "RqObject", hash: nameOf(utf8("not here")) });
  strictEqual(peer.ask({ type: "RqObject", hash: topOf(bench) })?.type, "Object");
  peer.take();
  bench.wait(50_000);
  deepStrictEqual(peer.types().filter((type) => type.startsWith("Err")), []);
  peer.write({ type: "Ok" });
  bench.wait(10_000);
  deepStrictEqual(peer.types().filter((type) => type.startsWith("Err")), ["Err "]);
  for (let i = 0; i < MAX_PARKED; i++) peer.write({ type: "RqObject", hash: nameOf(utf8(`no ${i}`)) });
  deepStrictEqual(peer.types().filter((type) => type.startsWith("Err")), []);
  strictEqual(errorOf(peer.ask({ type: "RqObject", hash: nameOf(utf8("one more")) })), "");
});

Deno.test("A peer that asks and does not read is served up to a limit, then cut off; what it costs is bounded", () => {
  const bench = new Bench(NODE);
  bench.put({ kind: "own", leaves: [{ path: "big", value: new Uint8Array(100_000) }] });
  const peer = bench.peer(PEER);
  const entries = [...bench.node.feeds.get(NODE)!.feed.objects.keysOf("entry")];
  peer.reads = false;
  const hash = entries[0];
  for (let i = 0; i < 100; i++) peer.write({ type: "RqObject", hash });
  ok(peer.unread < MAX_UNSENT_BYTES + 200_000, `${peer.unread} bytes`);
  strictEqual(peer.written.filter(({ message }) => message.type === "Object").length, 11);
  peer.reads = true;
  bench.put({ kind: "flushed", conn: peer.conn, bytes: peer.unread });
  strictEqual(
    peer.written.filter(({ message }) => message.type === "Object").length,
    100,
    "and served later",
  );
  peer.reads = false;
  for (let i = 0; i < MAX_BACKLOG + 100 && !peer.closed; i++) peer.write({ type: "RqObject", hash });
  ok(peer.closed);
  match(bench.logs().at(-1)!, /does not read/);
});

Deno.test("Roots that a peer asks for and does not read are bounded like objects, and come later", () => {
  const bench = guarded();
  const peer = bench.peer(PEER);
  const roots = (): number => peer.written.filter(({ message }) => message.type === "Root").length;
  peer.reads = false;
  for (let i = 0; i < 5000; i++) peer.write({ type: "RqPreview", feed: fromHex(NODE) });
  ok(peer.unread < MAX_UNSENT_BYTES + 1000, `${peer.unread} bytes`);
  peer.reads = true;
  bench.put({ kind: "flushed", conn: peer.conn, bytes: peer.unread });
  deepStrictEqual([roots(), peer.closed], [5000, false]);
  peer.reads = false;
  for (let i = 0; i < 10_000 && !peer.closed; i++) peer.write({ type: "RqPreview", feed: fromHex(NODE) });
  ok(peer.closed);
});

Deno.test("What was asked for before it was here waits for room as well", () => {
  const made = new Bench(NODE);
  made.put({ kind: "own", leaves: [{ path: "big", value: new Uint8Array(100_000) }] });
  const [hash] = made.node.feeds.get(NODE)!.feed.objects.keysOf("entry");
  const bench = new Bench(NODE);
  bench.put({ kind: "own" });
  const peer = bench.peer(PEER);
  const objects = (): number => peer.written.filter(({ message }) => message.type === "Object").length;
  peer.reads = false;
  for (let i = 0; i < MAX_PARKED; i++) peer.write({ type: "RqObject", hash });
  bench.put({ kind: "put", path: "big", value: new Uint8Array(100_000) });
  bench.wait(3000);
  ok(peer.unread < MAX_UNSENT_BYTES + 200_000, `${peer.unread} bytes`);
  peer.reads = true;
  bench.put({ kind: "flushed", conn: peer.conn, bytes: peer.unread });
  deepStrictEqual([objects(), peer.closed], [MAX_PARKED, false]);
});

Deno.test("A reader that does not read is shown the newest Root alone, once it reads", () => {
  const bench = new Bench(NODE, { maxUnsentBytes: 1000 });
  bench.put({ kind: "own" });
  const peer = bench.peer(PEER);
  peer.write({ type: "Sub", feed: fromHex(NODE) });
  peer.reads = false;
  for (let i = 0; i < 20; i++) {
    bench.put({ kind: "put", path: `p${i}`, value: utf8("x") });
    bench.wait(1100);
  }
  ok(peer.unread < 2000, `${peer.unread}`);
  peer.take();
  peer.reads = true;
  bench.put({ kind: "flushed", conn: peer.conn, bytes: peer.unread });
  const roots = peer.take().filter(({ message }) => message.type === "Root");
  strictEqual(roots.length, 1);
  strictEqual((roots[0].message as RootMessage).seq, bench.node.feeds.get(NODE)!.feed.last!.root.seq);
});

/** A hundred Roots, one a second. @returns Names of the top levels and of the leaf that changes. */
function hundred(bench: Bench, each: (top: Uint8Array) => void = () => {}): Uint8Array[] {
  const tops: Uint8Array[] = [];
  for (let i = 0; i < 100; i++) {
    bench.put({ kind: "put", path: "changing", value: utf8(`v${i}`) });
    bench.wait(1100);
    for (const peer of bench.peers.values()) peer.write({ type: "Ok" }); // a sign of life
    tops.push(topOf(bench));
    each(topOf(bench));
  }
  return tops;
}

const rootsOf = (bench: Bench): number => bench.node.feeds.get(NODE)!.feed.roots;

Deno.test("A reader that still fills its first Root finds all of it for two minutes, whatever others have", () => {
  const bench = new Bench(NODE);
  bench.put({ kind: "own", leaves: [{ path: "first", value: utf8("1") }] });
  const [slow, quick] = [bench.peer(PEER), bench.peer(OTHER)];
  for (const peer of [slow, quick]) peer.ask({ type: "Sub", feed: fromHex(NODE) });
  const first = topOf(bench);
  const tops = hundred(
    bench,
    (top) => strictEqual(quick.ask({ type: "RqObject", hash: top })?.type, "Object"),
  );
  ok(rootsOf(bench) > 90, `${rootsOf(bench)} Roots`);
  for (const top of [first, ...tops]) strictEqual(slow.ask({ type: "RqObject", hash: top })?.type, "Object");
  bench.wait(2000);
  ok(rootsOf(bench) <= 3, `${rootsOf(bench)} Roots, once it asks for the newest`);
});

Deno.test("A reader that asks for nothing keeps Roots for two minutes and no longer; nobody keeps none", () => {
  const bench = new Bench(NODE);
  bench.put({ kind: "own", leaves: [{ path: "first", value: utf8("1") }] });
  const peer = bench.peer(PEER);
  hundred(bench);
  ok(rootsOf(bench) <= 2, `${rootsOf(bench)} Roots without a reader`);
  peer.ask({ type: "Sub", feed: fromHex(NODE) });
  hundred(bench);
  ok(rootsOf(bench) > 90, `${rootsOf(bench)} Roots`);
  for (let i = 0; i < 14; i++) {
    bench.wait(10_000);
    peer.write({ type: "Ok" });
  }
  ok(rootsOf(bench) <= 4, `${rootsOf(bench)} Roots`); // heartbeats
});

Deno.test("Who looked at a Root without reading the feed, or reads two feeds here, finds old ones for two minutes", () => {
  const looking = new Bench(NODE);
  looking.put({ kind: "own", leaves: [{ path: "first", value: utf8("1") }] });
  looking.peer(PEER).ask({ type: "RqPreview", feed: fromHex(NODE) });
  hundred(looking);
  ok(rootsOf(looking) > 90, `${rootsOf(looking)} Roots`);
  const bench = new Bench(NODE);
  bench.put({ kind: "own", leaves: [{ path: "first", value: utf8("1") }] });
  bench.put({ kind: "follow", feed: OTHER, peers: [OTHER] });
  const peer = bench.peer(PEER);
  for (const feed of [NODE, OTHER]) strictEqual(peer.ask({ type: "Sub", feed: fromHex(feed) })?.type, "Ok");
  hundred(bench, (top) => strictEqual(peer.ask({ type: "RqObject", hash: top })?.type, "Object"));
  ok(rootsOf(bench) > 90, `${rootsOf(bench)} Roots`);
});
