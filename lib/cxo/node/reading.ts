/**
 * What a node reads at its peers: Subs, the Roots that come, and the fills that follow from them.
 *
 * @see specification cxo §5, §9.3 – §9.5; lib/cxo/README.md "Reading"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { toHex } from "../../wire/bytes.ts";
import { ProtocolError } from "../../wire/errors.ts";
import type { Message, RootMessage } from "../connection/message.ts";
import { TreeBuilder } from "../feed/builder.ts";
import { changesOf, type Leaf } from "../feed/diff.ts";
import { topKeyOf } from "../feed/feed.ts";
import type { Kept } from "../feed/kept.ts";
import { type HashKey, hashKey, hashOfKey, nameOf } from "../objects/hash.ts";
import { REGISTRY, REGISTRY_REF } from "../objects/registry.ts";
import type { SignedRoot } from "../objects/root.ts";
import type { NodeContext, OpenFeed } from "./context.ts";
import { type Link, MAX_BAD_ROOTS, MAX_RESUB_MS, RESUB_MS, ROOT_PAUSE_MS } from "./link.ts";
import { rootMessage, type Serving } from "./serving.ts";
import { type Source, verifiedRoot } from "./subscriber.ts";

/** The reading side of a node. */
export class Reading {
  readonly #node: NodeContext;
  readonly #serving: Serving;

  /**
   * Reads nothing yet.
   * @param serving  Shows what was read to those who read here.
   */
  constructor(node: NodeContext, serving: Serving) {
    this.#node = node;
    this.#serving = serving;
  }

  /** A connection is open: everything that is followed at this peer is subscribed to. */
  connected(link: Link): void {
    for (const open of this.#node.feeds.values()) if (open.peers.has(link.peer!)) this.subscribe(link, open);
  }

  /** Sends a Sub, unless there is one. */
  subscribe(link: Link, open: OpenFeed): void {
    const { pk, key } = open.feed;
    if (link.subscriptions.has(pk)) return;
    // Before the Sub leaves: its Root may be read before the Ok.
    link.subscriptions.set(pk, { asking: false, againMs: this.#node.nowMs + RESUB_MS, everyMs: RESUB_MS });
    this.#sub(link, open, key);
  }

  /** Ends a subscription. */
  unsubscribe(link: Link, open: OpenFeed): void {
    if (!link.subscriptions.delete(open.feed.pk)) return;
    link.heldRoots.delete(open.feed.pk);
    this.#drop(link, open);
    this.#node.put(link, { kind: "push", message: { type: "Unsub", feed: open.feed.key } });
  }

  /** A connection has ended. */
  ended(link: Link): void {
    for (const open of this.#node.feeds.values()) this.#drop(link, open);
  }

  /** Repeats Subs after which nothing came, and looks at Roots that came too fast. */
  tick(link: Link): void {
    for (const [pk, subscription] of link.subscriptions) {
      const open = this.#node.feeds.get(pk);
      if (open === undefined || subscription.asking || subscription.againMs > this.#node.nowMs) continue;
      subscription.everyMs = Math.min(MAX_RESUB_MS, 2 * subscription.everyMs);
      subscription.againMs = this.#node.nowMs + subscription.everyMs;
      this.#sub(link, open, open.feed.key);
    }
    for (const held of link.heldRoots.values()) {
      const { message } = held;
      if (message === undefined || held.atMs > this.#node.nowMs) continue;
      held.message = undefined;
      this.root(link, message);
    }
  }

  /** A peer shows a Root. */
  root(link: Link, message: RootMessage): void {
    const pk = toHex(message.feed);
    const open = this.#node.feeds.get(pk);
    if (open === undefined || (open.publisher === undefined && open.peers.size === 0)) return;
    const isNews = open.publisher?.isNews(message.nonce, message.seq, message.value) ??
      open.filler.isNews(message.nonce, message.seq);
    if (!isNews || this.#isTooSoon(link, pk, message)) return;
    let signed: SignedRoot;
    try {
      signed = verifiedRoot(message, this.#node.options.scheme);
    } catch (error) {
      return this.#bad(link, open, error);
    }
    if (open.publisher?.echoed(signed, this.#node.nowMs) === false) return;
    if (open.publisher) {
      this.#node.emit({ kind: "echoed", peer: link.peer!, root: signed });
      this.#node.log("info", "a newer Root of our own feed came back", { seq: String(signed.root.seq) });
    }
    const subscription = link.subscriptions.get(pk);
    if (subscription) {
      subscription.everyMs = RESUB_MS;
      subscription.againMs = this.#node.nowMs + RESUB_MS;
    }
    const verdict = open.filler.offer(signed, this.#source(link, open), open.publisher !== undefined);
    if (verdict.kind === "filling") this.#pump(open, link);
    if (verdict.kind === "bad") this.#rejected(open, verdict.reason);
  }

  /** A Root as it was kept, and its leaves: the tree is made again from them, as far as it is theirs. */
  load(message: RootMessage, leaves: Iterable<Leaf>): void {
    const open = this.#node.feeds.get(toHex(message.feed));
    if (open === undefined || open.publisher !== undefined) return;
    const made = new Map<HashKey, Uint8Array>([[hashKey(REGISTRY_REF), REGISTRY]]);
    const tree = new TreeBuilder();
    for (const { path, value } of leaves) tree.put(path, value);
    tree.build(({ key, bytes }) => void made.set(key, bytes));
    const { objects } = open.feed;
    const missing: Kept[] = [];
    const kept: Source = {
      waiting: 0,
      ask: (object) => {
        const bytes = made.get(object.key);
        if (bytes === undefined) missing.push(object);
        else objects.supply(object, bytes);
      },
    };
    try {
      if (open.filler.offer(verifiedRoot(message, this.#node.options.scheme), kept).kind !== "filling") {
        return;
      }
    } catch (error) {
      return this.#unfillable(open, error);
    }
    this.#pump(open);
    open.filler.drop(kept);
    for (const object of missing) open.filler.putBack(object);
  }

  #sub(link: Link, open: OpenFeed, feed: Uint8Array): void {
    const { pk } = open.feed;
    const subscription = link.subscriptions.get(pk)!;
    subscription.asking = true;
    link.send({ type: "Sub", feed }, (answer) => {
      subscription.asking = false;
      if (link.subscriptions.get(pk) !== subscription || answer === undefined) return;
      if (answer.type === "Ok") {
        this.#node.emit({ kind: "subscribed", feed: pk, peer: link.peer! });
        // An owner that lost its state goes on from what its readers have.
        if (open.feed.last) this.#node.put(link, { kind: "push", message: rootMessage(open.feed.last) });
        return;
      }
      const reason = answer.type === "Err" ? answer.text : `answered Sub with ${answer.type}`;
      this.#node.emit({ kind: "refused", feed: pk, peer: link.peer!, reason });
    });
  }

  /** Whether a Root comes too soon after another one; then the newest waits. */
  #isTooSoon(link: Link, pk: PublicKeyHex, message: RootMessage): boolean {
    const held = link.heldRoots.get(pk);
    if (held === undefined || held.atMs <= this.#node.nowMs) {
      link.heldRoots.set(pk, { message: undefined, atMs: this.#node.nowMs + ROOT_PAUSE_MS });
      return false;
    }
    const { feed, value, signature } = message;
    if (held.message === undefined || message.seq >= held.message.seq) {
      held.message = { ...message, feed: feed.slice(), value: value.slice(), signature: signature.slice() };
    }
    this.#node.wakeAt(held.atMs);
    return true;
  }

  #bad(link: Link, open: OpenFeed, error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.#node.log("warn", error.message, { peer: link.peer!, feed: open.feed.pk });
    if (++link.badRoots >= MAX_BAD_ROOTS) this.#node.end(link, error);
  }

  #source(link: Link, open: OpenFeed): Source {
    const known = link.sources.get(open.feed);
    if (known !== undefined) return known;
    const source: Source = {
      get waiting() {
        return link.connection.waiting;
      },
      ask: (object) => this.#fetch(link, open, object),
    };
    link.sources.set(open.feed, source);
    return source;
  }

  #fetch(link: Link, open: OpenFeed, object: Kept): void {
    link.send(
      { type: "RqObject", hash: hashOfKey(object.key) },
      (answer) => this.#fetched(link, open, object, answer),
    );
  }

  #fetched(link: Link, open: OpenFeed, object: Kept, answer: Message | undefined): void {
    if (answer?.type !== "Object" || hashKey(nameOf(answer.value)) !== object.key) {
      this.#drop(link, open);
      open.filler.putBack(object);
      if (answer?.type === "Object") this.#node.end(link, wrongObject());
      return this.#pump(open);
    }
    try {
      open.filler.supply(object, answer.value);
    } catch (error) {
      return this.#unfillable(open, error);
    }
    this.#pump(open, link);
  }

  #drop(link: Link, open: OpenFeed): void {
    const source = link.sources.get(open.feed);
    if (source === undefined) return;
    link.sources.delete(open.feed);
    open.filler.drop(source);
  }

  #pump(open: OpenFeed, from?: Link): void {
    let signed: SignedRoot | undefined;
    try {
      signed = open.filler.pump();
    } catch (error) {
      return this.#unfillable(open, error);
    }
    if (signed !== undefined) this.#filled(open, signed, from);
  }

  #filled(open: OpenFeed, signed: SignedRoot, from: Link | undefined): void {
    const { feed, publisher } = open;
    const before = feed.last;
    feed.advance(signed, this.#node.nowMs);
    if (publisher) {
      const changes = publisher.restored(signed, this.#node.nowMs);
      this.#node.emit({ kind: "restored", root: signed, changes });
    } else {
      const changes = changesOf(feed.objects, before && topKeyOf(before), topKeyOf(signed));
      this.#node.emit({ kind: "filled", feed: feed.pk, root: signed, changes });
      this.#serving.show(open, undefined, from);
    }
    for (const link of this.#node.links.values()) this.#serving.unpark(link);
  }

  #unfillable(open: OpenFeed, error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error;
    this.#rejected(open, error.message);
  }

  #rejected(open: OpenFeed, reason: string): void {
    this.#node.log("warn", "a Root can't be used", { feed: open.feed.pk, reason });
    if (open.publisher) open.publisher.unrestored(this.#node.nowMs);
    else this.#node.emit({ kind: "rejected", feed: open.feed.pk, reason });
  }
}

const wrongObject = (): ProtocolError =>
  new ProtocolError("CXO peer sent an object of another name than was asked for", {
    by: "peer",
    code: "wrong object",
    ends: "stream",
  });
