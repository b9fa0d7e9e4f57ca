/**
 * A node: all feeds over all connections. One open connection for each peer, several feeds on it, both directions.
 *
 * @see specification cxo §9, §10; lib/cxo/README.md "Node"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import type { LogFields, LogLevel } from "../../sys/log.ts";
import { toHex } from "../../wire/bytes.ts";
import type { Machine } from "../../wire/machine.ts";
import { Connection, type ConnectionIn } from "../connection/connection.ts";
import type { Message } from "../connection/message.ts";
import { FEED_LIMITS } from "../feed/objects_kept.ts";
import type { NodeContext, OpenFeed } from "./context.ts";
import { Given } from "./given.ts";
import { Link } from "./link.ts";
import { full, MAX_HANDSHAKES, Meeting, overstayed } from "./meeting.ts";
import { openFeed } from "./opening.ts";
import { Owning } from "./owning.ts";
import { Reading } from "./reading.ts";
import { replaced, Serving } from "./serving.ts";
import type { ConnId, NodeIn, NodeOptions, NodeOut } from "./types.ts";

/** How often connections and old Roots are looked after. */
const SWEEP_MS = 1000;

/** The protocol core. */
export class CxoNode implements Machine<NodeIn, NodeOut>, NodeContext {
  /** What it is made of. @see NodeContext.options */
  readonly options: NodeOptions;
  /** Our own key. @see NodeContext.pk */
  readonly pk: PublicKeyHex;
  /** Open feeds by key. @see NodeContext.feeds */
  readonly feeds: Map<PublicKeyHex, OpenFeed> = new Map();
  /** All connections. @see NodeContext.links */
  readonly links: Map<ConnId, Link> = new Map();
  /** The one open connection of each peer. @see NodeContext.byPeer */
  readonly byPeer: Map<PublicKeyHex, Link> = new Map();
  /** Who may read a feed by default. @see NodeContext.allowed */
  allowed: ReadonlySet<PublicKeyHex> | null = null;
  /** The time of the current input. @see NodeContext.nowMs */
  nowMs = 0;
  /** When peers were last given something. @see NodeContext.given */
  readonly given: Given = new Given();
  readonly #meeting: Meeting;
  readonly #serving: Serving;
  readonly #reading: Reading;
  readonly #owning: Owning;
  #sweepMs: number | undefined;
  #wakeMs = Infinity;
  #out: NodeOut[] = [];

  /** No feeds, no connections. */
  constructor(options: NodeOptions) {
    this.options = options;
    this.pk = toHex(options.id);
    this.#meeting = new Meeting(this);
    this.#serving = new Serving(this);
    this.#reading = new Reading(this, this.#serving);
    this.#owning = new Owning(this, this.#serving);
  }

  /** When a tick is wanted. @see Machine.deadlineMs */
  get deadlineMs(): number | undefined {
    const at = Math.min(
      this.#owning.deadlineMs ?? Infinity,
      this.#meeting.dialling.deadlineMs ?? Infinity,
      this.#sweepMs ?? Infinity,
      this.#wakeMs,
    );
    return at === Infinity ? undefined : at;
  }

  /**
   * Takes one input and returns everything that follows. @see Machine.handle
   * @throws {RangeError} A mistake of the caller's: a path that no tree can hold, a feed that is not open. Bytes
   *   never throw.
   */
  handle(input: NodeIn, nowMs: number): NodeOut[] {
    this.#out = [];
    this.nowMs = nowMs;
    this.#input(input);
    this.#work();
    return this.#out;
  }

  /** Adds an output. @see NodeContext.emit */
  emit(out: NodeOut): void {
    this.#out.push(out);
  }

  /** Emits a log line. @see NodeContext.log */
  log(level: LogLevel, sentence: string, fields: LogFields = {}): void {
    this.emit({ kind: "log", level, sentence, fields });
  }

  /** Asks for a tick at a time. @see NodeContext.wakeAt */
  wakeAt(atMs: number): void {
    this.#wakeMs = Math.min(this.#wakeMs, atMs);
  }

  #input(input: NodeIn): void {
    switch (input.kind) {
      case "open":
        return this.#open(input);
      case "bytes":
      case "eof": {
        const link = this.links.get(input.conn);
        if (link) this.put(link, input);
        while (link?.connection.hasMore) this.put(link, { kind: "more" });
        return;
      }
      case "flushed": {
        const link = this.links.get(input.conn);
        if (link === undefined) return;
        link.unsentBytes = Math.max(0, link.unsentBytes - input.bytes);
        return this.#serving.flushed(link);
      }
      case "dialFailed":
        return this.#meeting.dialling.failed(input.peer, this.nowMs);
      case "tick":
        return;
      case "own":
        if (this.feeds.has(this.pk)) throw new RangeError("our own feed is open already");
        return this.#owning.open(openFeed(this, this.pk), input);
      case "put":
        return this.#owning.publisher.put(input.path, input.value, this.nowMs);
      case "prune":
        return void this.#owning.publisher.prune(input.path, this.nowMs);
      case "publish":
        return this.#owning.publisher.flush(this.nowMs);
      case "committed":
        return this.#owning.committed();
      case "follow":
        return this.#follow(input.feed, input.peers);
      case "unfollow":
        return this.#unfollow(input.feed);
      case "allow": {
        const allowed = input.peers === null ? null : new Set(input.peers);
        if (input.feed === undefined) this.allowed = allowed;
        const opened = input.feed === undefined ? this.feeds.values() : [this.#feed(input.feed)];
        return this.#serving.allow(opened, allowed);
      }
      case "load":
        return this.#reading.load(input.root, input.leaves);
      case "close":
        for (const link of [...this.links.values()]) this.end(link);
    }
  }

  /** What is due by now, whatever came in. */
  #work(): void {
    if (this.#wakeMs <= this.nowMs) {
      this.#wakeMs = Infinity;
      for (const link of this.links.values()) this.#reading.tick(link);
    }
    if (this.#sweepMs !== undefined && this.#sweepMs <= this.nowMs) this.#sweep();
    this.#owning.publish();
    this.#meeting.work();
    const isIdle = this.links.size === 0 && this.feeds.size === 0;
    this.#sweepMs = isIdle ? undefined : this.#sweepMs ?? this.nowMs + SWEEP_MS;
  }

  #sweep(): void {
    this.#sweepMs = this.nowMs + SWEEP_MS;
    for (const { feed } of this.feeds.values()) {
      let oldest = Infinity;
      for (const { readers } of this.links.values()) oldest = Math.min(oldest, readers.get(feed) ?? Infinity);
      feed.expire(this.nowMs, oldest);
    }
    for (const link of this.#meeting.overstaying()) this.end(link, overstayed());
    for (const link of [...this.links.values()]) {
      if ((link.connection.deadlineMs ?? Infinity) <= this.nowMs) this.put(link, { kind: "tick" });
      if (!link.connection.isOpen) continue;
      this.#reading.tick(link);
      this.#serving.unpark(link);
    }
  }

  #feed(pk: PublicKeyHex): OpenFeed {
    const open = this.feeds.get(pk);
    if (open === undefined) throw new RangeError(`feed ${pk} is not open`);
    return open;
  }

  #follow(pk: PublicKeyHex, peers: readonly PublicKeyHex[]): void {
    if (pk === this.pk) throw new RangeError("our own feed is not followed");
    const open = this.feeds.get(pk) ?? openFeed(this, pk);
    const gone = [...open.peers].filter((peer) => !peers.includes(peer));
    open.peers.clear();
    for (const peer of peers) if (peer !== this.pk) open.peers.add(peer);
    for (const peer of gone) this.#unwant(peer, open);
    for (const peer of open.peers) {
      const link = this.byPeer.get(peer);
      this.#meeting.dialling.want(peer, link !== undefined, this.nowMs);
      if (link) this.#reading.subscribe(link, open);
    }
  }

  #unfollow(pk: PublicKeyHex): void {
    const open = this.feeds.get(pk);
    if (open === undefined || open.publisher !== undefined) return;
    const peers = [...open.peers];
    open.peers.clear();
    for (const peer of peers) this.#unwant(peer, open);
    this.#serving.close(open);
    open.filler.cancel();
    this.feeds.delete(pk);
  }

  /** A feed is not followed at a peer any more; a connection that serves nothing else is not dialled again. */
  #unwant(peer: PublicKeyHex, open: OpenFeed): void {
    const link = this.byPeer.get(peer);
    if (link) this.#reading.unsubscribe(link, open);
    if ([...this.feeds.values()].some(({ peers }) => peers.has(peer))) return;
    this.#meeting.unwant(peer);
  }

  #open({ conn, peer, dialled }: NodeIn & { kind: "open" }): void {
    if (this.links.has(conn)) throw new RangeError(`connection ${conn} is open already`);
    if (dialled && peer !== undefined && !this.#meeting.dialling.isDialling(peer)) {
      return this.emit({ kind: "close", conn }); // given up meanwhile
    }
    if (this.links.size - this.byPeer.size >= MAX_HANDSHAKES) {
      return this.emit({ kind: "close", conn, error: full() });
    }
    const connection: Connection = new Connection({
      dialled,
      id: this.options.id,
      nowMs: this.nowMs,
      maxObjectBytes: this.options.limits?.maxObjectBytes ?? FEED_LIMITS.maxObjectBytes,
      admit: (id) => this.#meeting.admit(link, id),
    });
    const link: Link = new Link({ conn, connection, dialled, proved: peer, nowMs: this.nowMs });
    link.request = (ref, message) => this.put(link, { kind: "request", ref, message });
    this.links.set(conn, link);
    this.put(link, { kind: "tick" }); // writes the Syn
  }

  /** Gives a connection an input and does what follows. @see NodeContext.put */
  put(link: Link, input: ConnectionIn): void {
    for (const out of link.connection.handle(input, this.nowMs)) {
      switch (out.kind) {
        case "write":
          link.unsentBytes += out.bytes.length;
          this.emit({ kind: "write", conn: link.conn, bytes: out.bytes });
          break;
        case "ready":
          this.#ready(link, toHex(out.id));
          break;
        case "message":
          if (this.links.has(link.conn)) this.#message(link, out.seq, out.message);
          break;
        case "answer":
          link.take(out.ref)?.(out.message);
          break;
        case "ended":
          this.#ended(link, out.error);
          break;
        case "close":
          this.emit({ kind: "close", conn: link.conn, ...(out.error ? { error: out.error } : {}) });
      }
    }
  }

  /** Ends a connection. @see NodeContext.end */
  end(link: Link, error?: Error): void {
    if (error) this.log("warn", error.message, { peer: link.peer ?? link.proved ?? "unknown" });
    this.put(link, { kind: "close" });
  }

  #message(link: Link, seq: number, message: Message): void {
    if (message.type === "Root") this.#reading.root(link, message);
    else this.#serving.message(link, seq, message);
  }

  #ready(link: Link, pk: PublicKeyHex): void {
    const before = this.byPeer.get(pk);
    link.peer = pk;
    this.byPeer.set(pk, link);
    this.#meeting.dialling.connected(pk);
    if (before) this.end(before, replaced());
    this.emit({ kind: "connected", peer: pk });
    this.#reading.connected(link);
  }

  #ended(link: Link, error: Error | undefined): void {
    this.links.delete(link.conn);
    this.#reading.ended(link);
    for (const open of this.feeds.values()) open.refreshFor.delete(link);
    if (link.peer === undefined) {
      if (link.dialled && link.proved) this.#meeting.dialling.failed(link.proved, this.nowMs);
      return;
    }
    if (this.byPeer.get(link.peer) !== link) return;
    this.byPeer.delete(link.peer);
    this.#meeting.dialling.pause(link.peer, this.nowMs);
    this.emit({ kind: "disconnected", peer: link.peer, ...(error ? { error } : {}) });
  }
}
