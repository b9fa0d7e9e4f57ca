/**
 * The objects of one feed: those of complete Roots, and those of Roots that are being filled. Each is there once, knows
 * how often it is named, and goes when nothing names it any more. Work follows what is new or gone, never the feed's
 * size.
 *
 * @see specification cxo §9.4, §13 "Bounds"; lib/cxo/README.md "Kept objects"
 * @module
 */
import { ProtocolError } from "../wire/errors.ts";
import { malformed } from "./codec.ts";
import { type HashKey, hashKey } from "./hash.ts";
import { childAt, childCount, type Links, linksOf, type ObjectKind } from "./objects.ts";
import { compareNames, MAX_SEGMENTS } from "./tree.ts";

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

/**
 * Leaves that a tree may show for each object that it has: the same object may stand in many places, and a few hundred
 * of them would else show 16^16 leaves.
 */
const LEAVES_PER_OBJECT = 16;
/** So many leaves are never too many. */
const FREE_LEAVES = 1024;

/** What is known of all that lies below an object, once it is there. */
export interface Summary {
  /** Entries of this level, for Refs. */
  readonly entries: number;
  /** Leaves below, each as often as it stands there. */
  readonly leaves: number;
  /** Levels below, this one included. */
  readonly height: number;
  /** The least and the greatest name of the level, when it is in strict order below here; else undefined. */
  readonly names: { readonly first: string; readonly last: string } | undefined;
}

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
  /** Parents that wait for it. */
  waiters: Kept[];
  /** There, once it and all below it are here. */
  summary: Summary | undefined;
}

/** The objects of one feed. */
export class KeptObjects {
  readonly #limits: FeedLimits;
  readonly #byKey = new Map<HashKey, Kept>();
  #bytes = 0;
  /** Names that were asked for and not given out by {@link takeWanted}; the newest last. */
  #wanted: Kept[] = [];

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
        this.#unname(this.#byKey.get(hashKey(childAt(links, i))), gone);
      }
    }
  }

  /**
   * The next object to ask a peer for; each is given once.
   * @returns Undefined when nothing is missing that was not given yet.
   */
  takeWanted(): Kept | undefined {
    for (let object = this.#wanted.pop(); object !== undefined; object = this.#wanted.pop()) {
      if (object.bytes === undefined && object.uses > 0) return object;
    }
    return undefined;
  }

  /** Gives back what {@link takeWanted} gave: the peer did not send it. */
  putBack(object: Kept): void {
    if (object.bytes === undefined && object.uses > 0) this.#wanted.push(object);
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
    const kids: Kept[] = this.#nameChildren(links);
    object.bytes = bytes;
    this.#bytes += bytes.length;
    for (const child of kids) {
      if (child.summary !== undefined) continue;
      object.missing++;
      child.waiters.push(object);
    }
    if (object.missing === 0) this.#completed(object, links);
  }

  /**
   * An object that we made, its children before it.
   * @returns Whether it is new.
   */
  add(hash: Uint8Array, kind: ObjectKind, bytes: Uint8Array): boolean {
    const key = hashKey(hash);
    const known = this.#byKey.get(key);
    if (known?.bytes !== undefined) return false;
    const object = known ?? this.#ask(key, kind);
    object.uses++; // supply refuses what nothing names; its parent comes after it
    this.supply(object, bytes);
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

  #ask(key: HashKey, kind: ObjectKind): Kept {
    const object: Kept = {
      key,
      kind,
      bytes: undefined,
      uses: 0,
      missing: 0,
      waiters: [],
      summary: undefined,
    };
    this.#byKey.set(key, object);
    this.#wanted.push(object);
    return object;
  }

  /** Names all children, or none when one of them can't be. */
  #nameChildren(links: Links): Kept[] {
    const keys: HashKey[] = [];
    for (let i = 0; i < childCount(links); i++) keys.push(hashKey(childAt(links, i)));
    if (this.#byKey.size + keys.length > this.#limits.maxObjects) {
      throw tooLarge(`more than ${this.#limits.maxObjects} objects`);
    }
    for (const key of keys) this.#check(key, links.childKind);
    // The last one is asked for first: in order, then, when asking is from the end.
    const kids: Kept[] = new Array(keys.length);
    for (let i = keys.length - 1; i >= 0; i--) {
      kids[i] = this.#byKey.get(keys[i]) ?? this.#ask(keys[i], links.childKind);
      kids[i].uses++;
    }
    return kids;
  }

  #unname(object: Kept | undefined, gone: Kept[]): void {
    if (object === undefined || object.uses === 0) return;
    if (--object.uses === 0) gone.push(object);
  }

  /** An object has all below it; so may those that waited for it. */
  #completed(first: Kept, links: Links): void {
    first.summary = this.#summaryOf(first, links);
    const done = [first];
    for (let object = done.pop(); object !== undefined; object = done.pop()) {
      const { waiters } = object;
      object.waiters = [];
      for (const parent of waiters) {
        if (--parent.missing > 0 || parent.uses === 0) continue;
        parent.summary = this.#summaryOf(parent, linksOf(parent.kind, parent.bytes!));
        done.push(parent);
      }
    }
  }

  #summaryOf(object: Kept, links: Links): Summary {
    switch (object.kind) {
      case "registry":
        return { entries: 0, leaves: 0, height: 0, names: undefined };
      case "entry": {
        const below = childCount(links) > 0 ? this.#child(links, 0) : undefined;
        const height = 1 + (below?.height ?? 0);
        if (height > MAX_SEGMENTS) throw malformed(`tree: more than ${MAX_SEGMENTS} levels`);
        const leaves = below?.leaves ?? (links.leafBytes > 0 ? 1 : 0);
        return { entries: 1, leaves, height, names: { first: links.name!, last: links.name! } };
      }
      case "node": {
        if (childCount(links) === 0) return { entries: 0, leaves: 0, height: 0, names: undefined };
        const below = this.#child(links, 0);
        if (below.names === undefined) this.#checkNames(links);
        return { ...below, names: undefined };
      }
      default:
        return this.#refsSummary(links);
    }
  }

  #refsSummary(links: Links): Summary {
    let [entries, leaves, height] = [0, 0, 0];
    let names: Summary["names"];
    for (let i = 0; i < childCount(links); i++) {
      const below = this.#child(links, i);
      entries += below.entries;
      leaves += below.leaves;
      height = Math.max(height, below.height);
      names = i === 0 ? below.names : following(names, below.names);
    }
    if (entries !== links.length) throw malformed("Refs: length is not the number of objects below");
    if (leaves > FREE_LEAVES + LEAVES_PER_OBJECT * this.#byKey.size) {
      throw tooLarge("the same objects in too many places");
    }
    return { entries, leaves, height, names };
  }

  #child(links: Links, index: number): Summary {
    return this.#byKey.get(hashKey(childAt(links, index)))!.summary!;
  }

  /** A level that is not in order is read, but no name may stand in it twice. */
  #checkNames(level: Links): void {
    const seen = new Set<string>();
    const stack = [this.#byKey.get(hashKey(childAt(level, 0)))!];
    for (let object = stack.pop(); object !== undefined; object = stack.pop()) {
      const links = linksOf(object.kind, object.bytes!);
      if (object.kind === "entry") {
        if (seen.has(links.name!)) throw malformed("tree: a name stands twice in one level");
        seen.add(links.name!);
      } else {
        for (let i = 0; i < childCount(links); i++) {
          stack.push(this.#byKey.get(hashKey(childAt(links, i)))!);
        }
      }
    }
  }
}

/** Two stretches of names as one; undefined when they are not in strict order. */
function following(before: Summary["names"], after: Summary["names"]): Summary["names"] {
  if (before === undefined || after === undefined) return undefined;
  return compareNames(before.last, after.first) < 0 ? { first: before.first, last: after.last } : undefined;
}

const tooLarge = (what: string): ProtocolError =>
  new ProtocolError(`CXO feed is too large: ${what}`, { by: "peer", code: "too large", ends: "stream" });
