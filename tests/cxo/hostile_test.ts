import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { TreeBuilder } from "../../lib/cxo/builder.ts";
import { encodeFrame } from "../../lib/cxo/frame.ts";
import { type HashKey, hashKey, nameOf } from "../../lib/cxo/hash.ts";
import { MAX_BACKLOG, MAX_BAD_ROOTS, MAX_PARKED, MAX_UNSENT_BYTES } from "../../lib/cxo/link.ts";
import type { Message, RootMessage } from "../../lib/cxo/message.ts";
import { REGISTRY, REGISTRY_REF } from "../../lib/cxo/registry.ts";
import { encodeRoot, type Root, type SignedRoot, signRoot, treeRoot } from "../../lib/cxo/root.ts";
import { rootMessage } from "../../lib/cxo/serving.ts";
import { concat, fromHex, utf8 } from "../../lib/wire/bytes.ts";
import { Bench, type RawPeer } from "./raw.ts";
import { keyOf, standIn } from "./world.ts";

const [SMALL, NODE, PEER, OTHER] = [keyOf(1), keyOf(5), keyOf(7), keyOf(8)];
const BLANK = new Uint8Array(32);

/** Why the node closed. */
const reason = (peer: RawPeer): string =>
  peer.closed instanceof Error ? peer.closed.message : String(peer.closed);

const errorOf = (answer: Message | undefined): string =>
  answer?.type === "Err" ? answer.text : String(answer?.type);

// ——— handshake ———

Deno.test("Handshake refuses another protocol, another key than the stream's, our own, and anything but a Syn", () => {
  const cases: [Message, string][] = [
    [{ type: "Syn", protocol: 2, id: fromHex(PEER) }, "Err unsupported protocol version 2"],
    [{ type: "Syn", protocol: 3, id: fromHex(OTHER) }, "Err node id is not the key of the stream"],
  ];
  for (const [message, words] of cases) {
    const bench = new Bench(NODE);
    const peer = bench.peer(PEER, { shy: true });
    peer.write(message);
    deepStrictEqual(peer.types(), [words]);
    ok(peer.closed instanceof Error);
    strictEqual(bench.node.links.size, 0);
  }
  const own = new Bench(NODE);
  const self = own.peer(NODE, { shy: true });
  self.write({ type: "Syn", protocol: 3, id: fromHex(NODE) });
  deepStrictEqual(self.types(), ["Err node id is our own"]);
  for (
    const message of [{ type: "RqList" }, { type: "Ack", id: fromHex(PEER) }, { type: "Ok" }] as Message[]
  ) {
    const peer = new Bench(NODE).peer(PEER, { shy: true });
    peer.write(message);
    match(reason(peer), /before the handshake/);
  }
});

Deno.test("Handshake without a proved key takes a public key alone", () => {
  const bench = new Bench(NODE);
  bench.put({ kind: "open", conn: 99, peer: undefined, dialled: false });
  const syn = encodeFrame(1, 0, { type: "Syn", protocol: 3, id: new Uint8Array(33).fill(9) });
  const outs = bench.node.handle({ kind: "bytes", conn: 99, bytes: syn }, 0);
  deepStrictEqual(outs.map(({ kind }) => kind), ["write", "close"]);
});

Deno.test("Dialler takes an Err, a close before the Ack, another id and another rseq as a refusal", () => {
  const dial = (): [Bench, RawPeer] => {
    const bench = new Bench(NODE);
    bench.put({ kind: "follow", feed: PEER, peers: [PEER] });
    return [bench, bench.peer(PEER, { shy: true, dialled: true })];
  };
  const [b1, refused] = dial();
  deepStrictEqual(refused.types(), ["Syn"]);
  refused.write({ type: "Err", text: "no\u0007 thanks" }, 1);
  match(reason(refused), /refused the handshake: "no\\u0007 thanks"/);
  ok(b1.node.deadlineMs! > 0 && b1.node.deadlineMs! <= 4000, "dials again");
  const [b2, cut] = dial();
  b2.put({ kind: "eof", conn: cut.conn });
  match(reason(cut), /closed before it answered/);
  const [, other] = dial();
  other.write({ type: "Ack", id: fromHex(OTHER) }, 1);
  match(reason(other), /not the key of the stream/);
  const [, wrong] = dial();
  wrong.write({ type: "Ack", id: fromHex(PEER) }, 7);
  match(reason(wrong), /instead of an Ack/);
  const [b5, silent] = dial();
  b5.wait(15_500);
  strictEqual(silent.closed, true, "an attempt takes 15 s at most");
});

Deno.test("A handshake that never comes ends after 59 s", () => {
  const bench = new Bench(NODE);
  const peer = bench.peer(PEER, { shy: true });
  bench.wait(58_000);
  strictEqual(peer.closed, false);
  bench.wait(3000);
  match(reason(peer), /timed out/);
});

Deno.test("No more than 1000 handshakes wait at once", () => {
  const bench = new Bench(NODE);
  for (let i = 0; i < 1000; i++) bench.peer(keyOf(1000 + i), { shy: true });
  match(reason(bench.peer(keyOf(3000), { shy: true })), /handshakes at once/);
});

Deno.test("A Syn that crosses our dial: the smaller key's dial goes on", () => {
  for (const [pk, isKept] of [[SMALL, true], [OTHER, false]] as const) {
    const bench = new Bench(NODE);
    bench.put({ kind: "follow", feed: pk, peers: [pk] });
    const dialled = bench.peer(pk, { shy: true, dialled: true });
    const inbound = bench.peer(pk);
    strictEqual(bench.node.byPeer.has(pk), isKept, "the inbound one");
    strictEqual(Boolean(dialled.closed), isKept);
    strictEqual(Boolean(inbound.closed), !isKept);
  }
});

// ——— open connection ———

const ending: Record<string, Uint8Array | Message> = {
  "Ping": { type: "Ping" },
  "Pong": { type: "Pong" },
  "a second Syn": { type: "Syn", protocol: 3, id: fromHex(PEER) },
  "an Ack": { type: "Ack", id: fromHex(PEER) },
  "a Sub of a blank feed": { type: "Sub", feed: new Uint8Array(33) },
  "an Unsub of a blank feed": { type: "Unsub", feed: new Uint8Array(33) },
  "an unknown type": fromHex("00000009020000000000000011"),
  "a body that is cut": fromHex("0000000a020000000000000007ff"),
  "a body with a byte too many": concat(fromHex("0000000a02000000000000000900")),
  "a frame of length 0": fromHex("00000000"),
  "a frame of 8 bytes": fromHex("00000008"),
  "a frame above 64 MiB": fromHex("04000001"),
  "a long frame that is no object": fromHex("0001000102000000000000000b"),
};

for (const [what, input] of Object.entries(ending)) {
  Deno.test(`Connection ends at ${what}, and others go on`, () => {
    const bench = new Bench(NODE);
    bench.put({ kind: "own" });
    const [peer, other] = [bench.peer(PEER), bench.peer(OTHER)];
    if (input instanceof Uint8Array) peer.raw(input);
    else peer.write(input);
    ok(peer.closed instanceof Error);
    strictEqual(other.ask({ type: "Sub", feed: fromHex(NODE) })?.type, "Ok");
  });
}

Deno.test("Late answers and objects that nobody asked for are passed over, however long", () => {
  const bench = new Bench(NODE);
  const peer = bench.peer(PEER);
  peer.take();
  for (
    const message of [
      { type: "Ok" },
      { type: "Err", text: "x" },
      { type: "List", feeds: [] },
      { type: "Peers", feed: fromHex(NODE), peers: [] },
      { type: "Object", value: new Uint8Array(200_000) },
    ] as Message[]
  ) peer.write(message, 77);
  strictEqual(peer.closed, false);
  deepStrictEqual(peer.types(), []);
});

Deno.test("A silent peer is asked after 30 s and given up after 90; any frame is a sign of life", () => {
  const bench = new Bench(NODE);
  const [quiet, alive] = [bench.peer(PEER), bench.peer(OTHER)];
  for (let i = 0; i < 5; i++) {
    bench.wait(20_000);
    alive.write({ type: "Ok" });
  }
  deepStrictEqual(quiet.types(), ["Ack", "RqList", "RqList"]);
  match(reason(quiet), /timed out/);
  strictEqual(alive.closed, false);
});

// ——— serving ———

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

Deno.test("A feed that is not shared, a list and a swarm are answered with Err, and the connection stays", () => {
  const bench = guarded();
  const peer = bench.peer(PEER);
  const feed = fromHex(OTHER);
  strictEqual(errorOf(peer.ask({ type: "Sub", feed })), "do not share the feed");
  strictEqual(errorOf(peer.ask({ type: "RqPreview", feed })), "do not share the feed");
  strictEqual(errorOf(peer.ask({ type: "RqList" })), "not a public server");
  strictEqual(errorOf(peer.ask({ type: "RqPeers", feed: fromHex(NODE) })), "not in swarm");
  strictEqual(peer.closed, false);
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

// ——— reading ———

/** A feed that a test writes by hand. */
class HandFeed {
  readonly key = fromHex(PEER);
  readonly objects = new Map<HashKey, Uint8Array>([[hashKey(REGISTRY_REF), REGISTRY]]);
  #last: SignedRoot | undefined;

  tree(leaves: Record<string, string>): Uint8Array {
    const builder = new TreeBuilder();
    for (const [path, value] of Object.entries(leaves)) builder.put(path, utf8(value));
    return builder.build(({ hash, bytes }) => void this.objects.set(hashKey(hash), bytes));
  }

  root(top: Uint8Array, change: Partial<Root> = {}): SignedRoot {
    const before = this.#last;
    const root = treeRoot(top, {
      feed: this.key,
      nonce: 1n,
      seq: before ? before.root.seq + 1n : 0n,
      timeNs: before ? before.root.timeNs + 1n : 1n,
      prev: before?.hash ?? BLANK,
    });
    return this.#last = signRoot({ ...root, ...change }, standIn(this.key));
  }

  /** Answers the node's requests until there are none. @returns How many. */
  serve(peer: RawPeer, answer = (hash: Uint8Array): Message | undefined => this.objectOf(hash)): number {
    let served = 0;
    for (let asked = requests(peer); asked.length > 0; asked = requests(peer)) {
      for (const { seq, message } of asked) {
        const reply = answer((message as Message & { type: "RqObject" }).hash);
        served++;
        if (reply) peer.write(reply, seq);
      }
    }
    return served;
  }

  objectOf(hash: Uint8Array): Message | undefined {
    const value = this.objects.get(hashKey(hash));
    return value && { type: "Object", value };
  }
}

const requests = (peer: RawPeer) => peer.take().filter(({ message }) => message.type === "RqObject");

/** A node that follows PEER's feed at some raw peers. */
function following(...pks: string[]): { bench: Bench; feed: HandFeed; peers: RawPeer[] } {
  const bench = new Bench(NODE);
  bench.put({ kind: "follow", feed: PEER, peers: pks });
  const peers = pks.map((pk) => bench.peer(pk, { dialled: true }));
  for (const peer of peers) {
    const sub = peer.take().find(({ message }) => message.type === "Sub")!;
    peer.write({ type: "Ok" }, sub.seq);
    peer.take();
  }
  return { bench, feed: new HandFeed(), peers };
}

const lastSeq = (bench: Bench): bigint | undefined => bench.node.feeds.get(PEER)?.feed.last?.root.seq;

Deno.test("Roots that are none are refused, logged and counted; the connection ends at the sixteenth", () => {
  const { bench, feed, peers: [peer] } = following(PEER);
  const top = feed.tree({ a: "1" });
  const good = feed.root(top);
  const bad: Message[] = [
    { ...rootMessage(good), signature: new Uint8Array(65) },
    { ...rootMessage(good), seq: 5n },
    { ...rootMessage(good), nonce: 2n },
    { ...rootMessage(good), value: good.encoded.subarray(1) },
    rootMessage(feed.root(top, { prev: BLANK, seq: 3n })),
    rootMessage(feed.root(top, { prev: good.hash, seq: 0n })),
    rootMessage(feed.root(top, { timeNs: 0n })),
    rootMessage(feed.root(top, { registry: BLANK })),
    rootMessage(feed.root(top, { refs: [{ hash: top, schema: BLANK }] })),
    rootMessage(feed.root(top, { refs: [...good.root.refs, ...good.root.refs] })),
    { ...rootMessage(feed.root(top, { feed: fromHex(OTHER) })), feed: feed.key },
  ];
  for (const message of bad) {
    peer.write(message);
    bench.wait(200);
  }
  strictEqual(peer.closed, false);
  strictEqual(bench.logs().length, bad.length);
  deepStrictEqual(requests(peer), []);
  for (let i = bad.length; i < MAX_BAD_ROOTS; i++) {
    peer.write(bad[0]);
    bench.wait(200);
  }
  ok(peer.closed);
});

Deno.test("Roots of foreign feeds and old Roots are passed over without a look at their signature", () => {
  const { bench, feed, peers: [peer] } = following(PEER);
  const first = feed.root(feed.tree({ a: "1" }));
  const second = feed.root(feed.tree({ a: "2" }));
  peer.write(rootMessage(second));
  feed.serve(peer);
  strictEqual(lastSeq(bench), 1n);
  bench.wait(200);
  peer.write(rootMessage(first));
  peer.write({ ...rootMessage(second), feed: fromHex(OTHER) });
  deepStrictEqual(bench.logs(), []);
  deepStrictEqual(requests(peer), []);
});

Deno.test("A flood of Roots costs ten signatures a second, and the newest counts", () => {
  let checks = 0;
  const bench = new Bench(NODE, {
    scheme: {
      sign: standIn(fromHex(NODE)).sign,
      verify: (...args) => (checks++, standIn(fromHex(NODE)).verify(...args)),
    },
  });
  bench.put({ kind: "follow", feed: PEER, peers: [PEER] });
  const peer = bench.peer(PEER, { dialled: true });
  const feed = new HandFeed();
  const top = feed.tree({ a: "1" });
  for (let i = 0; i < 500; i++) peer.write(rootMessage(feed.root(top)));
  strictEqual(checks, 1);
  bench.wait(150);
  strictEqual(checks, 2);
  feed.serve(peer);
  strictEqual(lastSeq(bench), 499n);
});

Deno.test("An object of another name ends the connection; another peer goes on with the fill", () => {
  const { bench, feed, peers: [liar, honest] } = following(OTHER, PEER);
  const root = feed.root(feed.tree({ a: "1", b: "2", "c/d": "3" }));
  liar.write(rootMessage(root));
  honest.write(rootMessage(root));
  feed.serve(liar, () => ({ type: "Object", value: utf8("something else") }));
  ok(liar.closed);
  match(bench.logs().join(), /another name/);
  feed.serve(honest);
  strictEqual(lastSeq(bench), 0n);
});

Deno.test("A source that answers Err, anything else or nothing is asked no more; the fill goes on elsewhere", () => {
  const replies: (Message | undefined)[] = [{ type: "Err", text: "" }, { type: "Ok" }, undefined];
  for (const reply of replies) {
    const { bench, feed, peers: [poor, rich] } = following(OTHER, PEER);
    const root = feed.root(feed.tree({ a: "1", b: "2" }));
    poor.write(rootMessage(root));
    const asked = requests(poor);
    ok(asked.length > 0);
    if (reply) poor.write(reply, asked[0].seq);
    rich.write(rootMessage(root));
    for (let i = 0; i < 7; i++) {
      bench.wait(10_000);
      poor.write({ type: "Ok" });
      rich.write({ type: "Ok" });
      feed.serve(rich);
    }
    strictEqual(poor.closed, false);
    feed.serve(rich);
    strictEqual(lastSeq(bench), 0n, String(reply?.type));
  }
});

Deno.test("A fill that was cut goes on where it was, also for a newer Root", () => {
  const { bench, feed, peers: [peer] } = following(PEER);
  const leaves = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`m/${i}`, `${i}`]));
  const first = feed.root(feed.tree(leaves));
  peer.write(rootMessage(first));
  let budget = 300;
  feed.serve(peer, (hash) => budget-- > 0 ? feed.objectOf(hash) : undefined);
  bench.put({ kind: "eof", conn: peer.conn });
  const second = feed.root(feed.tree({ ...leaves, "m/new": "n" }));
  bench.wait(3000);
  const again = bench.peer(PEER, { dialled: true });
  again.write(rootMessage(second));
  const served = feed.serve(again);
  strictEqual(lastSeq(bench), 1n);
  ok(served < 250, `${served} objects`);
  strictEqual(bench.node.feeds.get(PEER)!.feed.objects.size, feed.objects.size - 0 - unusedBy(feed, second));
});

/** Objects of the older tree that the newer one has not. */
function unusedBy(feed: HandFeed, { root }: SignedRoot): number {
  const seen = new Set<HashKey>([hashKey(REGISTRY_REF)]);
  const kept = new Bench(NODE);
  kept.put({ kind: "follow", feed: PEER, peers: [PEER] });
  const peer = kept.peer(PEER, { dialled: true });
  peer.write(rootMessage(signRoot({ ...root, seq: 0n, prev: BLANK }, standIn(feed.key))));
  feed.serve(peer, (hash) => (seen.add(hashKey(hash)), feed.objectOf(hash)));
  return feed.objects.size - seen.size;
}

Deno.test("A wrong tree is given up whole, is not tried again, and the next Root is", () => {
  const { bench, feed, peers: [peer] } = following(PEER);
  const wrong = nameOf(new Uint8Array(31));
  feed.objects.set(hashKey(wrong), new Uint8Array(31));
  const root = feed.root(wrong);
  peer.write(rootMessage(root));
  feed.serve(peer);
  deepStrictEqual(bench.events.filter(({ kind }) => kind === "rejected").length, 1);
  bench.wait(200);
  peer.write(rootMessage(root));
  deepStrictEqual(requests(peer), []);
  bench.wait(200);
  peer.write(rootMessage(feed.root(feed.tree({ a: "1" }))));
  feed.serve(peer);
  strictEqual(lastSeq(bench), 1n);
  strictEqual(peer.closed, false, "the owner's fault is not the peer's");
});

Deno.test("A Root without Refs is an empty tree", () => {
  const { bench, feed, peers: [peer] } = following(PEER);
  peer.write(rootMessage(feed.root(BLANK, { refs: [] })));
  strictEqual(lastSeq(bench), 0n);
});

Deno.test("At least 32 requests are on the way, and no more than Go's queues hold", () => {
  const { feed, peers: [peer] } = following(PEER);
  const leaves = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`m/${i}`, `${i}`]));
  peer.write(rootMessage(feed.root(feed.tree(leaves))));
  let most = 0;
  for (let asked = requests(peer); asked.length > 0; asked = requests(peer)) {
    most = Math.max(most, asked.length);
    for (const { seq, message } of asked) {
      peer.write(feed.objectOf((message as Message & { type: "RqObject" }).hash)!, seq);
    }
  }
  ok(most >= 32 && most <= 256, `${most}`);
});

Deno.test("A refused Sub is told, and repeated later", () => {
  const bench = new Bench(NODE);
  bench.put({ kind: "follow", feed: PEER, peers: [PEER] });
  const peer = bench.peer(PEER, { dialled: true });
  peer.write(
    { type: "Err", text: "subscribe rejected" },
    peer.take().find(({ message }) => message.type === "Sub")!.seq,
  );
  deepStrictEqual(bench.events.find(({ kind }) => kind === "refused"), {
    kind: "refused",
    feed: PEER,
    peer: PEER,
    reason: "subscribe rejected",
  });
  for (let i = 0; i < 4; i++) {
    bench.wait(16_000);
    peer.write({ type: "Ok" });
  }
  deepStrictEqual(peer.types().filter((type) => type === "Sub"), ["Sub"]);
});

Deno.test("Feeds that are too large are refused, and cost no more than their limit", () => {
  const bench = new Bench(NODE, { limits: { maxObjects: 200, maxBytes: 20_000 } });
  bench.put({ kind: "follow", feed: PEER, peers: [PEER] });
  const peer = bench.peer(PEER, { dialled: true });
  const feed = new HandFeed();
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`m/${i}`, `${i}`]));
  for (const leaves of [many, { big: "x".repeat(30_000) }]) {
    peer.write(rootMessage(feed.root(feed.tree(leaves as Record<string, string>))));
    feed.serve(peer);
    bench.wait(200);
  }
  strictEqual(bench.events.filter(({ kind }) => kind === "rejected").length, 2);
  ok(bench.node.feeds.get(PEER)!.feed.objects.size <= 1, "nothing of them stays");
});

Deno.test("encodeRoot of what was signed is what is shown", () => {
  const feed = new HandFeed();
  const signed = feed.root(feed.tree({ a: "1" }));
  deepStrictEqual(encodeRoot(signed.root), signed.encoded);
});
