/**
 * What a node does for its peers: takes their Subs, shows them Roots, gives them objects.
 *
 * @see specification cxo §9.3, §9.4; lib/cxo/README.md "Serving"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { toHex } from "../../wire/bytes.ts";
import { NetworkError, ProtocolError } from "../../wire/errors.ts";
import type { Message, RootMessage } from "../connection/message.ts";
import { type HashKey, hashKey } from "../objects/hash.ts";
import { REGISTRY, REGISTRY_REF } from "../objects/registry.ts";
import type { SignedRoot } from "../objects/root.ts";
import type { NodeContext, OpenFeed } from "./context.ts";
import { type Link, MAX_BACKLOG, MAX_PARKED, MAX_UNSENT_BYTES, PARK_MS } from "./link.ts";

const REGISTRY_KEY = hashKey(REGISTRY_REF);

/** A Root as a message. */
export const rootMessage = ({ root, encoded, signature }: SignedRoot): RootMessage => ({
  type: "Root",
  feed: root.feed,
  nonce: root.nonce,
  seq: root.seq,
  value: encoded,
  signature,
});

/** The serving side of a node. */
export class Serving {
  readonly #node: NodeContext;

  /**
   * Serves nothing yet.
   * @param node  Whose side it is.
   */
  constructor(node: NodeContext) {
    this.#node = node;
  }

  /** A request or push of a peer's, other than a Root. */
  message(link: Link, seq: number, message: Message): void {
    switch (message.type) {
      case "Sub":
        return this.#sub(link, seq, toHex(message.feed));
      case "Unsub": {
        const open = this.#node.feeds.get(toHex(message.feed));
        if (open) this.#forget(link, open);
        return;
      }
      case "RqList":
        return this.#err(link, seq, "not a public server");
      case "RqPreview":
        return this.#preview(link, seq, toHex(message.feed));
      case "RqPeers":
        return this.#err(link, seq, "not in swarm");
      case "RqObject":
        return this.#object(link, seq, hashKey(message.hash));
    }
  }

  /**
   * Shows the last Root of a feed to its readers.
   * @param only  To these alone.
   * @param but  Not to this one: it showed us.
   */
  show(open: OpenFeed, only: Iterable<Link> | undefined, but?: Link): void {
    for (const link of only ?? this.#node.links.values()) {
      if (link !== but && link.readers.has(open.feed)) this.#push(link, open);
    }
  }

  /** Bytes have left: what waited for room is served. */
  flushed(link: Link): void {
    while (this.#hasRoom(link) && link.backlog.length > 0) {
      const asked = link.backlog.shift()!;
      if ("key" in asked) this.#object(link, asked.seq, asked.key);
      else this.#preview(link, asked.seq, asked.feed);
    }
    for (const feed of link.unshown) {
      const open = this.#node.feeds.get(feed.pk);
      if (!this.#hasRoom(link)) return;
      link.unshown.delete(feed);
      if (open && link.readers.has(feed)) this.#push(link, open);
    }
  }

  /** New objects are here, or time has passed: requests that waited for either are answered. */
  unpark(link: Link): void {
    if (link.parked.length === 0) return;
    const waiting = link.parked;
    link.parked = [];
    for (const { seq, key, untilMs } of waiting) {
      const bytes = this.#find(link, key);
      // A peer may have asked for the same large one many times.
      if (bytes !== undefined && !this.#hasRoom(link)) this.#wait(link, { seq, key });
      else if (bytes !== undefined) this.#give(link, seq, key, bytes);
      else if (untilMs <= this.#node.nowMs) this.#err(link, seq, "");
      else link.parked.push({ seq, key, untilMs });
    }
  }

  /** Says who may read feeds, and cuts off readers that may not any more. */
  allow(opened: Iterable<OpenFeed>, peers: ReadonlySet<PublicKeyHex> | null): void {
    for (const open of opened) {
      open.feed.allowed = peers;
      this.#recheck(open);
    }
  }

  #recheck(open: OpenFeed): void {
    for (const link of this.#node.links.values()) {
      if (!link.readers.has(open.feed) || open.feed.mayRead(link.peer!)) continue;
      this.#forget(link, open);
      this.#node.put(link, { kind: "push", message: { type: "Unsub", feed: open.feed.key } });
    }
  }

  /** A feed is served no more. */
  close(open: OpenFeed): void {
    for (const link of this.#node.links.values()) {
      if (!link.readers.has(open.feed)) continue;
      this.#forget(link, open);
      this.#node.put(link, { kind: "push", message: { type: "Unsub", feed: open.feed.key } });
    }
  }

  #forget(link: Link, open: OpenFeed): void {
    link.readers.delete(open.feed);
    link.unshown.delete(open.feed);
    open.refreshFor.delete(link);
    if (link.served === open.feed) link.served = undefined;
  }

  #sub(link: Link, seq: number, pk: PublicKeyHex): void {
    const open = this.#node.feeds.get(pk);
    if (!this.#mayAsk(link, open)) {
      this.#node.log("info", "subscription rejected", { peer: link.peer!, feed: pk });
      if (open !== undefined) this.#node.emit({ kind: "knocked", feed: pk, peer: link.peer! });
      return this.#err(link, seq, "subscribe rejected");
    }
    if (open === undefined) return this.#err(link, seq, "do not share the feed");
    const isNew = !link.readers.has(open.feed);
    if (isNew) link.readers.set(open.feed, open.feed.number);
    this.#reply(link, seq, { type: "Ok" });
    if (isNew) this.#node.emit({ kind: "reader", feed: pk, peer: link.peer! });
    if (open.feed.last !== undefined) this.#push(link, open);
    if (open.publisher === undefined || open.publisher.head === undefined) return;
    open.refreshFor.add(link);
    open.publisher.refresh(this.#node.nowMs);
  }

  /** The rule comes before the feed: whom one list for all keeps out learns not even which feeds are here. */
  #mayAsk({ peer }: Link, open: OpenFeed | undefined): boolean {
    const { allowed } = this.#node;
    return open === undefined ? allowed === null || allowed.has(peer!) : open.feed.mayRead(peer!);
  }

  #preview(link: Link, seq: number, pk: PublicKeyHex): void {
    // A Root is seven times as long as the question.
    if (!this.#hasRoom(link)) return this.#wait(link, { seq, feed: pk });
    const open = this.#node.feeds.get(pk);
    if (!this.#mayAsk(link, open)) return this.#err(link, seq, "subscribe rejected");
    // The words of the Go node's index, not those of a Sub.
    if (open === undefined) return this.#err(link, seq, "no such feed");
    if (open.feed.last === undefined) return this.#err(link, seq, "no such head");
    open.feed.looked(this.#node.nowMs);
    this.#reply(link, seq, rootMessage(open.feed.last));
  }

  #object(link: Link, seq: number, key: HashKey): void {
    if (!this.#hasRoom(link)) return this.#wait(link, { seq, key });
    const bytes = this.#find(link, key);
    if (bytes !== undefined) return this.#give(link, seq, key, bytes);
    // An Err makes a Go node that fills close the connection: only those get one who have nothing to fill here.
    const reads = [...this.#node.feeds.values()].some(({ feed }) => feed.mayRead(link.peer!));
    if (!reads || link.parked.length >= MAX_PARKED) return this.#err(link, seq, "");
    link.parked.push({ seq, key, untilMs: this.#node.nowMs + PARK_MS });
  }

  #wait(link: Link, asked: Link["backlog"][number]): void {
    link.backlog.push(asked);
    if (link.backlog.length > MAX_BACKLOG) this.#node.end(link, unread());
  }

  #give(link: Link, seq: number, key: HashKey, bytes: Uint8Array): void {
    this.#reply(link, seq, { type: "Object", value: bytes });
    const own = this.#node.feeds.get(this.#node.pk);
    this.#node.given.give(this.#node.nowMs, own?.feed.objects.get(key)?.born);
    this.#reached(link, key);
    const path = own?.publisher?.pathOf(key);
    if (path !== undefined) this.#node.emit({ kind: "took", peer: link.peer!, path });
  }

  /**
   * A peer fills one Root of a feed at a time: who asks for an object is done with all Roots before the first one that
   * has it. Of one who reads several feeds here it is not known for which of them it asks.
   */
  #reached(link: Link, key: HashKey): void {
    if (link.readers.size !== 1) return;
    const [[feed, before]] = link.readers;
    const born = feed.objects.get(key)?.born ?? 0;
    if (born > before) link.readers.set(feed, born);
  }

  /** Bytes of the feeds that a peer may read; nothing of any other. */
  #find(link: Link, key: HashKey): Uint8Array | undefined {
    const { feeds } = this.#node;
    if (key === REGISTRY_KEY) return feeds.size > 0 && this.#readsAny(link) ? REGISTRY : undefined;
    if (link.served?.mayRead(link.peer!)) {
      const bytes = link.served.bytesOf(key);
      if (bytes !== undefined) return bytes;
    }
    for (const { feed } of feeds.values()) {
      if (!feed.mayRead(link.peer!)) continue;
      const bytes = feed.bytesOf(key);
      if (bytes === undefined) continue;
      link.served = feed;
      return bytes;
    }
    return undefined;
  }

  #readsAny(link: Link): boolean {
    for (const { feed } of this.#node.feeds.values()) if (feed.mayRead(link.peer!)) return true;
    return false;
  }

  #push(link: Link, open: OpenFeed): void {
    if (!this.#hasRoom(link)) {
      link.unshown.add(open.feed); // the newest one, once it reads again
      return;
    }
    this.#node.put(link, { kind: "push", message: rootMessage(open.feed.last!) });
  }

  #hasRoom(link: Link): boolean {
    return link.unsentBytes < (this.#node.options.maxUnsentBytes ?? MAX_UNSENT_BYTES);
  }

  #err(link: Link, to: number, text: string): void {
    this.#reply(link, to, { type: "Err", text });
  }

  #reply(link: Link, to: number, message: Message): void {
    this.#node.put(link, { kind: "reply", to, message });
  }
}

const unread = (): Error =>
  new ProtocolError("CXO peer asks and does not read the answers", {
    by: "peer",
    code: "flood",
    ends: "stream",
  });

/** The error of a connection that a newer one of the same peer replaced. */
export const replaced = (): NetworkError =>
  new NetworkError("CXO connection was replaced by a newer one of the same peer", {
    retry: true,
    reason: "closed",
  });
