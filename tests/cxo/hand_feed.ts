/**
 * A feed that a test writes by hand, and a node that follows it at raw peers.
 *
 * @module
 */
import type { Message } from "../../lib/cxo/connection/message.ts";
import { TreeBuilder } from "../../lib/cxo/feed/builder.ts";
import { type HashKey, hashKey } from "../../lib/cxo/objects/hash.ts";
import { REGISTRY, REGISTRY_REF } from "../../lib/cxo/objects/registry.ts";
import { type Root, type SignedRoot, signRoot, treeRoot } from "../../lib/cxo/objects/root.ts";
import { fromHex, utf8 } from "../../lib/wire/bytes.ts";
import { Bench, type RawPeer } from "./raw.ts";
import { keyOf, standIn } from "./world.ts";

/** A node under test, the owner of a feed, and another peer. */
export const [NODE, PEER, OTHER] = [keyOf(5), keyOf(7), keyOf(8)];
/** 32 zero bytes. */
export const BLANK: Uint8Array = new Uint8Array(32);

/** A feed that a test writes by hand. */
export class HandFeed {
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

/** What a node asks a peer for. */
export const requests = (peer: RawPeer) => peer.take().filter(({ message }) => message.type === "RqObject");

/** A node that follows PEER's feed at some raw peers. */
export function following(...pks: string[]): { bench: Bench; feed: HandFeed; peers: RawPeer[] } {
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
