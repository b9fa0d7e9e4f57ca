/**
 * Our own feed: changes go in, signed Roots come out, one for all changes of a moment and one as a heartbeat.
 *
 * @see specification cxo §5, §6.5, §9.5, §10; lib/cxo/README.md "Publisher"
 * @module
 */
import { TreeBuilder } from "../feed/builder.ts";
import { changesOf } from "../feed/diff.ts";
import { type Feed, topKeyOf } from "../feed/feed.ts";
import type { Kept } from "../feed/kept.ts";
import { BLANK, type HashKey, hashKey, nameOf } from "../objects/hash.ts";
import { type Scheme, type SignedRoot, signRoot, treeRoot } from "../objects/root.ts";

/** A change waits so long for others. */
export const BATCH_MS = 1000;
/** Without a change the same tree is published again after so long. */
const HEARTBEAT_MS = 45_000;
/** A Root that came with the Ok of a Sub may be lost: a newer one follows. */
export const REFRESH_MS = 1000;
/** How long we wait for the tree of a newer Root of ours before we publish over it. */
const RESTORE_MS = 60_000;
/** Leaves whose fetching is reported. */
const MAX_WATCHED = 4096;

/** The end of a chain of Roots: what must be kept before its Root is shown to anybody. */
export interface Head {
  /** The head. */
  readonly nonce: bigint;
  /** Of its last Root. */
  readonly seq: bigint;
  /** Name of its last Root, 32 bytes. */
  readonly hash: Uint8Array;
  /** Time of its last Root, Unix nanoseconds. */
  readonly timeNs: bigint;
}

/** A change of one path: the new value, or null for a leaf or level that was pruned. */
export interface PathChange {
  /** The leaf, or the level that was pruned. */
  readonly path: string;
  /** The leaf's value. */
  readonly value: Uint8Array | null;
}

/** What a publisher is made of. */
export interface PublisherOptions {
  /** Where its objects go. */
  readonly feed: Feed;
  /** Looks for an object in the other feeds of the node. */
  readonly find: (key: HashKey) => Kept | undefined;
  /** Signs its Roots. */
  readonly scheme: Pick<Scheme, "sign">;
  /** Wall time, Unix nanoseconds. */
  readonly wallNs: () => bigint;
  /** The chain as it was kept; undefined for a feed that never had a Root, or lost it. */
  readonly head: Head | undefined;
  /** Begins another chain although none is known: all was lost, and nobody may be there to say so. */
  readonly newHead: boolean;
  /** See {@link BATCH_MS}. */
  readonly batchMs: number;
  /** When it begins. */
  readonly nowMs: number;
}

/** The owner's side of a feed. It decides when a Root is due; the node shows it. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #tree = new TreeBuilder();
  #head: Head | undefined;
  #nonce: bigint;
  #changes: PathChange[] = [];
  /** Paths that were pruned here: what an older tree of ours brings back of them stays gone. */
  readonly #pruned = new Set<string>();
  #dueMs: number | undefined;
  /** When a Root follows for those who may have missed one; a change in between does not wait for it. */
  #refreshMs: number | undefined;
  #heartbeatMs: number;
  /** Until then a newer tree of ours is being fetched. */
  #restoringUntilMs: number | undefined;
  /** A Root that is being kept. */
  #draft: SignedRoot | undefined;
  /** Names of the entries of leaves that were put lately. */
  readonly #watched = new Map<HashKey, string>();

  /** The first Root is due at once. */
  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#head = options.head;
    this.#nonce = options.head?.nonce ?? (options.newHead ? BigInt.asUintN(64, options.wallNs()) || 1n : 1n);
    this.#dueMs = this.#heartbeatMs = options.nowMs;
  }

  /** The end of the chain; undefined before the first Root. */
  get head(): Head | undefined {
    return this.#head;
  }

  /** Whether all who subscribed wait for a sign of life. */
  isHeartbeatDue(nowMs: number): boolean {
    return this.#heartbeatMs <= nowMs;
  }

  /** Leaves in the tree. */
  get leaves(): number {
    return this.#tree.leaves;
  }

  /** Whether a Root waits to be kept. */
  get isCommitting(): boolean {
    return this.#draft !== undefined;
  }

  /** When the next Root is due; undefined while one is being kept. */
  get deadlineMs(): number | undefined {
    if (this.#draft !== undefined) return undefined;
    if (this.#restoringUntilMs !== undefined) return this.#restoringUntilMs;
    return Math.min(this.#dueMs ?? Infinity, this.#refreshMs ?? Infinity, this.#heartbeatMs);
  }

  /**
   * Puts a leaf.
   * @throws {RangeError} As {@link TreeBuilder.put}.
   */
  put(path: string, value: Uint8Array, nowMs: number): void {
    const entry = this.#tree.put(path, value);
    this.#changed({ path, value: value.slice() }, nowMs);
    this.#pruned.delete(path);
    this.#watched.set(entry, path);
    if (this.#watched.size > MAX_WATCHED) this.#watched.delete(this.#watched.keys().next().value!);
  }

  /** Takes a leaf or a level away. @returns How many leaves are gone. */
  prune(path: string, nowMs: number): number {
    const gone = [...this.#tree.paths(path)];
    if (this.#tree.prune(path) === 0) return 0;
    // Only a lost chain brings an older tree back, and only before the first Root was kept by somebody.
    for (const leaf of gone) if (this.#pruned.size < MAX_WATCHED) this.#pruned.add(leaf);
    this.#changed({ path, value: null }, nowMs);
    return gone.length;
  }

  /** Paths of the leaves at or under a prefix. */
  paths(prefix: string): Generator<string> {
    return this.#tree.paths(prefix);
  }

  /** Makes a Root due without waiting for more changes. */
  flush(nowMs: number): void {
    this.#dueMs = nowMs;
  }

  /** Makes a Root due soon, because somebody may have missed the last one. */
  refresh(nowMs: number): void {
    this.#refreshMs ??= nowMs + REFRESH_MS;
  }

  /** Whether a Root is still to come for somebody who may have missed one. */
  get isRefreshing(): boolean {
    return this.#refreshMs !== undefined;
  }

  /**
   * Whether a Root of ours at this place is worth a look at its signature.
   * @param encoded  Its bytes.
   */
  isNews(nonce: bigint, seq: bigint, encoded: Uint8Array): boolean {
    const head = this.#head;
    if (head === undefined || nonce !== head.nonce || seq > head.seq) return true;
    return seq === head.seq && hashKey(nameOf(encoded)) !== hashKey(head.hash);
  }

  /** The path of a leaf that was put lately and has this entry. */
  pathOf(entry: HashKey): string | undefined {
    return this.#watched.get(entry);
  }

  /**
   * Signs the next Root, when one is due.
   * @returns The Root and the changes since the one before; its objects are in the feed and held. Nothing may be shown
   *   before {@link committed}.
   */
  draft(nowMs: number): { signed: SignedRoot; changes: readonly PathChange[] } | undefined {
    if (this.deadlineMs === undefined || this.deadlineMs > nowMs) return undefined;
    const { feed, find, scheme, wallNs } = this.#options;
    this.#restoringUntilMs = undefined;
    const top = this.#tree.build(({ key, kind, bytes }) => void feed.objects.add(key, kind, bytes, find));
    feed.objects.hold(hashKey(top), "node");
    const nowNs = wallNs();
    const afterNs = (this.#head?.timeNs ?? 0n) + 1n;
    const signed = signRoot(
      treeRoot(top, {
        feed: feed.key,
        nonce: this.#nonce,
        seq: this.#head ? this.#head.seq + 1n : 0n,
        timeNs: nowNs > afterNs ? nowNs : afterNs,
        prev: this.#head?.hash ?? BLANK,
      }),
      scheme,
    );
    const changes = this.#changes;
    this.#changes = [];
    this.#draft = signed;
    this.#dueMs = undefined;
    if ((this.#refreshMs ?? Infinity) <= nowMs) this.#refreshMs = undefined;
    return { signed, changes };
  }

  /**
   * The Root of the last {@link draft} is kept.
   * @param forAll  Whether all subscribers are shown it, or only those that may have missed the one before.
   * @returns It, to be shown; undefined when a newer one of ours turned up meanwhile.
   */
  committed(nowMs: number, forAll = true): SignedRoot | undefined {
    const signed = this.#draft;
    if (signed === undefined) return undefined;
    this.#draft = undefined;
    const { nonce, seq, timeNs } = signed.root;
    const drafted = { nonce, seq, timeNs, hash: signed.hash };
    if (isNewer(this.#head, drafted)) {
      const top = topKeyOf(signed);
      if (top !== undefined) this.#options.feed.objects.release(top);
      this.#dueMs ??= nowMs;
      return undefined;
    }
    this.#head = drafted;
    if (forAll) this.#heartbeatMs = nowMs + HEARTBEAT_MS;
    this.#options.feed.advance(signed, nowMs);
    return signed;
  }

  /**
   * Somebody shows a Root of ours, validly signed.
   * @returns Whether it is newer than all that we know of: then it is the end of the chain, and its tree is worth
   *   fetching.
   */
  echoed(signed: SignedRoot, nowMs: number): boolean {
    const { nonce, seq, timeNs } = signed.root;
    const echo = { nonce, seq, timeNs, hash: signed.hash };
    if (!isNewer(echo, this.#head)) return false;
    this.#head = echo;
    this.#nonce = nonce;
    this.#restoringUntilMs = nowMs + RESTORE_MS;
    return true;
  }

  /**
   * The tree of the newer Root is here: what we had lost is put back; what we have, or pruned since, wins.
   * @returns What was put back.
   */
  restored(signed: SignedRoot, nowMs: number): PathChange[] {
    const back: PathChange[] = [];
    for (const { path, value } of changesOf(this.#options.feed.objects, undefined, topKeyOf(signed))) {
      if (this.#tree.has(path) || this.#pruned.has(path)) continue;
      try {
        this.put(path, value, nowMs);
        back.push({ path, value });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error; // what stands there now wins
      }
    }
    this.unrestored(nowMs);
    return back;
  }

  /** The tree of the newer Root can't be had: ours follows it as it is. */
  unrestored(nowMs: number): void {
    if (this.#restoringUntilMs === undefined) return;
    this.#restoringUntilMs = undefined;
    this.flush(nowMs);
  }

  #changed(change: PathChange, nowMs: number): void {
    this.#changes.push(change);
    this.#dueMs ??= nowMs + this.#options.batchMs;
  }
}

/**
 * Whether one end of a chain lies after another: further in the same head, or in the head whose Root has the later time.
 * Another Root of the same place is a fork: those who have it take only what lies behind it, so it counts as after ours.
 */
function isNewer(one: Head | undefined, other: Head | undefined): boolean {
  if (one === undefined || other === undefined) return one !== undefined;
  if (one.nonce !== other.nonce) return one.timeNs > other.timeNs;
  if (one.seq !== other.seq) return one.seq > other.seq;
  return hashKey(one.hash) !== hashKey(other.hash);
}
