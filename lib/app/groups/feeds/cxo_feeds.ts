/**
 * A group's feeds over CXO on dmsg streams: one node for each group, on the group's port.
 *
 * @see lib/cxo/README.md; specification skychat §b.4
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../../crypto/keys.ts";
import type { FeedChange } from "../../../cxo/feed/change.ts";
import { leavesOf } from "../../../cxo/feed/diff.ts";
import { topKeyOf } from "../../../cxo/feed/feed.ts";
import { CxoHost } from "../../../cxo/node/host.ts";
import { CxoNode } from "../../../cxo/node/node.ts";
import type { NodeOut } from "../../../cxo/node/types.ts";
import { curveScheme } from "../../../cxo/objects/root.ts";
import type { Clock } from "../../../sys/clock.ts";
import type { Random } from "../../../sys/random.ts";
import type { KeptHead } from "../room/kept_groups.ts";
import { Delivery } from "./delivery.ts";
import type { CarriedFeed, FeedEvents, FeedNode, FeedState } from "./feed_node.ts";
import { FeedReaders } from "./feed_readers.ts";
import type { GroupNetwork } from "./group_network.ts";

/** Changes that come together become one Root. */
const BATCH_MS = 50;
/** Who would not let us read its feed is asked again: it may not know yet that we are in. A disk is, too. */
const AGAIN_MS = [1_000, 3_000, 10_000, 30_000];

/** What feeds are made of. */
export interface CxoFeedsOptions {
  /** Us. */
  readonly own: KeyPair;
  /** Carries streams. */
  readonly network: GroupNetwork;
  /** Whether peers can reach us: listens on the group's port. */
  readonly resident: boolean;
  /** Time. */
  readonly clock: Clock;
  /** Waits before dialling. */
  readonly random: Random;
}

/** Makes the carrier of each group or pair. */
export const cxoFeeds =
  (options: CxoFeedsOptions): (events: FeedEvents, kept: CarriedFeed) => FeedNode => (events, kept) =>
    new CxoFeeds(options, events, kept);

class CxoFeeds implements FeedNode {
  readonly #options: CxoFeedsOptions;
  readonly #events: FeedEvents;
  readonly #node: CxoNode;
  readonly #host: CxoHost;
  readonly #followed = new Set<PublicKeyHex>();
  readonly #connected = new Set<PublicKeyHex>();
  /** Who was reached, or could not be. */
  readonly #tried = new Set<PublicKeyHex>();
  readonly #heardNs = new Map<PublicKeyHex, bigint>();
  readonly #readMs = new Map<PublicKeyHex, number>();
  readonly #listener: { close(): void } | undefined;
  readonly #refusals = new Map<PublicKeyHex, number>();
  readonly #again = new Map<PublicKeyHex, () => void>();
  readonly #delivery: Delivery;
  readonly #readers: FeedReaders;
  #holders: readonly PublicKeyHex[] = [];
  /** Feeds that are asked for at their owners. */
  #wanted: readonly PublicKeyHex[] = [];
  /** Feeds that are asked for at holders alone. */
  #held: readonly PublicKeyHex[] = [];
  #cancelKeeping: (() => void) | undefined;
  #isClosed = false;

  constructor(options: CxoFeedsOptions, events: FeedEvents, { port, head, leaves }: CarriedFeed) {
    const { own, network, clock, random } = options;
    [this.#options, this.#events] = [options, events];
    const scheme = curveScheme(own.secret);
    this.#node = new CxoNode({ id: own.public, scheme, wallNs: () => clock.wallNs(), random });
    this.#delivery = new Delivery(clock, this.#node.given);
    this.#host = new CxoHost({
      node: this.#node,
      clock,
      dial: (pk, signal) =>
        network.dial({ pk, port }, signal).catch((error) => {
          this.#tried.add(pk);
          throw error;
        }),
      onEvent: (event) => this.#event(event),
    });
    this.#host.put({
      kind: "own",
      ...(head.timeNs === 0n ? {} : { head }),
      leaves: [...leaves].map(([path, value]) => ({ path, value })),
      batchMs: BATCH_MS,
      durable: true,
    });
    this.#readers = new FeedReaders({
      clock,
      let: (peers) => this.#isClosed || this.#host.put({ kind: "allow", peers }),
      parted: (peers) => events.parted(peers),
    });
    // Until the roster is known nobody is let in; who may read is said with the first input. It is one list for all feeds
    // that are here: what others say in a private group is nobody else's to read at us.
    this.#host.put({ kind: "allow", peers: [] });
    if (options.resident) this.#listener = this.#listen(port);
  }

  publish(changes: readonly FeedChange[]): void {
    for (const change of changes) {
      if (change.kind === "put") this.#delivery.put(change.path);
      this.#host.put(change.kind === "put" ? change : { kind: "prune", path: change.path });
    }
  }

  follow(feeds: readonly PublicKeyHex[]): void {
    const before = this.#wanted;
    this.#wanted = feeds;
    this.#followAll();
    // What was asked for at holders alone, or is from now on, has its owner beside them, or no more.
    const moved = this.#held.filter((feed) => before.includes(feed) !== feeds.includes(feed));
    for (const feed of moved) this.#follow(feed);
  }

  also(holders: readonly PublicKeyHex[], feeds: readonly PublicKeyHex[] = []): void {
    [this.#holders, this.#held] = [holders, feeds];
    this.#followAll();
    for (const feed of this.#followed) this.#follow(feed);
    this.#readers.also(holders);
  }

  #followAll(): void {
    const feeds = [...this.#wanted, ...this.#held];
    for (const feed of [...this.#followed]) {
      if (feeds.includes(feed)) continue;
      this.#followed.delete(feed);
      this.#again.get(feed)?.();
      this.#host.put({ kind: "unfollow", feed });
    }
    for (const feed of feeds) {
      if (this.#followed.has(feed)) continue;
      this.#followed.add(feed);
      this.#follow(feed);
    }
  }

  #follow(feed: PublicKeyHex): void {
    const owner = this.#wanted.includes(feed) ? [feed] : [];
    this.#host.put({ kind: "follow", feed, peers: [...owner, ...this.#holders] });
  }

  allow(readers: readonly PublicKeyHex[] | undefined, leaving: readonly PublicKeyHex[] = []): void {
    this.#readers.allow(readers, leaving);
  }

  reread(): void {
    for (const pk of this.#followed) {
      const feed = this.#node.feeds.get(pk)?.feed;
      const top = feed?.last && topKeyOf(feed.last);
      if (feed !== undefined && top !== undefined) this.#leaves(pk, [...leavesOf(feed.objects, top)]);
    }
  }

  state(feed: PublicKeyHex): FeedState | undefined {
    const isKnown = this.#followed.has(feed) || this.#connected.has(feed) || this.#holders.includes(feed);
    if (!isKnown) return undefined;
    const isDialed = this.#wanted.includes(feed) || this.#holders.includes(feed) && this.#followed.size > 0;
    return {
      connected: this.#connected.has(feed),
      reaching: isDialed && !this.#tried.has(feed),
      heardNs: this.#heardNs.get(feed),
      readMs: this.#readMs.get(feed),
    };
  }

  get servedMs(): number | undefined {
    return this.#connected.size > 0 ? this.#delivery.servedMs : undefined;
  }

  untilNow(): () => void {
    return this.#delivery.untilNow(this.#node.feeds.get(this.#node.pk)?.feed.number ?? 0);
  }

  delivered(timeoutMs: number, by?: PublicKeyHex): Promise<boolean> {
    return this.#delivery.next(timeoutMs, by);
  }

  async parting(timeoutMs: number): Promise<void> {
    if (this.#connected.size > 0) await this.#delivery.all(timeoutMs);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelKeeping?.();
    for (const cancel of this.#again.values()) cancel();
    for (const part of [this.#readers, this.#delivery, this.#listener, this.#host]) part?.close();
    return Promise.resolve();
  }

  #listen(port: number): { close(): void } | undefined {
    try {
      const listener = this.#options.network.listen(port);
      const take = async (): Promise<void> => {
        for (let stream = await listener.accept(); stream !== null; stream = await listener.accept()) {
          this.#host.accept(stream, stream.remote.pk).catch(() => {}); // its end is an event of the node
        }
      };
      take().catch((error) => this.#isClosed || this.#events.problem(error));
      return listener;
    } catch (cause) {
      this.#events.problem(new Error(`nobody can read our feed: port ${port} is taken here`, { cause }));
      return undefined;
    }
  }

  #event(event: NodeOut): void {
    if (this.#isClosed) return;
    const nowNs = this.#options.clock.wallNs();
    switch (event.kind) {
      case "connected":
        for (const known of [this.#connected, this.#tried]) known.add(event.peer);
        this.#delivery.came();
        this.#heardNs.set(event.peer, nowNs);
        break;
      case "disconnected":
        this.#connected.delete(event.peer);
        break;
      case "reader":
        this.#delivery.came();
        if (event.feed === this.#options.own.pk) this.#events.read?.(event.peer);
        break;
      case "knocked":
        if (event.feed === this.#options.own.pk) this.#events.knocked?.(event.peer);
        break;
      case "commit":
        this.#keepHead(event.head, 0);
        break;
      case "subscribed":
        this.#refusals.delete(event.feed);
        break;
      case "refused":
        // A holder is asked again by the node; what its owner says counts for all that is here.
        if (event.peer !== event.feed) break;
        this.#askAgain(event.feed);
        this.#events.refused?.(event.feed);
        break;
      case "filled":
        this.#heardNs.set(event.feed, nowNs);
        this.#readMs.set(event.feed, this.#options.clock.nowMs());
        this.#leaves(event.feed, event.changes);
        this.#events.filled?.(event.feed);
        break;
      case "restored":
        this.#leaves(this.#options.own.pk, event.changes);
        break;
      case "took":
        if (this.#holders.includes(event.peer)) this.#heardNs.set(event.peer, nowNs);
        this.#delivery.took(event.path, event.peer);
        this.#events.fetched(event.peer, event.path);
        break;
      case "rejected":
        this.#events.problem(
          new Error(`the feed of ${event.feed.slice(0, 8)} can't be used: ${event.reason}`),
        );
    }
  }

  /** What went is no retraction: only a tombstone is. Values are views of what the node keeps. */
  #leaves(
    feed: PublicKeyHex,
    changes: readonly { kind?: string; path: string; value: Uint8Array | null }[],
  ): void {
    const leaves = changes.flatMap(({ kind, path, value }) =>
      kind === "removed" || value === null ? [] : [{ path, value: value.slice() }]
    );
    if (leaves.length > 0) this.#events.leaves(feed, leaves);
  }

  /** Until it is kept nothing of ours is shown to anybody: it is tried again for as long as that fails. */
  #keepHead(head: KeptHead, failures: number): void {
    this.#events.head(head).then(
      () => this.#isClosed || this.#host.put({ kind: "committed" }),
      (error) => {
        if (this.#isClosed) return;
        this.#events.problem(error);
        const waitMs = AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)];
        this.#cancelKeeping = this.#options.clock.after(waitMs, () => this.#keepHead(head, failures + 1));
      },
    );
  }

  #askAgain(feed: PublicKeyHex): void {
    const refusals = this.#refusals.get(feed) ?? 0;
    this.#refusals.set(feed, refusals + 1);
    this.#again.get(feed)?.();
    const cancel = this.#options.clock.after(AGAIN_MS[Math.min(refusals, AGAIN_MS.length - 1)], () => {
      this.#again.delete(feed);
      if (this.#isClosed || !this.#followed.has(feed)) return;
      this.#host.put({ kind: "unfollow", feed });
      this.#follow(feed);
    });
    this.#again.set(feed, cancel);
  }
}
