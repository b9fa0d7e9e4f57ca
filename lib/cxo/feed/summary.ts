/**
 * What is known of a complete object from what is known of its children: the rules of a tree that no single object
 * shows.
 *
 * @see specification cxo §6; lib/cxo/README.md "Objects"
 * @module
 */
import { ProtocolError } from "../../wire/errors.ts";
import { malformed } from "../objects/codec.ts";
import type { HashKey } from "../objects/hash.ts";
import { compareNames, MAX_SEGMENTS } from "../objects/tree.ts";
import type { Kept, Names, Summary } from "./kept.ts";

/**
 * Ends that a tree may have for each object that it has: the same object may stand in many places, and a few hundred of
 * them would else have 16^16 ends, which a reader walks to, with a value or without. A tree whose every entry is its own
 * has less than one; each is 16 µs of a walk and a change in memory, so what 1 MB of objects costs is bounded by this.
 */
const ENDS_PER_OBJECT = 4;
/** So many are never too many. */
const FREE_ENDS = 1024;

/** Objects by name. */
export type Objects = ReadonlyMap<HashKey, Kept>;

/** Nothing is below. */
const EMPTY: Summary = { entries: 0, ends: 0, height: 0, names: undefined };
/** Of one entry with one end, by height: each message has four objects of which nothing else is to be said. */
const ONE: readonly Summary[] = Array.from(
  { length: MAX_SEGMENTS + 1 },
  (_, height) => ({ entries: 1, ends: 1, height, names: "one" }),
);

/** What is known of a level of one entry. */
const ofOne = (ends: number, height: number): Summary =>
  ends === 1 ? ONE[height] : { entries: 1, ends, height, names: "one" };

/**
 * The least and the greatest name below a complete entry or Refs object; undefined: they are not in strict order.
 * @param objects  Where its children are.
 */
export function namesOf(objects: Pick<Objects, "get">, object: Kept): Names | undefined {
  const { names } = object.summary!;
  if (names !== "one") return names;
  let one = object;
  while (one.kind !== "entry") one = objects.get(one.childKey(0))!;
  return { first: one.name, last: one.name };
}

/**
 * What is known of an object whose children are all complete.
 * @param objects  Where its children are.
 * @throws {ProtocolError} by peer: too many levels, a wrong length, a name twice in a level, or the same objects in too
 *   many places.
 */
export function summaryOf(objects: Objects, object: Kept): Summary {
  switch (object.kind) {
    case "registry":
      return EMPTY;
    case "entry": {
      const below = object.childCount > 0 ? childOf(objects, object, 0).summary! : undefined;
      const height = 1 + (below?.height ?? 0);
      if (height > MAX_SEGMENTS) throw malformed(`tree: more than ${MAX_SEGMENTS} levels`);
      return ofOne(Math.max(1, below?.ends ?? 1), height);
    }
    case "node": {
      if (object.childCount === 0) return EMPTY;
      const level = childOf(objects, object, 0);
      if (level.summary!.names === undefined) checkNames(objects, level);
      return level.summary!;
    }
    default:
      return refsSummary(objects, object);
  }
}

function refsSummary(objects: Objects, refs: Kept): Summary {
  const count = refs.childCount;
  const first = childOf(objects, refs, 0);
  let { entries, ends, height, names } = first.summary!;
  if (count > 1) names = namesOf(objects, first);
  for (let i = 1; i < count; i++) {
    const child = childOf(objects, refs, i);
    const below = child.summary!;
    entries += below.entries;
    ends += below.ends;
    height = Math.max(height, below.height);
    if (names !== undefined) names = following(names as Names, namesOf(objects, child));
  }
  if (entries !== refs.claimed) throw malformed("Refs: length is not the number of objects below");
  if (ends > FREE_ENDS + ENDS_PER_OBJECT * objects.size) {
    throw tooLarge("the same objects in too many places");
  }
  return count === 1 ? first.summary! : { entries, ends, height, names };
}

const childOf = (objects: Objects, object: Kept, index: number): Kept => objects.get(object.childKey(index))!;

/** A level that is not in order is read, but no name may stand in it twice. */
function checkNames(objects: Objects, refs: Kept): void {
  const seen = new Set<string>();
  const stack = [refs];
  for (let object = stack.pop(); object !== undefined; object = stack.pop()) {
    if (object.kind === "entry") {
      if (seen.has(object.name)) throw malformed("tree: a name stands twice in one level");
      seen.add(object.name);
    } else {
      for (let i = 0; i < object.childCount; i++) stack.push(childOf(objects, object, i));
    }
  }
}

/** Two stretches of names as one; undefined when they are not in strict order. */
function following(before: Names, after: Names | undefined): Names | undefined {
  if (after === undefined) return undefined;
  return compareNames(before.last, after.first) < 0 ? { first: before.first, last: after.last } : undefined;
}

/** The error of a feed that goes beyond what may be kept of it. */
export const tooLarge = (what: string): ProtocolError =>
  new ProtocolError(`CXO feed is too large: ${what}`, { by: "peer", code: "too large", ends: "stream" });
