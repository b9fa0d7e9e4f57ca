/**
 * A tree that its owner changes: puts and deletes go in, and the objects that a new Root needs come out, in
 * proportion to what changed.
 *
 * @see specification cxo §6.2 – §6.4; lib/cxo/README.md "Tree"
 * @module
 */
import { type HashKey, hashKey, hashOfKey, nameOf } from "../objects/hash.ts";
import { RefsShape } from "../objects/refs.ts";
import { compareNames, encodeLeaf, encodeSub, segmentsOf } from "../objects/tree.ts";
import type { ObjectKind } from "./places.ts";

/** One object of a new state, children before parents. */
export interface BuiltObject {
  /** Its name, 32 bytes. */
  readonly hash: Uint8Array;
  /** The same as a Map key: one text for the tree and for who keeps the object. */
  readonly key: HashKey;
  /** Its bytes. */
  readonly bytes: Uint8Array;
  /** What it is. */
  readonly kind: ObjectKind;
}

/** A child: a leaf or a sub-level. */
interface Child {
  readonly name: string;
  /** Name of its entry, as a text: half of what an array takes; undefined for a level until it is built. */
  hash: HashKey | undefined;
  /** A leaf's entry, until it is built. */
  entry: Uint8Array | undefined;
  /** The sub-level, unless it is a leaf. */
  readonly level: Level | undefined;
}

/** Where a name stands, or would. */
function placeOf(children: readonly Child[], name: string): { index: number; found: boolean } {
  // Most names are new and greater than all: times that only grow.
  const last = children.at(-1);
  if (last === undefined || compareNames(last.name, name) < 0) {
    return { index: children.length, found: false };
  }
  let [low, high] = [0, children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareNames(children[middle].name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return { index: low, found: children[low]?.name === name };
}

/** One level: its children in the order of their names. */
class Level {
  children: Child[] = [];
  readonly #refs = new RefsShape();

  /** @returns The child of that name. */
  get(name: string): Child | undefined {
    const { index, found } = placeOf(this.children, name);
    return found ? this.children[index] : undefined;
  }

  /** Puts a child, in the place of one of the same name. */
  set(child: Child): void {
    const { index, found } = placeOf(this.children, child.name);
    if (this.children.length === 0) this.children = [child]; // most levels stay so: no room for sixteen more
    else this.children.splice(index, found ? 1 : 0, child);
    if (found) this.#refs.touch(index);
    else this.#refs.move(index);
  }

  /** Marks a sub-level as changed. */
  touch(name: string): void {
    const { index } = placeOf(this.children, name);
    this.children[index].hash = undefined;
    this.#refs.touch(index);
  }

  /** Takes a child out. */
  remove(name: string): void {
    const { index } = placeOf(this.children, name);
    this.children.splice(index, 1);
    this.#refs.move(index);
  }

  /** Makes what changed below, and the level's object. @returns Its name. */
  build(sink: (object: BuiltObject) => void): Uint8Array {
    const nameAt = (index: number): Uint8Array => {
      const child = this.children[index];
      if (child.hash === undefined || child.entry !== undefined) return entryOf(child, sink);
      return hashOfKey(child.hash);
    };
    const refs = this.#refs.build(
      this.children.length,
      nameAt,
      (hash, bytes, depth) =>
        sink({
          hash,
          key: hashKey(hash),
          bytes,
          kind: depth === undefined ? "refs" : `refs${depth}` as ObjectKind,
        }),
    );
    const bytes = refs.slice();
    const hash = nameOf(bytes);
    sink({ hash, key: hashKey(hash), bytes, kind: "node" });
    return hash;
  }
}

/** Gives out a child's entry, and what is below it first. */
function entryOf(child: Child, sink: (object: BuiltObject) => void): Uint8Array {
  const bytes = child.level ? encodeSub(child.name, child.level.build(sink)) : child.entry!;
  child.entry = undefined;
  const hash = child.hash === undefined ? nameOf(bytes) : hashOfKey(child.hash);
  const key = child.hash ??= hashKey(hash);
  sink({ hash, key, bytes, kind: "entry" });
  return hash;
}

/** A tree under change. Values are in the objects that {@link TreeBuilder.build} gives out, not kept here. */
export class TreeBuilder {
  #top = new Level();
  #leaves = 0;

  /** Leaves in the tree. */
  get leaves(): number {
    return this.#leaves;
  }

  /**
   * Puts a leaf; one at the same path is replaced.
   * @param path  Segments with `/` between them.
   * @param value  1 byte or longer; copied.
   * @returns The name of its entry, as a Map key.
   * @throws {RangeError} A path that is none, an empty value, a leaf on the way or a sub-level at the end.
   */
  put(path: string, value: Uint8Array): HashKey {
    if (value.length === 0) throw new RangeError("an empty value is the same as no leaf");
    const segments = segmentsOf(path);
    const name = segments.pop()!;
    let level: Level | undefined = this.#top;
    const way = [level];
    for (const segment of segments) {
      const child: Child | undefined = level.get(segment);
      if (child !== undefined && child.level === undefined) {
        throw new RangeError(`a leaf stands on the way to "${path}"`);
      }
      level = child?.level;
      if (level === undefined) break;
      way.push(level);
    }
    const last = level?.get(name);
    if (last?.level) throw new RangeError(`"${path}" is a level, not a leaf`);
    if (last === undefined) this.#leaves++;
    // Nothing is made before all is checked: a refused put changes nothing.
    for (let i = way.length; i <= segments.length; i++) {
      const made = new Level();
      way[i - 1].set({ name: segments[i - 1], hash: undefined, entry: undefined, level: made });
      way.push(made);
    }
    const entry = encodeLeaf(name, value);
    const hash = hashKey(nameOf(entry));
    way[segments.length].set({ name, hash, entry, level: undefined });
    for (let i = segments.length - 1; i >= 0; i--) way[i].touch(segments[i]);
    return hash;
  }

  /** Whether a leaf or a level stands at a path. */
  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /**
   * Takes one leaf away, and every level that is empty then.
   * @returns Whether there was a leaf.
   */
  delete(path: string): boolean {
    const child = this.#find(path);
    return child !== undefined && child.level === undefined && this.prune(path) > 0;
  }

  /**
   * Takes a leaf or a whole level away, and every level that is empty then; the empty path clears all.
   * @returns How many leaves are gone.
   */
  prune(path: string): number {
    const segments = path.replace(/\/$/, "").split("/");
    if (path === "" || path === "/") {
      const gone = this.#leaves;
      this.#top = new Level();
      this.#leaves = 0;
      return gone;
    }
    const way = this.#way(segments.slice(0, -1));
    const child = way?.at(-1)?.get(segments.at(-1)!);
    if (way === undefined || child === undefined) return 0;
    const gone = child.level ? countLeaves(child.level) : 1;
    this.#leaves -= gone;
    let i = segments.length - 1;
    way[i].remove(segments[i]);
    while (i > 0 && way[i].children.length === 0) way[--i].remove(segments[i]);
    while (i > 0) way[--i].touch(segments[i]);
    return gone;
  }

  /** Paths of the leaves at or under a prefix, in the tree's order. */
  *paths(prefix = ""): Generator<string> {
    const head = prefix.replace(/\/$/, "");
    if (head === "") return yield* pathsOf(this.#top, "");
    const child = this.#find(head);
    if (child?.level) yield* pathsOf(child.level, `${head}/`);
    else if (child) yield head;
  }

  /**
   * Makes what changed since the last call.
   * @param sink  Takes each new object, children before parents; some of them may be known from before.
   * @returns The name of the top level, 32 bytes.
   */
  build(sink: (object: BuiltObject) => void): Uint8Array {
    return this.#top.build(sink);
  }

  #find(path: string): Child | undefined {
    const segments = path.split("/");
    return this.#way(segments.slice(0, -1))?.at(-1)?.get(segments.at(-1)!);
  }

  /** The levels from the top to the one that the segments name; undefined when there is none. */
  #way(segments: readonly string[]): Level[] | undefined {
    const way = [this.#top];
    for (const segment of segments) {
      const level = way[way.length - 1].get(segment)?.level;
      if (level === undefined) return undefined;
      way.push(level);
    }
    return way;
  }
}

function countLeaves(level: Level): number {
  let count = 0;
  for (const child of level.children) count += child.level ? countLeaves(child.level) : 1;
  return count;
}

function* pathsOf(level: Level, prefix: string): Generator<string> {
  for (const { name, level: sub } of level.children) {
    if (sub) yield* pathsOf(sub, `${prefix}${name}/`);
    else yield prefix + name;
  }
}
