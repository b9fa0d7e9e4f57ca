/**
 * A pair that is open: engine, feed and store; one input after the other.
 *
 * What follows from an input is one commit; only then our feed's next Root is made. A new epoch secret is kept before
 * it, one that is due is erased behind it.
 *
 * @see lib/app/README.md "Pairs"
 * @module
 */
import { partsOf } from "./pair_backup.ts";
import type { PairPart } from "./pairs.ts";
import { rekeyedChanges } from "./rekeyed.ts";
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import { PairEngine } from "../../pair/engine.ts";
import { readingOrder } from "../../pair/opening.ts";
import type { FeedChange, FeedLeaf, PairIn, PairMessage, PairOut } from "../../pair/pair_types.ts";
import type { PairRecord } from "../../pair/record.ts";
import type { Change, Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import type { CarriedFeed, FeedEvents, FeedNode } from "../groups/feed_node.ts";
import { keepPair, keepPairHead, keepPairLeaf, type KeptPair, pairEvent } from "./kept_pairs.ts";

/** Generations that are over, and secrets that are due. */
const TICK_MS = 30_000;
/** A commit holds some 900 rows, and a message takes up to 12. */
const LEAVES_AT_ONCE = 48;

/** What a room is made of. */
export interface PairRoomOptions {
  /** Us. */
  readonly own: KeyPair;
  /** As it was kept. */
  readonly kept: KeptPair;
  /** Our secrets, by generation. */
  readonly secrets: ReadonlyMap<bigint, Uint8Array>;
  /** Keeps them. */
  readonly keepSecrets: (secrets: ReadonlyMap<bigint, Uint8Array>) => Promise<void>;
  /** Keeps all else. */
  readonly store: Store;
  /** Time. */
  readonly clock: Clock;
  /** Keys and nonces. */
  readonly random: Random;
  /** Makes the carrier; undefined where there is no network. */
  readonly carry: ((events: FeedEvents, kept: CarriedFeed) => FeedNode) | undefined;
  /** Told when something went wrong beside a call. */
  readonly onProblem: (error: Error) => void;
  /** Whether nothing of the peer's is taken. */
  readonly isBlocked: () => Promise<boolean>;
}

/** What became of an input. */
export interface PairResult {
  /** All that followed. */
  readonly outs: readonly PairOut[];
  /** Positions of messages that were kept, by direction and id. */
  readonly positions: ReadonlyMap<string, number>;
}

/** One open pair. */
export class PairRoom {
  /** The carrier, where there is a network. */
  readonly feeds: FeedNode | undefined;
  readonly #options: PairRoomOptions;
  readonly #engine: PairEngine;
  readonly #onRead = new Set<() => void>();
  readonly #onAllRead = new Set<() => void>();
  readonly #onFetched = new Map<string, (by: PublicKeyHex) => void>();
  #wasRead = false;
  #queue: Promise<unknown> = Promise.resolve();
  #cancelTick: (() => void) | undefined;
  #isClosed = false;

  /** Begins to carry its feeds. */
  constructor(options: PairRoomOptions) {
    const { own, kept: { record, head, leaves }, secrets, random, carry, onProblem } = options;
    this.#options = options;
    this.#engine = new PairEngine({ own, record, leaves, secrets, random });
    this.feeds = carry?.({
      leaves: (_feed, leaves) =>
        void this.#heard(leaves).catch((error) => this.#isClosed || onProblem(error)),
      filled: () => this.#filled(),
      fetched: (reader, path) => this.#onFetched.get(path)?.(reader),
      head: async (head) => void await options.store.commit([keepPairHead(record.peer, head)]),
      parted: () => {},
      problem: onProblem,
    }, { port: record.port, head, leaves });
    this.feeds?.allow([record.peer]);
    this.feeds?.follow([record.peer]);
    if (record.holder !== NULL_PK) this.feeds?.also([record.holder]);
    this.#tick();
  }

  /** As it is now. */
  get record(): PairRecord {
    return this.#engine.record;
  }

  /** For a backup. */
  get parts(): PairPart[] {
    return partsOf(this.#engine.record, this.#engine.leaves);
  }

  /** Messages of ours that the peer has not said to have read. */
  get waiting(): number {
    return this.#engine.waiting;
  }

  /** Gives an input to the engine, keeps what follows, publishes it. @throws What the store throws; nothing is published then. */
  handle(input: PairIn): Promise<PairResult> {
    const turn = this.#queue.then(async () => {
      if (this.#isClosed) throw new Error(`the pair with ${this.record.peer.slice(0, 8)} is closed`);
      const wasPending = this.record.status === "pending";
      return await this.#carryOut(
        this.#engine.handle(input, this.#options.clock.wallNs()),
        wasPending,
      );
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** Waits until the peer's feed was read since this room is open. @returns false: not in time. */
  read(timeoutMs: number): Promise<boolean> {
    if (this.#wasRead) return this.#queue.then(() => true);
    return this.#within(timeoutMs, (done) => {
      this.#onRead.add(done);
      return () => this.#onRead.delete(done);
    });
  }

  /** Waits until the peer has said that it has read all of ours. @returns false: not in time. */
  allRead(timeoutMs: number): Promise<boolean> {
    if (this.waiting === 0) return Promise.resolve(true);
    return this.#within(timeoutMs, (done) => {
      this.#onAllRead.add(done);
      return () => this.#onAllRead.delete(done);
    });
  }

  /**
   * Waits until a leaf of ours was fetched; begin before it is put.
   * @returns By the peer, or else by the holder; undefined: by nobody in time.
   */
  async fetched(path: string, timeoutMs: number): Promise<PublicKeyHex | undefined> {
    let by: PublicKeyHex | undefined;
    await this.#within(timeoutMs, (done) => {
      this.#onFetched.set(path, (reader) => {
        by = reader;
        done();
      });
      return () => this.#onFetched.delete(path);
    });
    return by;
  }

  /** Names who holds both feeds, or with the null key that nobody does. */
  async nameHolder(holder: PublicKeyHex): Promise<void> {
    await this.handle({ kind: "holder", holder });
    this.feeds?.also(holder === NULL_PK ? [] : [holder]);
  }

  /** Stops carrying; nothing more is taken. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTick?.();
    await this.feeds?.close();
    await this.#queue;
  }

  #within(timeoutMs: number, wait: (done: () => void) => () => void): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isDone: boolean): void => {
        stop();
        cancel();
        resolve(isDone);
      };
      const stop = wait(() => end(true));
      const cancel = this.#options.clock.after(timeoutMs, () => end(false));
    });
  }

  #filled(): void {
    this.#wasRead = true;
    // A feed for us says that the peer has agreed, also one with nothing in it.
    if (this.record.status === "pending") {
      this.handle({ kind: "leaves", leaves: [], isLast: true }).catch(this.#options.onProblem);
    }
    void this.#queue.then(() => this.#onRead.forEach((done) => done()));
  }

  async #heard(leaves: readonly FeedLeaf[]): Promise<void> {
    if (this.#isClosed || await this.#options.isBlocked()) return;
    const sorted = readingOrder(leaves);
    for (let at = 0; at < sorted.length && !this.#isClosed; at += LEAVES_AT_ONCE) {
      const isLast = at + LEAVES_AT_ONCE >= sorted.length;
      await this.handle({ kind: "leaves", leaves: sorted.slice(at, at + LEAVES_AT_ONCE), isLast });
    }
  }

  async #carryOut(outs: readonly PairOut[], wasPending: boolean): Promise<PairResult> {
    const { store, keepSecrets, onProblem } = this.#options;
    const { peer } = this.record;
    const isDue = (when: "before" | "after"): boolean =>
      outs.some((out) => out.kind === "secrets" && out.when === when);
    if (isDue("before")) await keepSecrets(this.#engine.secrets);
    const changes: Change[] = [];
    const named: string[] = [];
    for (const out of outs) {
      if (out.kind === "put") changes.push(keepPairLeaf(peer, out.path, out.value));
      else if (out.kind === "drop") changes.push(keepPairLeaf(peer, out.path, undefined));
      else if (out.kind === "record") changes.push(keepPair(out.record));
      else if (out.kind === "message") changes.push(...await this.#messageChanges(out.message, named));
      else if (out.kind === "gone") changes.push(...await this.#goneChanges(out.direction, out.id));
      else if (out.kind === "read") changes.push(...await this.#readChanges(out.id));
      else if (out.kind === "rekeyed") changes.push(...await this.#rekeyed(out.issuedAtNs, named));
      else if (out.kind === "dropped") {
        onProblem(new Error(`pair with ${peer.slice(0, 8)}: ${out.reason} was dropped`));
      }
    }
    if (wasPending && this.record.status === "active") changes.push(pairEvent("accepted", peer));
    const positions = new Map<string, number>();
    if (changes.length > 0) {
      const result = await store.commit(changes);
      if (!result.ok) throw new Error(`pair with ${peer.slice(0, 8)}: nothing was kept: ${result.reason}`);
      result.positions.forEach((position, i) => positions.set(named[i], position));
    }
    if (isDue("after")) await keepSecrets(this.#engine.secrets);
    const published = outs.filter((out): out is FeedChange => out.kind === "put" || out.kind === "drop");
    if (published.length > 0) this.feeds?.publish(published);
    if (this.waiting === 0) this.#onAllRead.forEach((done) => done());
    return { outs, positions };
  }

  /** An id is one message, also when the feed is read again. */
  async #messageChanges(message: PairMessage, named: string[]): Promise<Change[]> {
    const { store, clock } = this.#options;
    const { peer } = this.record;
    const { direction, id, text, tsNs } = message;
    if (text === "" || await store.seen.check(peer, direction, id, text) !== "new") return [];
    const nowNs = clock.wallNs();
    named.push(id);
    return [{
      kind: "message",
      message: {
        peer,
        direction,
        id,
        body: text,
        atNs: tsNs < nowNs ? tsNs : nowNs,
        state: direction === "out" ? "sent" : "received",
        form: "text",
        via: "pair",
      },
    }];
  }

  async #rekeyed(issuedAtNs: bigint, named: string[]): Promise<Change[]> {
    const { store, clock } = this.#options;
    const changes = rekeyedChanges(this.record.peer, issuedAtNs, clock.wallNs());
    const { id, body } = changes[0].message;
    if (await store.seen.check(this.record.peer, "in", id!, body) !== "new") return [];
    named.push(id!);
    return changes;
  }

  async #goneChanges(direction: "in" | "out", id: string): Promise<Change[]> {
    const { store } = this.#options;
    const { peer } = this.record;
    const found = await store.messages.byId(peer, direction, id);
    if (found === undefined || found.via !== "pair" || found.state === "deleted") return [];
    return [{ kind: "delete", peer, position: found.position }];
  }

  async #readChanges(id: string): Promise<Change[]> {
    const { store } = this.#options;
    const { peer } = this.record;
    const found = await store.messages.byId(peer, "out", id);
    if (found?.state !== "sent") return [];
    return [{ kind: "state", peer, position: found.position, state: "received" }];
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      if (this.#isClosed) return;
      if (this.record.status === "active" && this.record.ratchet.generation > 0n) {
        this.handle({ kind: "tick" }).catch((error) => this.#isClosed || this.#options.onProblem(error));
      }
      this.#tick();
    });
  }
}
