/**
 * Refs: a list of object names as a small Merkle tree, 16 wide.
 *
 * @see specification cxo §6.3; lib/cxo/README.md "Refs"
 * @module
 */
import { Decoder, Encoder, malformed } from "./codec.ts";
import { BLANK, HASH_BYTES, isBlank, nameOf } from "./hash.ts";

/** Elements of a node that we write, as every Go node does. */
const DEGREE = 16;
/** The widest node that is read. */
const MAX_DEGREE = 1024;
/** The deepest Refs that are read: 16^9 objects at our width. */
export const MAX_DEPTH = 8;

/** The object that a Refs hash names. */
export interface RefsRoot {
  /** Levels of nodes below; 0: the elements are the listed objects. */
  readonly depth: number;
  /** 2 … 1024. */
  readonly degree: number;
  /** Listed objects below. */
  readonly length: number;
  /** Names, 32 bytes each, one behind the other. */
  readonly elements: Uint8Array;
}

/** An inner node: listed objects at depth 0, nodes above. */
export type RefsNode = Pick<RefsRoot, "length" | "elements">;

/** A Refs root's bytes. */
export const encodeRefsRoot = ({ depth, degree, length, elements }: RefsRoot): Uint8Array =>
  new Encoder(16 + elements.length).u32(depth).u32(degree).u32(length)
    .count(elements.length / HASH_BYTES).fixed(elements).done();

/** A Refs node's bytes. */
export const encodeRefsNode = ({ length, elements }: RefsNode): Uint8Array =>
  new Encoder(8 + elements.length).u32(length).count(elements.length / HASH_BYTES).fixed(elements).done();

/**
 * Reads a Refs root; elements are a view. Its length is compared with what is below once that is here
 * (`summary.ts`).
 * @throws {ProtocolError} by peer: too short, a depth or width outside the limits, no elements, or blank ones.
 */
export function decodeRefsRoot(bytes: Uint8Array): RefsRoot {
  const from = new Decoder(bytes, "Refs root");
  const [depth, degree] = [from.u32(), from.u32()];
  if (depth > MAX_DEPTH) throw malformed("Refs root: deeper than is read");
  if (degree < 2 || degree > MAX_DEGREE) throw malformed("Refs root: width outside 2–1024");
  return { depth, degree, ...nodeFrom(from, degree, "Refs root") };
}

/**
 * Reads a Refs node; elements are a view.
 * @throws {ProtocolError} by peer, as {@link decodeRefsRoot}.
 */
export const decodeRefsNode = (bytes: Uint8Array): RefsNode =>
  nodeFrom(new Decoder(bytes, "Refs node"), MAX_DEGREE, "Refs node");

function nodeFrom(from: Decoder, maxElements: number, what: string): RefsNode {
  const length = from.u32();
  const count = from.count(HASH_BYTES);
  if (count > maxElements) throw malformed(`${what}: more elements than its width`);
  if (count === 0) throw malformed(`${what}: no objects below`);
  const elements = from.fixed(count * HASH_BYTES);
  for (let i = 0; i < count; i++) {
    if (isBlank(elements, i * HASH_BYTES, (i + 1) * HASH_BYTES)) throw malformed(`${what}: a blank element`);
  }
  return { length, elements };
}

/** Levels of nodes that a list of a length needs below its root. */
function depthFor(length: number): number {
  let depth = 0;
  for (let fits = DEGREE; fits < length; fits *= DEGREE) depth++;
  return depth;
}

/** Takes each new object of a list, children before parents. `depth`: of a node; undefined for the root. */
export type RefsSink = (hash: Uint8Array, bytes: Uint8Array, depth: number | undefined) => void;

/** Of all lists that have none: most have one element. */
const NO_LEVELS: Uint8Array[][] = [];

/**
 * A list that changes: keeps the names of its nodes, and makes only those again below which something changed. Its
 * result depends on the list alone.
 */
export class RefsShape {
  /** Names of the nodes at each depth, from 0 up; none when the root holds the list itself. */
  #levels: Uint8Array[][] = NO_LEVELS;
  #length = 0;
  #changed: Set<number> | undefined;
  /** From this index on everything moved. */
  #movedFrom = 0;

  /** Marks one element as another one at the same place. */
  touch(index: number): void {
    (this.#changed ??= new Set()).add(index);
  }

  /** Marks everything from an index on: an element came or went there. */
  move(index: number): void {
    this.#movedFrom = Math.min(this.#movedFrom, index);
  }

  /**
   * Makes what is missing.
   * @param length  Of the list now.
   * @param nameAt  Gives the name of a listed object, 32 bytes.
   * @returns The Refs hash; blank for an empty list.
   */
  build(length: number, nameAt: (index: number) => Uint8Array, sink: RefsSink): Uint8Array {
    const depth = depthFor(length);
    if (depth > 0 && this.#levels === NO_LEVELS) this.#levels = [];
    let below = length;
    let dirty = this.#dirtyNodes(this.#changed ?? [], this.#movedFrom, length);
    for (let level = 0; level < depth; level++) {
      const under = level === 0 ? nameAt : this.#namesOf(level - 1);
      const count = Math.ceil(below / DEGREE);
      const names = this.#levels[level] ??= [];
      if (level >= this.#depth()) dirty = all(count); // a new storey: nothing of it stands
      names.length = Math.min(names.length, count);
      for (const index of dirty) names[index] = this.#node(level, index, below, length, under, sink);
      below = count;
      dirty = parentsOf(dirty);
    }
    if (depth === 0) this.#levels = NO_LEVELS;
    else this.#levels.length = depth;
    this.#settle(length);
    if (length === 0) return BLANK;
    const elements = joined(0, below, depth === 0 ? nameAt : this.#namesOf(depth - 1));
    const bytes = encodeRefsRoot({ depth, degree: DEGREE, length, elements });
    const hash = nameOf(bytes);
    sink(hash, bytes, undefined);
    return hash;
  }

  #node(
    level: number,
    index: number,
    below: number,
    length: number,
    nameAt: (index: number) => Uint8Array,
    sink: RefsSink,
  ): Uint8Array {
    const elements = joined(index * DEGREE, Math.min(below, (index + 1) * DEGREE), nameAt);
    const span = DEGREE ** (level + 1);
    const bytes = encodeRefsNode({ length: Math.min(span, length - index * span), elements });
    const hash = nameOf(bytes);
    sink(hash, bytes, level);
    return hash;
  }

  #namesOf(level: number): (index: number) => Uint8Array {
    return (index) => this.#levels[level][index];
  }

  #depth(): number {
    return this.#length === 0 ? 0 : depthFor(this.#length);
  }

  #settle(length: number): void {
    this.#length = length;
    this.#changed = undefined;
    this.#movedFrom = length;
  }

  /** Ascending indexes of the lowest nodes below which something changed. */
  #dirtyNodes(changed: Iterable<number>, movedFrom: number, length: number): number[] {
    const nodes = new Set<number>();
    for (const index of changed) if (index < length) nodes.add(Math.floor(index / DEGREE));
    if (length > 0 && (movedFrom < length || this.#length !== length)) {
      // A list that became shorter or longer has another last node, also when nothing else moved.
      const from = Math.min(movedFrom, this.#length, length - 1);
      for (let node = Math.floor(from / DEGREE); node * DEGREE < length; node++) nodes.add(node);
    }
    return [...nodes].sort((a, b) => a - b);
  }
}

const all = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

function parentsOf(nodes: readonly number[]): number[] {
  const parents: number[] = [];
  for (const node of nodes) {
    const parent = Math.floor(node / DEGREE);
    if (parents[parents.length - 1] !== parent) parents.push(parent);
  }
  return parents;
}

function joined(from: number, to: number, nameAt: (index: number) => Uint8Array): Uint8Array {
  const elements = new Uint8Array((to - from) * HASH_BYTES);
  for (let i = from; i < to; i++) elements.set(nameAt(i), (i - from) * HASH_BYTES);
  return elements;
}
