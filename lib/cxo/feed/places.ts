/**
 * What an object of a tree is and which objects it names: the rules that a walk follows, one object at a time.
 *
 * @see specification cxo §6; lib/cxo/README.md "Objects"
 * @module
 */
import { HASH_BYTES, type HashKey, hashKeyAt, isBlank } from "../objects/hash.ts";
import { decodeRefsNode, decodeRefsRoot } from "../objects/refs.ts";
import { decodeEntry, decodeNode } from "../objects/tree.ts";

/**
 * The place of an object in a tree: the registry, a level, a Refs root, a Refs node by its depth, an entry. The same
 * bytes in another place would name other objects.
 */
export type ObjectKind =
  | "registry"
  | "node"
  | "entry"
  | "refs"
  | "refs0"
  | "refs1"
  | "refs2"
  | "refs3"
  | "refs4"
  | "refs5"
  | "refs6"
  | "refs7";

/** Refs nodes by their depth. */
export const NODE_KINDS: readonly ObjectKind[] = [
  "refs0",
  "refs1",
  "refs2",
  "refs3",
  "refs4",
  "refs5",
  "refs6",
  "refs7",
];

/** What an object says about itself and what it names. */
export interface Links {
  /** What all its children are. */
  readonly childKind: ObjectKind;
  /** Names of its children, 32 bytes each, one behind the other; a view. */
  readonly children: Uint8Array;
  /** Listed objects below, as a Refs root or node claims. */
  readonly length: number;
  /** Of an entry. */
  readonly name: string | undefined;
  /** Bytes of an entry's value; 0 for everything else. */
  readonly leafBytes: number;
}

const NONE = new Uint8Array(0);
const noChildren = (name?: string, leafBytes = 0): Links => ({
  childKind: "node",
  children: NONE,
  length: 0,
  name,
  leafBytes,
});

/**
 * Which objects an object names.
 * @throws {ProtocolError} by peer: it is not what its place asks for.
 */
export function linksOf(kind: ObjectKind, bytes: Uint8Array): Links {
  switch (kind) {
    case "registry":
      return noChildren();
    case "node": {
      const refs = decodeNode(bytes);
      return isBlank(refs) ? noChildren() : { ...noChildren(), childKind: "refs", children: refs };
    }
    case "entry": {
      const { name, sub, leaf } = decodeEntry(bytes);
      if (isBlank(sub)) return noChildren(name, leaf.length);
      return { childKind: "node", children: sub, length: 0, name, leafBytes: 0 };
    }
    case "refs": {
      const { depth, length, elements } = decodeRefsRoot(bytes);
      const childKind = depth === 0 ? "entry" : NODE_KINDS[depth - 1];
      return { childKind, children: elements, length, name: undefined, leafBytes: 0 };
    }
    default: {
      const depth = NODE_KINDS.indexOf(kind);
      const { length, elements } = decodeRefsNode(bytes);
      const childKind = depth === 0 ? "entry" : NODE_KINDS[depth - 1];
      return { childKind, children: elements, length, name: undefined, leafBytes: 0 };
    }
  }
}

/** How many objects an object names. */
export const childCount = (links: Pick<Links, "children">): number => links.children.length / HASH_BYTES;

/** The Map key of the name of one child. */
export const childKey = (links: Pick<Links, "children">, index: number): HashKey =>
  hashKeyAt(links.children, index * HASH_BYTES);
