/**
 * What is known of a complete object from what is known of its children: the rules of a tree that no single object
 * shows.
 *
 * @see specification cxo §6; lib/cxo/README.md "Objects"
 * @module
 */
import { ProtocolError } from "../wire/errors.ts";
import { malformed } from "./codec.ts";
import type { HashKey } from "./hash.ts";
import { childCount, childKey, type Links, linksOf, type ObjectKind } from "./objects.ts";
import { compareNames, MAX_SEGMENTS } from "./tree.ts";

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

/** Objects by name. */
export type Objects = ReadonlyMap<
  HashKey,
  { readonly kind: ObjectKind; readonly bytes: Uint8Array | undefined; readonly summary: Summary | undefined }
>;

/**
 * What is known of an object whose children are all complete.
 * @param objects  Where its children are.
 * @throws {ProtocolError} by peer: too many levels, a wrong length, a name twice in a level, or the same objects in too
 *   many places.
 */
export function summaryOf(objects: Objects, kind: ObjectKind, links: Links): Summary {
  switch (kind) {
    case "registry":
      return { entries: 0, leaves: 0, height: 0, names: undefined };
    case "entry": {
      const below = childCount(links) > 0 ? childOf(objects, links, 0) : undefined;
      const height = 1 + (below?.height ?? 0);
      if (height > MAX_SEGMENTS) throw malformed(`tree: more than ${MAX_SEGMENTS} levels`);
      const leaves = below?.leaves ?? (links.leafBytes > 0 ? 1 : 0);
      return { entries: 1, leaves, height, names: { first: links.name!, last: links.name! } };
    }
    case "node": {
      if (childCount(links) === 0) return { entries: 0, leaves: 0, height: 0, names: undefined };
      const below = childOf(objects, links, 0);
      if (below.names === undefined) checkNames(objects, links);
      return { ...below, names: undefined };
    }
    default:
      return refsSummary(objects, links);
  }
}

function refsSummary(objects: Objects, links: Links): Summary {
  let [entries, leaves, height] = [0, 0, 0];
  let names: Summary["names"];
  for (let i = 0; i < childCount(links); i++) {
    const below = childOf(objects, links, i);
    entries += below.entries;
    leaves += below.leaves;
    height = Math.max(height, below.height);
    names = i === 0 ? below.names : following(names, below.names);
  }
  if (entries !== links.length) throw malformed("Refs: length is not the number of objects below");
  if (leaves > FREE_LEAVES + LEAVES_PER_OBJECT * objects.size) {
    throw tooLarge("the same objects in too many places");
  }
  return { entries, leaves, height, names };
}

const childOf = (objects: Objects, links: Links, index: number): Summary =>
  objects.get(childKey(links, index))!.summary!;

/** A level that is not in order is read, but no name may stand in it twice. */
function checkNames(objects: Objects, level: Links): void {
  const seen = new Set<string>();
  const stack = [objects.get(childKey(level, 0))!];
  for (let object = stack.pop(); object !== undefined; object = stack.pop()) {
    const links = linksOf(object.kind, object.bytes!);
    if (object.kind === "entry") {
      if (seen.has(links.name!)) throw malformed("tree: a name stands twice in one level");
      seen.add(links.name!);
    } else {
      for (let i = 0; i < childCount(links); i++) {
        stack.push(objects.get(childKey(links, i))!);
      }
    }
  }
}

/** Two stretches of names as one; undefined when they are not in strict order. */
function following(before: Summary["names"], after: Summary["names"]): Summary["names"] {
  if (before === undefined || after === undefined) return undefined;
  return compareNames(before.last, after.first) < 0 ? { first: before.first, last: after.last } : undefined;
}

/** The error of a feed that goes beyond what may be kept of it. */
export const tooLarge = (what: string): ProtocolError =>
  new ProtocolError(`CXO feed is too large: ${what}`, { by: "peer", code: "too large", ends: "stream" });
