/** Random graphs of decisions, from a seed, and both answers to them. */
import { deepStrictEqual } from "node:assert/strict";
import type { Domain } from "../../../lib/group/roster/governance.ts";
import { RosterGraph } from "../../../lib/group/roster/graph.ts";
import type { RosterNode } from "../../../lib/group/roster/node.ts";
import { type ModelRoster, modelRoster } from "./model.ts";

/** Who is in it. */
export const NAMES: readonly string[] = ["alice", "bob", "carol", "dora", "eve"];
/** Always the first. */
export const FOUNDER: string = NAMES[0];

/** Roles weigh more than the rest: there the cases are. */
export const KINDS: readonly (readonly [Domain, number])[] = [
  ["roster", 1],
  ["roster", 2],
  ["roster", 2],
  ["admin", 1],
  ["admin", 1],
  ["admin", 1],
  ["admin", 2],
  ["admin", 2],
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((op) => ["mod", op] as const),
];

/** Whole numbers from 0 to below a bound, from a seed. */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

/** Begins with a founder who lets most in and promotes some; then everybody decides, having seen more or less. */
export function randomGraph(seed: number, size: number): RosterNode[] {
  const below = numbers(seed);
  const nodes: RosterNode[] = [];
  const plain = below(3); // none, some, many of a Go program's
  for (let i = 0; i < size; i++) {
    const [domain, op] = KINDS[below(KINDS.length)];
    const isEarly = below(size) > i;
    const parents = new Set<string>();
    for (let n = below(4); n > 0 && i > 0; n--) {
      parents.add(nodes[below(2) === 0 ? i - 1 - below(Math.min(i, 2)) : below(i)].id);
    }
    nodes.push({
      // No order follows from it.
      id: `${(below(0x10000)).toString(16).padStart(4, "0")}${i}`,
      domain: isEarly ? (below(2) ? "admin" : "roster") : domain,
      op: isEarly ? 1 : op,
      peer: domain === "mod" && op >= 5 && !isEarly ? "" : NAMES[below(NAMES.length)],
      issuer: isEarly && below(3) > 0 ? FOUNDER : NAMES[below(NAMES.length)],
      atNs: BigInt(i + 1),
      parents: below(4) < plain ? undefined : [...parents],
    });
    const last = nodes[i];
    if (below(12) === 0 && last.parents !== undefined) {
      nodes.push({ ...last, id: `${last.id}s`, parents: undefined });
      if (nodes.length > size) nodes.pop();
      else i++;
    }
  }
  return nodes;
}

/** What a graph says, in the words of the model. */
export function seenIn(graph: RosterGraph, nodes: readonly RosterNode[]): ModelRoster {
  const keys = [...new Set([FOUNDER, ...nodes.map(({ peer }) => peer)])].sort();
  return {
    members: keys.filter((pk) => graph.isIn(pk)),
    admins: keys.filter((pk) => graph.isAdmin(pk)),
    banned: keys.filter((pk) => graph.isBanned(pk)),
    muted: keys.filter((pk) => graph.isMuted(pk)),
    readOnly: graph.isReadOnly,
    copies: graph.copies,
    counts: nodes.map(({ id }) => id).filter((id) => graph.counts(id)).sort(),
  };
}

/** Gives decisions to a new graph. @param asks  After which of them the roster is asked for. */
export function graphOf(
  order: readonly RosterNode[],
  asks: (at: number) => boolean = () => false,
): RosterGraph {
  const graph = new RosterGraph(FOUNDER);
  order.forEach((node, at) => {
    graph.take(node);
    if (asks(at)) graph.isIn(FOUNDER);
  });
  return graph;
}

/** In another order. */
export function shuffled<T>(items: readonly T[], below: (bound: number) => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

/** Which seeds, and how. */
export interface Check {
  readonly from: number;
  readonly count: number;
}

/** Checks seeds of 2 to `most` decisions against the model, each in its own order and in `orders` others. */
export function checkGraphs({ from, count, orders, most }: Check & { orders: number; most: number }): void {
  for (let seed = from; seed < from + count; seed++) {
    const below = numbers(seed ^ 0x5bd1e995);
    const nodes = randomGraph(seed, 2 + below(most - 1));
    const expected = modelRoster(FOUNDER, nodes);
    for (let order = 0; order <= orders; order++) {
      const mixed = order === 0 ? nodes : shuffled(nodes, below);
      const graph = graphOf(mixed, () => below(3) === 0);
      deepStrictEqual(seenIn(graph, nodes), expected, `seed ${seed}, order ${order}`);
    }
  }
}

/** Checks seeds of `size` decisions in every order of arrival. */
export function checkPermutations({ from, count, size }: Check & { size: number }): void {
  for (let seed = from; seed < from + count; seed++) {
    const nodes = randomGraph(seed, size);
    const expected = modelRoster(FOUNDER, nodes);
    for (const order of permutations(nodes)) {
      deepStrictEqual(seenIn(graphOf(order), nodes), expected, `seed ${seed}: ${order.map(({ id }) => id)}`);
    }
  }
}

/** All orders of some items. */
export function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length <= 1) return void (yield [...items]);
  for (let i = 0; i < items.length; i++) {
    for (const rest of permutations([...items.slice(0, i), ...items.slice(i + 1)])) yield [items[i], ...rest];
  }
}
