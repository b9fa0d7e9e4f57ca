/**
 * What a new tree has that the one before had not: equal parts are passed over by their names.
 *
 * @see specification cxo §6.4; lib/cxo/README.md "Diff"
 * @module
 */
import { equal } from "../../wire/bytes.ts";
import { type HashKey, hashKey, isBlank } from "../objects/hash.ts";
import { compareNames, decodeEntry, type TreeEntry } from "../objects/tree.ts";
import type { Kept } from "./kept.ts";
import type { KeptObjects } from "./objects_kept.ts";
import type { ObjectKind } from "./places.ts";
import { namesOf } from "./summary.ts";

/** A leaf that came, changed or went. A leaf that went is no retraction: see the README. */
export interface Change {
  /** What happened to the path. */
  readonly kind: "inserted" | "changed" | "removed";
  /** Segments with `/` between them. */
  readonly path: string;
  /** The new value; of a removed one the old. It may be a view of a kept object. */
  readonly value: Uint8Array;
}

/** A leaf. */
export interface Leaf {
  /** Segments with `/` between them. */
  readonly path: string;
  /** It may be a view of a kept object. */
  readonly value: Uint8Array;
}

/**
 * All leaves of a complete tree, in its order.
 * @param top  Name of its top level.
 */
export function* leavesOf(objects: KeptObjects, top: HashKey): Generator<Leaf> {
  for (const change of walk(objects, objects.get(top)!, "", "inserted")) {
    yield { path: change.path, value: change.value };
  }
}

/**
 * The value at a path of a complete tree.
 * @returns Undefined when no leaf stands there.
 */
export function leafAt(objects: KeptObjects, top: HashKey, path: string): Uint8Array | undefined {
  let level: Kept | undefined = objects.get(top);
  const segments = path.split("/");
  for (const [i, name] of segments.entries()) {
    const entry: TreeEntry | undefined = level && entryNamed(objects, level, name);
    if (entry === undefined) return undefined;
    if (i === segments.length - 1) return entry.leaf.length > 0 ? entry.leaf : undefined;
    level = isBlank(entry.sub) ? undefined : objects.get(hashKey(entry.sub));
  }
  return undefined;
}

/**
 * What leads from one complete tree to another.
 * @param before  Name of the old top level, undefined for none.
 * @param after  Name of the new top level, undefined for none.
 * @returns In the order of paths where both levels are sorted.
 */
export function changesOf(
  objects: KeptObjects,
  before: HashKey | undefined,
  after: HashKey | undefined,
): Change[] {
  const level = (key: HashKey | undefined): Kept | undefined =>
    key === undefined ? undefined : objects.get(key);
  return [...compareLevels(objects, level(before), level(after), "")];
}

function* compareLevels(
  objects: KeptObjects,
  before: Kept | undefined,
  after: Kept | undefined,
  prefix: string,
): Generator<Change> {
  if (before?.key === after?.key) return;
  if (before === undefined) return yield* walk(objects, after!, prefix, "inserted");
  if (after === undefined) return yield* walk(objects, before, prefix, "removed");
  const pairs = isSorted(objects, before) && isSorted(objects, after)
    ? merged(objects, before, after)
    : matched(objects, before, after);
  for (const [old, fresh] of pairs) yield* compareEntries(objects, old, fresh, prefix);
}

/** Entries of one name in both levels; undefined where there is none. */
type Pair = readonly [TreeEntry | undefined, TreeEntry | undefined];

function* compareEntries(
  objects: KeptObjects,
  before: TreeEntry | undefined,
  after: TreeEntry | undefined,
  prefix: string,
): Generator<Change> {
  const path = prefix + (before ?? after)!.name;
  const subOf = (entry: TreeEntry | undefined): Kept | undefined =>
    entry === undefined || isBlank(entry.sub) ? undefined : objects.get(hashKey(entry.sub));
  const [old, fresh] = [before?.leaf ?? NONE, after?.leaf ?? NONE];
  if (old.length > 0 && fresh.length > 0) {
    if (!equal(old, fresh)) yield { kind: "changed", path, value: fresh };
  } else if (old.length > 0) yield { kind: "removed", path, value: old };
  yield* compareLevels(objects, subOf(before), subOf(after), `${path}/`);
  if (old.length === 0 && fresh.length > 0) yield { kind: "inserted", path, value: fresh };
}

const NONE = new Uint8Array(0);

function* walk(objects: KeptObjects, level: Kept, prefix: string, kind: Change["kind"]): Generator<Change> {
  for (const entry of entriesOf(objects, level)) {
    const path = prefix + entry.name;
    if (!isBlank(entry.sub)) yield* walk(objects, objects.get(hashKey(entry.sub))!, `${path}/`, kind);
    else if (entry.leaf.length > 0) yield { kind, path, value: entry.leaf };
  }
}

function* entriesOf(objects: KeptObjects, level: Kept): Generator<TreeEntry> {
  const cursor = new Cursor(objects, level);
  for (let here = cursor.here; here !== undefined; here = cursor.here) {
    if (here.kind !== "entry") cursor.down();
    else {
      yield decodeEntry(here.bytes!);
      cursor.next();
    }
  }
}

function entryNamed(objects: KeptObjects, level: Kept, name: string): TreeEntry | undefined {
  const cursor = new Cursor(objects, level);
  for (let here = cursor.here; here !== undefined; here = cursor.here) {
    const names = namesOf(objects, here);
    const apart = names !== undefined &&
      (compareNames(name, names.first) < 0 || compareNames(name, names.last) > 0);
    if (apart) cursor.next();
    else if (here.kind === "entry") return decodeEntry(here.bytes!);
    else cursor.down();
  }
  return undefined;
}

/** A level without entries, or one whose names are in strict order. */
function isSorted(objects: KeptObjects, level: Kept): boolean {
  const refs = new Cursor(objects, level).here;
  return refs === undefined || refs.summary!.names !== undefined;
}

/** Two sorted levels side by side; equal stretches are skipped unread. */
function* merged(objects: KeptObjects, before: Kept, after: Kept): Generator<Pair> {
  const [old, fresh] = [new Cursor(objects, before), new Cursor(objects, after)];
  for (;;) {
    const [a, b] = [old.here, fresh.here];
    if (a === undefined && b === undefined) return;
    if (a !== undefined && a === b) {
      old.next();
      fresh.next();
      continue;
    }
    const [deepA, deepB] = [depthOf(a), depthOf(b)];
    if (deepA > 0 || deepB > 0) {
      if (deepA >= deepB) old.down();
      if (deepB >= deepA) fresh.down();
      continue;
    }
    const [x, y] = [a && decodeEntry(a.bytes!), b && decodeEntry(b.bytes!)];
    const order = x === undefined ? 1 : y === undefined ? -1 : compareNames(x.name, y.name);
    yield [order <= 0 ? x : undefined, order >= 0 ? y : undefined];
    if (order <= 0) old.next();
    if (order >= 0) fresh.next();
  }
}

/** Two levels of which one is not sorted. */
function* matched(objects: KeptObjects, before: Kept, after: Kept): Generator<Pair> {
  const old = new Map<string, TreeEntry>();
  for (const entry of entriesOf(objects, before)) old.set(entry.name, entry);
  for (const entry of entriesOf(objects, after)) {
    yield [old.get(entry.name), entry];
    old.delete(entry.name);
  }
  for (const entry of old.values()) yield [entry, undefined];
}

/** 0 for an entry or nothing, 1 for a node of entries, more above; a Refs root counts as its own depth says. */
function depthOf(object: Kept | undefined): number {
  if (object === undefined || object.kind === "entry") return 0;
  const { childKind } = object;
  return childKind === "entry" ? 1 : 2 + kindDepth(childKind);
}

const kindDepth = (kind: ObjectKind): number => Number(kind.slice("refs".length));

/** A place in the Refs of one level, from the Refs root down to an entry. */
class Cursor {
  readonly #objects: KeptObjects;
  readonly #stack: { object: Kept; count: number; index: number }[] = [];

  constructor(objects: KeptObjects, level: Kept) {
    this.#objects = objects;
    this.#enter(level);
  }

  /** What stands here: a Refs root, a Refs node or an entry; undefined at the end. */
  get here(): Kept | undefined {
    const top = this.#stack.at(-1);
    return top === undefined ? undefined : this.#objects.get(top.object.childKey(top.index));
  }

  /** Goes into what stands here. */
  down(): void {
    const object = this.here!;
    this.#stack.at(-1)!.index++;
    this.#enter(object);
  }

  /** Goes past what stands here. */
  next(): void {
    this.#stack.at(-1)!.index++;
    this.#settle();
  }

  #enter(object: Kept): void {
    this.#stack.push({ object, count: object.childCount, index: 0 });
    this.#settle();
  }

  #settle(): void {
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      if (top.index < top.count) return;
      this.#stack.pop();
    }
  }
}
