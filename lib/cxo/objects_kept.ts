/**
 * The objects of one feed: those of complete Roots, and those of Roots that are being filled. Each is there once, knows
 * how often it is named, and goes when nothing names it any more. Work follows what is new or gone, never the feed's
 * size.
 *
 * @see specification cxo §9.4, §13 "Bounds"; lib/cxo/README.md "Kept objects"
 * @module
 */
import { malformed } from "./codec.ts";
import { type HashKey, hashKey, hashOfKey } from "./hash.ts";
import { childCount, childKey, type Links, linksOf, type ObjectKind } from "./objects.ts";
import { type Summary, summaryOf, tooLarge } from "./summary.ts";

/** What a feed may cost here. */
export interface FeedLimits {
  /** Objects, those that are asked for included. */
  readonly maxObjects: number;
  /** Bytes of the objects together. */
  readonly maxBytes: number;
  /** Bytes of the longest object. */
  readonly maxObjectBytes: number;
}

/** Two million objects hold 500,000 messages; 256 MiB their bytes; 16 MiB is what Go refuses above. */
export const FEED_LIMITS: FeedLimits = {
  maxObjects: 2_000_000,
  maxBytes: 256 * 1024 * 1024,
  maxObjectBytes: 16 * 1024 * 1024,
};

/** One object. */
export interface Kept {
  /** Its name as a Map key. */
  readonly key: HashKey;
  /** Its place in a tree. */
  readonly kind: ObjectKind;
  /** Its bytes; undefined while it is asked for. */
  bytes: Uint8Array | undefined;
  /** How many objects and holders name it. */
  uses: number;
  /** Children that are not complete. */
  missing: number;
  /** Parents that wait for it; undefined: none. */
  waiters: Kept[] | undefined;
  /** There, once it and all below it are here. */
  summary: Summary | undefined;
  /** Whether a peer is being asked for it. */
  asked: boolean;
  /** Which target wants it: the newest one, or one that was given up. */
  target: number;
  /** The first Root that can have it, as {@link KeptObjects.coming} counts them. */
  readonly born: number;
}

/** The objects of one feed. */
export class KeptObjects {
  /** Number of the Root that is being made or filled. */
  coming = 1;
  readonly #limits: FeedLimits;
  readonly #byKey = new Map<HashKey, Kept>();
  #bytes = 0;
  /** Names that were asked for and not given out by {@link takeWanted}; the newest last. */
  #wanted: Kept[] = [];
  /** Counts the targets of fills. */
  #target = 0;

  /** Starts empty. */
  constructor(limits: Partial<FeedLimits> = {}) {
    this.#limits = { ...FEED_LIMITS, ...limits };
  }

  /** Objects, those that are asked for included. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Bytes of the objects together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** An object by its name, whether it is here or only asked for. */
  get(key: HashKey): Kept | undefined {
    return this.#byKey.get(key);
  }

  /** Names of the objects of a kind that are here, 32 bytes each. */
  *keysOf(kind: ObjectKind): Generator<Uint8Array> {
    for (const object of this.#byKey.values()) {
      if (object.kind === kind && object.bytes !== undefined) yield hashOfKey(object.key);
    }
  }

  /** The bytes of a name; undefined when they are not here. */
  bytesOf(key: HashKey): Uint8Array | undefined {
    return this.#byKey.get(key)?.bytes;
  }

  /**
   * Names an object from outside: it and all below it stay until {@link release}. What is not here is asked for.
   * @throws {ProtocolError} by peer: the name stands for an object of another place, or there is no room.
   */
  hold(key: HashKey, kind: ObjectKind): Kept {
    const known = this.#check(key, kind);
    const object = known ?? this.#ask(key, kind);
    object.uses++;
    return object;
  }

  /**
   * Holds the top of a tree that is to be filled now. What only earlier targets want is asked for no more; what they
   * brought is used.
   * @throws {ProtocolError} by peer, as {@link hold}.
   */
  aim(key: HashKey, kind: ObjectKind): Kept {
    this.#check(key, kind);
    this.#target++;
    this.#wanted = [];
    const top = this.hold(key, kind);
    this.#revive(top);
    return top;
  }

  /** Takes back one {@link hold}; what nothing names any more goes, and what only that named. */
  release(key: HashKey): void {
    const gone: Kept[] = [];
    this.#unname(this.#byKey.get(key), gone);
    for (let object = gone.pop(); object !== undefined; object = gone.pop()) {
      this.#byKey.delete(object.key);
      this.#bytes -= object.bytes?.length ?? 0;
      if (object.bytes === undefined) continue;
      const links = linksOf(object.kind, object.bytes);
      for (let i = 0; i < childCount(links); i++) {
        this.#unname(this.#byKey.get(childKey(links, i)), gone);
      }
    }
  }

  /**
   * The next object to ask a peer for; each is given once.
   * @returns Undefined when nothing is missing that was not given yet.
   */
  takeWanted(): Kept | undefined {
    for (let object = this.#wanted.pop(); object !== undefined; object = this.#wanted.pop()) {
      if (object.bytes !== undefined || object.uses === 0 || object.asked) continue;
      object.asked = true;
      return object;
    }
    return undefined;
  }

  /** Gives back what {@link takeWanted} gave: the peer did not send it. */
  putBack(object: Kept): void {
    object.asked = false;
    if (object.bytes !== undefined || object.uses === 0) return;
    if (object.target === this.#target) this.#wanted.push(object);
  }

  /**
   * An object that was asked for has come.
   * @param bytes  Kept as they are: neither changed nor copied. Their hash is the caller's duty.
   * @throws {ProtocolError} by peer: it is not what its place asks for, names something impossible, or there is no
   *   room. Its tree can't become complete then.
   */
  supply(object: Kept, bytes: Uint8Array): void {
    if (object.bytes !== undefined || object.uses === 0) return;
    const { maxObjectBytes, maxBytes } = this.#limits;
    if (bytes.length > maxObjectBytes) throw tooLarge(`an object of ${bytes.length} bytes`);
    if (this.#bytes + bytes.length > maxBytes) throw tooLarge(`more than ${maxBytes} bytes`);
    const links = linksOf(object.kind, bytes);
    const kids: Kept[] = this.#nameChildren(links, object.target);
    object.bytes = bytes;
    this.#bytes += bytes.length;
    for (const child of kids) {
      if (child.summary !== undefined) continue;
      object.missing++;
      (child.waiters ??= []).push(object);
      if (object.target === this.#target) this.#revive(child);
    }
    if (object.missing === 0) this.#completed(object, links);
  }

  /**
   * An object that we made, its children before it.
   * @param find  Looks for the same object elsewhere: bytes that are there are not kept once more.
   * @returns Whether it is new.
   */
  add(
    hash: Uint8Array,
    kind: ObjectKind,
    bytes: Uint8Array,
    find: (key: HashKey) => Uint8Array | undefined = () => undefined,
  ): boolean {
    const key = hashKey(hash);
    const known = this.#byKey.get(key);
    if (known?.bytes !== undefined) return false;
    const object = known ?? this.#make(key, kind);
    object.uses++; // supply refuses what nothing names; its parent comes after it
    this.supply(object, find(key) ?? bytes);
    object.uses--;
    return true;
  }

  #check(key: HashKey, kind: ObjectKind): Kept | undefined {
    const known = this.#byKey.get(key);
    if (known === undefined) {
      if (this.#byKey.size >= this.#limits.maxObjects) {
        throw tooLarge(`more than ${this.#limits.maxObjects} objects`);
      }
    } else if (known.kind !== kind) {
      throw malformed("tree: one object in two places of different kinds");
    }
    return known;
  }

  #ask(key: HashKey, kind: ObjectKind, target = this.#target): Kept {
    const object = this.#make(key, kind);
    object.target = target;
    if (target === this.#target) this.#wanted.push(object);
    return object;
  }

  #make(key: HashKey, kind: ObjectKind): Kept {
    const object: Kept = {
      key,
      kind,
      bytes: undefined,
      uses: 0,
      missing: 0,
      waiters: undefined,
      summary: undefined,
      asked: false,
      target: this.#target,
      born: this.coming,
    };
    this.#byKey.set(key, object);
    return object;
  }

  /** Names all children, or none when one of them can't be. */
  #nameChildren(links: Links, target: number): Kept[] {
    const keys: HashKey[] = [];
    for (let i = 0; i < childCount(links); i++) keys.push(childKey(links, i));
    if (this.#byKey.size + keys.length > this.#limits.maxObjects) {
      throw tooLarge(`more than ${this.#limits.maxObjects} objects`);
    }
    for (const key of keys) this.#check(key, links.childKind);
    // The last one is asked for first: in order, then, when asking is from the end.
    const kids: Kept[] = new Array(keys.length);
    for (let i = keys.length - 1; i >= 0; i--) {
      kids[i] = this.#byKey.get(keys[i]) ?? this.#ask(keys[i], links.childKind, target);
      kids[i].uses++;
    }
    return kids;
  }

  /** What an earlier target left unfinished is wanted by this one as well. */
  #revive(first: Kept): void {
    const stack = [first];
    for (let object = stack.pop(); object !== undefined; object = stack.pop()) {
      if (object.summary !== undefined || object.target === this.#target) continue;
      object.target = this.#target;
      if (object.bytes === undefined) {
        this.#wanted.push(object);
        continue;
      }
      const links = linksOf(object.kind, object.bytes);
      for (let i = childCount(links) - 1; i >= 0; i--) {
        stack.push(this.#byKey.get(childKey(links, i))!);
      }
    }
  }

  #unname(object: Kept | undefined, gone: Kept[]): void {
    if (object === undefined || object.uses === 0) return;
    if (--object.uses === 0) gone.push(object);
  }

  /** An object has all below it; so may those that waited for it. */
  #completed(first: Kept, links: Links): void {
    first.summary = summaryOf(this.#byKey, first.kind, links);
    const done = [first];
    for (let object = done.pop(); object !== undefined; object = done.pop()) {
      const { waiters = [] } = object;
      object.waiters = undefined;
      for (const parent of waiters) {
        if (--parent.missing > 0 || parent.uses === 0) continue;
        parent.summary = summaryOf(this.#byKey, parent.kind, linksOf(parent.kind, parent.bytes!));
        done.push(parent);
      }
    }
  }
}
