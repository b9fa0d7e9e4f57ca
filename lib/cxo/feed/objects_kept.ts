/**
 * The objects of one feed: those of complete Roots, and those of Roots that are being filled. Each is there once, knows
 * how often it is named, and goes when nothing names it any more. Work follows what is new or gone, never the feed's
 * size.
 *
 * @see specification cxo §9.4, §13 "Bounds"; lib/cxo/README.md "Kept objects"
 * @module
 */
import { malformed } from "../objects/codec.ts";
import { type HashKey, hashOfKey } from "../objects/hash.ts";
import { Kept } from "./kept.ts";
import { childCount, childKey, type Links, linksOf, type ObjectKind } from "./places.ts";
import { summaryOf, tooLarge } from "./summary.ts";

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
      if (object.kind === kind && object.isHere) yield hashOfKey(object.key);
    }
  }

  /** The bytes of a name, made anew where they are packed; undefined when they are not here. */
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
      if (!object.isHere) continue;
      this.#bytes -= object.length;
      const count = object.childCount;
      for (let i = 0; i < count; i++) this.#unname(this.#byKey.get(object.childKey(i)), gone);
    }
  }

  /**
   * The next object to ask a peer for; each is given once.
   * @returns Undefined when nothing is missing that was not given yet.
   */
  takeWanted(): Kept | undefined {
    for (let object = this.#wanted.pop(); object !== undefined; object = this.#wanted.pop()) {
      const { filling } = object;
      if (filling === undefined || object.isHere || object.uses === 0 || filling.asked) continue;
      filling.asked = true;
      return object;
    }
    return undefined;
  }

  /** Gives back what {@link takeWanted} gave: the peer did not send it. */
  putBack(object: Kept): void {
    const { filling } = object;
    if (filling === undefined) return;
    filling.asked = false;
    if (object.isHere || object.uses === 0) return;
    if (filling.target === this.#target) this.#wanted.push(object);
  }

  /**
   * An object that was asked for has come.
   * @param bytes  Kept as they are unless `isPacked`: neither changed nor copied. Their hash is the caller's duty.
   * @param same  The same object in another feed: its bytes are not kept once more.
   * @throws {ProtocolError} by peer: it is not what its place asks for, names something impossible, or there is no
   *   room. Its tree can't become complete then.
   */
  supply(object: Kept, bytes: Uint8Array, same?: Kept): void {
    const { filling } = object;
    if (filling === undefined || object.isHere || object.uses === 0) return;
    const { maxObjectBytes, maxBytes } = this.#limits;
    if (bytes.length > maxObjectBytes) throw tooLarge(`an object of ${bytes.length} bytes`);
    if (this.#bytes + bytes.length > maxBytes) throw tooLarge(`more than ${maxBytes} bytes`);
    const links = linksOf(object.kind, bytes);
    const kids: Kept[] = this.#nameChildren(links, filling.target);
    object.fill(bytes, same);
    this.#bytes += bytes.length;
    for (const child of kids) {
      if (child.filling === undefined) continue;
      filling.missing++;
      (child.filling.waiters ??= []).push(object);
      if (filling.target === this.#target) this.#revive(child);
    }
    if (filling.missing === 0) this.#completed(object);
  }

  /**
   * An object that we made, its children before it.
   * @param key  Its name.
   * @param find  Looks for the same object elsewhere: what is there is not kept once more.
   * @returns Whether it is new.
   */
  add(
    key: HashKey,
    kind: ObjectKind,
    bytes: Uint8Array,
    find: (key: HashKey) => Kept | undefined = () => undefined,
  ): boolean {
    const known = this.#byKey.get(key);
    if (known?.isHere) return false;
    const same = find(key);
    const object = known ?? this.#make(same?.key ?? key, kind);
    object.uses++; // supply refuses what nothing names; its parent comes after it
    this.supply(object, bytes, same);
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
    const object = this.#make(key, kind, target);
    if (target === this.#target) this.#wanted.push(object);
    return object;
  }

  #make(key: HashKey, kind: ObjectKind, target = this.#target): Kept {
    const object = new Kept(key, kind, this.coming, target);
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
      const { filling } = object;
      if (filling === undefined || filling.target === this.#target) continue;
      filling.target = this.#target;
      if (!object.isHere) {
        this.#wanted.push(object);
        continue;
      }
      for (let i = object.childCount - 1; i >= 0; i--) stack.push(this.#byKey.get(object.childKey(i))!);
    }
  }

  #unname(object: Kept | undefined, gone: Kept[]): void {
    if (object === undefined || object.uses === 0) return;
    if (--object.uses === 0) gone.push(object);
  }

  /** An object has all below it; so may those that waited for it. */
  #completed(first: Kept): void {
    const done = [first];
    for (let object = done.pop(); object !== undefined; object = done.pop()) {
      object.summary = summaryOf(this.#byKey, object);
      const { waiters = [] } = object.filling!;
      object.filling = undefined;
      for (const parent of waiters) {
        if (--parent.filling!.missing === 0 && parent.uses > 0) done.push(parent);
      }
    }
  }
}
