/** Roots and trees of those whom we follow, and what they answer. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import type { Message } from "../../lib/cxo/connection/message.ts";
import { MAX_BAD_ROOTS } from "../../lib/cxo/node/link.ts";
import { rootMessage } from "../../lib/cxo/node/serving.ts";
import { type HashKey, hashKey, nameOf } from "../../lib/cxo/objects/hash.ts";
import { REGISTRY_REF } from "../../lib/cxo/objects/registry.ts";
import { curveScheme, encodeRoot, type SignedRoot, signRoot, treeRoot } from "../../lib/cxo/objects/root.ts";
import { fromHex, toHex, utf8 } from "../../lib/wire/bytes.ts";
import { BLANK, following, HandFeed, NODE, OTHER, PEER, requests } from "./hand_feed.ts";
import { Bench } from "./raw.ts";
import { standIn } from "./world.ts";

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

Deno.test("Root's signature is its feed's alone, and has one form", () => {
  const [owner, other] = [1, 2].map((n) => keyPairOf(new Uint8Array(32).fill(n)));
  const root = treeRoot(BLANK, { feed: owner.public, nonce: 1n, seq: 0n, timeNs: 1n, prev: BLANK });
  const { encoded, signature } = signRoot(root, curveScheme(owner.secret));
  const { verify } = curveScheme(owner.secret);
  const high = signature.slice(); // (r, n - s) with the other recovery id is the same signature, and refused
  const flipped = secp256k1.Point.Fn.ORDER - BigInt(`0x${toHex(signature.subarray(32, 64))}`);
  high.set(fromHex(flipped.toString(16).padStart(64, "0")), 32);
  high[64] ^= 1;
  const bad: Record<string, [Uint8Array, Uint8Array?]> = {
    "another key's": [signRoot(root, curveScheme(other.secret)).signature],
    "the upper half": [high],
    "recovery id 4": [signature.with(64, signature[64] + 4)],
    "the other recovery id": [signature.with(64, signature[64] ^ 1)],
    "nothing": [new Uint8Array(65)],
    "64 bytes": [signature.subarray(0, 64)],
    "of other bytes": [signature, encodeRoot({ ...root, timeNs: 2n })],
  };
  strictEqual(verify(owner.public, signature, encoded), true);
  for (const [what, [said, about = encoded]] of Object.entries(bad)) {
    strictEqual(verify(owner.public, said, about), false, what);
  }
});

Deno.test("Roots of foreign feeds and old Roots are passed over without a look at their signature", () => {
  const { bench, feed, peers: [peer] } = following(PEER);
  const first = feed.root(feed.tree({ a: "1" }));
  const second = feed.root(feed.tree({ a: "2" }));
  const otherHead = feed.root(feed.tree({ a: "3" }), { nonce: 2n, seq: 9n, timeNs: 1n });
  peer.write(rootMessage(second));
  feed.serve(peer);
  strictEqual(lastSeq(bench), 1n);
  bench.wait(200);
  for (const old of [first, second, otherHead]) {
    peer.write(rootMessage(old));
    bench.wait(200);
  }
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

Deno.test("An answer above 16 MiB ends the connection before its body; one that nobody asked for is not even kept", () => {
  const { feed, peers: [liar] } = following(PEER);
  liar.write(rootMessage(feed.root(feed.tree({ a: "1" }))));
  const [{ seq }] = requests(liar);
  const length = 9 + 4 + 16 * 1024 * 1024 + 1;
  const header = (rseq: number): Uint8Array => {
    const bytes = new Uint8Array(13);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, length);
    view.setUint32(4, 2, true);
    view.setUint32(8, rseq, true);
    view.setUint8(12, 13);
    return bytes;
  };
  liar.raw(header(0));
  liar.raw(new Uint8Array(length - 9));
  strictEqual(Boolean(liar.closed), false);
  liar.raw(header(seq));
  strictEqual(Boolean(liar.closed), true);
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
