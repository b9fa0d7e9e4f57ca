/**
 * A pair that is open: engine, feed and store; one input after the other.
 *
 * What follows from an input is one commit; only then our feed's next Root is made. A new epoch secret is kept before
 * it, one that is due is erased behind it.
 *
 * @see lib/app/README.md "Pairs"
 * @module
 */
import type { KeyPair, PublicKeyHex } from "../../crypto/keys.ts";
import { NULL_PK } from "../../crypto/members.ts";
import { type FeedLeaf, isFeedChange } from "../../cxo/feed/change.ts";
import { PairEngine } from "../../pair/engine.ts";
import { readingOrder } from "../../pair/opening.ts";
import type { PairIn, PairOut } from "../../pair/pair_types.ts";
import type { PairRecord } from "../../pair/record.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../sys/clock.ts";
import type { Random } from "../../sys/random.ts";
import { Turns } from "../../wire/turns.ts";
import { asKept, type CarriedFeed, type FeedEvents, type FeedNode } from "../groups/feeds/feed_node.ts";
import { commitInPieces, leafPieces } from "../in_pieces.ts";
import { keepPairHead, type KeptPair, keptPair, pairEvent } from "./kept_pairs.ts";
import { partsOf } from "./pair_backup.ts";
import { pairChangesOf } from "./pair_changes.ts";
import type { PairPart } from "./pairs.ts";

/** Generations that are over, and secrets that are due. */
const TICK_MS = 30_000;

/** What a room is made of. */
export interface PairRoomOptions {
  /** Us. */
  readonly own: KeyPair;
  /** As it was kept. */
  readonly kept: KeptPair;
  /** Our secrets as they are kept, by generation. */
  readonly secrets: () => ReadonlyMap<bigint, Uint8Array>;
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
  #engine: PairEngine;
  readonly #onRead = new Set<() => void>();
  readonly #onAllRead = new Set<() => void>();
  readonly #onFetched = new Map<string, (by: PublicKeyHex) => void>();
  #wasRead = false;
  readonly #queue = new Turns();
  /** Of what comes of the peer's feed: one Root is taken whole before the next, whose word on what it has read erases secrets. */
  #reading: Promise<unknown> = Promise.resolve();
  /** Whether something of the peer's feed came that was not taken: all of it is read again. */
  #hasMissed = false;
  /** Paths of our feed whose change may not have been kept; undefined: engine and store agree. */
  #unsure: Set<string> | undefined;
  #cancelTick: (() => void) | undefined;
  #isClosed = false;

  /** Begins to carry its feeds. */
  constructor(options: PairRoomOptions) {
    const { own, kept: { record, head, leaves }, secrets, random, carry, onProblem } = options;
    this.#options = options;
    this.#engine = new PairEngine({ own, record, leaves, secrets: secrets(), random });
    this.feeds = carry?.({
      leaves: (_feed, leaves) => this.#heard(leaves),
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

  /** Our feed, as it is published. */
  get leaves(): ReadonlyMap<string, Uint8Array> {
    return this.#engine.leaves;
  }

  /** For a backup. */
  get parts(): PairPart[] {
    return partsOf(this.#engine.record, this.#engine.leaves);
  }

  /** Messages of ours that the peer has not said to have read. */
  get waiting(): number {
    return this.#engine.waiting;
  }

  /**
   * Gives an input to the engine, keeps what follows, publishes it.
   * @throws What the store throws; nothing is published then, and the engine is made anew of what is kept.
   */
  handle(input: PairIn): Promise<PairResult> {
    return this.#queue.run(async () => {
      if (this.#isClosed) throw new Error(`the pair with ${this.record.peer.slice(0, 8)} is closed`);
      if (this.#unsure !== undefined) await this.#reload();
      const wasPending = this.record.status === "pending";
      const outs = this.#engine.handle(input, this.#options.clock.wallNs());
      this.#unsure = new Set(outs.filter(isFeedChange).map(({ path }) => path));
      const result = await this.#carryOut(outs, wasPending);
      this.#unsure = undefined;
      return result;
    });
  }

  /** What could not be kept was not: goes back to what is kept, and shows of our feed what that is. */
  async #reload(): Promise<void> {
    const { own, store, secrets, random } = this.#options;
    const kept = await keptPair(store, this.record.peer);
    if (kept === undefined) {
      throw new Error(`what is kept of the pair with ${this.record.peer} can't be read`);
    }
    this.#engine = new PairEngine({ own, ...kept, secrets: secrets(), random });
    const changes = asKept(this.#unsure!, kept.leaves);
    this.#unsure = undefined;
    this.#hasMissed = true;
    if (changes.length > 0) this.feeds?.publish(changes);
  }

  /** Waits until the peer's feed was read since this room is open. @returns false: not in time. */
  read(timeoutMs: number): Promise<boolean> {
    if (this.#wasRead) return this.#taken().then(() => true);
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
    await this.#queue.idle();
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
    void this.#taken().then(() => this.#onRead.forEach((done) => done()));
  }

  /** Waits until what has come so far is kept: leaves get into the queue only in their turn. */
  #taken(): Promise<unknown> {
    return this.#reading.then(() => this.#queue.idle());
  }

  #heard(leaves: readonly FeedLeaf[]): void {
    this.#reading = this.#reading.then(() => this.#read(leaves)).catch((error) => {
      this.#hasMissed = true;
      if (!this.#isClosed) this.#options.onProblem(error);
    });
  }

  async #read(leaves: readonly FeedLeaf[]): Promise<void> {
    if (this.#isClosed) return;
    if (await this.#options.isBlocked()) this.#hasMissed = true;
    // These are among those that come then.
    else if (this.#hasMissed) this.#readAgain();
    else await this.#take(leaves);
  }

  /** Also what was taken is known for what it is: ids are remembered. */
  #readAgain(): void {
    this.#hasMissed = false;
    this.feeds?.reread();
  }

  async #take(leaves: readonly FeedLeaf[]): Promise<void> {
    const pieces = leafPieces(readingOrder(leaves));
    for (const [i, piece] of pieces.entries()) {
      if (this.#isClosed) return;
      await this.handle({ kind: "leaves", leaves: piece, isLast: i === pieces.length - 1 });
    }
  }

  async #carryOut(outs: readonly PairOut[], wasPending: boolean): Promise<PairResult> {
    const { store, clock, keepSecrets, onProblem } = this.#options;
    const { peer } = this.record;
    const isDue = (when: "before" | "after"): boolean =>
      outs.some((out) => out.kind === "secrets" && out.when === when);
    if (isDue("before")) await keepSecrets(this.#engine.secrets);
    const { units, last, named } = await pairChangesOf(outs, { peer, store, nowNs: clock.wallNs() });
    for (const out of outs) {
      if (out.kind === "dropped") {
        onProblem(new Error(`pair with ${peer.slice(0, 8)}: ${out.reason} was dropped`));
      }
    }
    if (wasPending && this.record.status === "active") last.push(pairEvent("accepted", peer));
    const positions = new Map<string, number>();
    if (units.length + last.length > 0) {
      const result = await commitInPieces(store, { units, last });
      if (!result.ok) throw new Error(`pair with ${peer.slice(0, 8)}: nothing was kept: ${result.reason}`);
      result.positions.forEach((position, i) => positions.set(named[i], position));
    }
    if (isDue("after")) await keepSecrets(this.#engine.secrets);
    const published = outs.filter(isFeedChange);
    if (published.length > 0) this.feeds?.publish(published);
    if (this.waiting === 0) this.#onAllRead.forEach((done) => done());
    return { outs, positions };
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      if (this.#isClosed) return;
      if (this.record.status === "active" && this.record.ratchet.generation > 0n) {
        this.handle({ kind: "tick" }).catch((error) => this.#isClosed || this.#options.onProblem(error));
      }
      if (this.#hasMissed) this.#heard([]);
      this.#tick();
    });
  }
}
