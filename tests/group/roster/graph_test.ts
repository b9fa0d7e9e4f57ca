/** The graph of decisions says the same as its slow model, in every order of arrival. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { NULL_PK } from "../../../lib/crypto/members.ts";
import { DecisionBook, type KnownDecision, knownDecision } from "../../../lib/group/roster/decision_book.ts";
import { type Domain, makeMutation } from "../../../lib/group/roster/governance.ts";
import { RosterGraph } from "../../../lib/group/roster/graph.ts";
import type { RosterNode } from "../../../lib/group/roster/node.ts";
import { foldOf } from "../../../lib/group/roster/roster.ts";
import {
  checkGraphs,
  checkPermutations,
  FOUNDER,
  graphOf,
  NAMES,
  numbers,
  randomGraph,
  shuffled,
} from "./graphs.ts";
import { modelRoster } from "./model.ts";

Deno.test("Roster graph agrees with the slow model, asked now and then, in other orders", () => {
  checkGraphs({ from: 1, count: 800, orders: 2, most: 7 });
  checkGraphs({ from: 1, count: 60, orders: 2, most: 40 });
});

Deno.test("Roster graph is the same for all permutations of 5 decisions", () => {
  checkPermutations({ from: 1, count: 12, size: 5 });
});

Deno.test("What counts, put in order by its times, gives the roster of the graph", () => {
  for (let seed = 1; seed <= 600; seed++) {
    const nodes = randomGraph(seed, 2 + numbers(seed)(20));
    const effective = graphOf(nodes).effective();
    const decisions = nodes.filter(({ id }) => effective.has(id)).map(decisionOf);
    const roster = foldOf({ founder: FOUNDER, createdAtNs: 0n }, decisions, true).roster();
    const expected = modelRoster(FOUNDER, nodes);
    deepStrictEqual([...roster.members].sort(), expected.members, `seed ${seed}`);
    deepStrictEqual([...roster.admins].sort(), expected.admins, `seed ${seed}`);
    deepStrictEqual([...roster.banned.keys()].sort(), expected.banned, `seed ${seed}`);
    deepStrictEqual([...roster.mutedSince.keys()].sort(), expected.muted, `seed ${seed}`);
    strictEqual(roster.readOnlySinceNs !== undefined, expected.readOnly, `seed ${seed}`);
    strictEqual(roster.backfill, expected.copies, `seed ${seed}`);
  }
});

const decisionOf = ({ domain, op, peer, issuer, atNs }: RosterNode) => ({
  domain,
  mutation: {
    groupId: "g",
    op,
    peer,
    parentSeq: 0n,
    issuedAtNs: atNs,
    issuer,
    signature: new Uint8Array(65),
  },
});

const add = (id: string, atNs: number, parents: readonly string[] | undefined): RosterNode => ({
  id,
  domain: "roster",
  op: 1,
  peer: id,
  issuer: FOUNDER,
  atNs: BigInt(atNs),
  parents,
});

Deno.test("Decision that is not later than what it names, or names it twice, is none", () => {
  const graph = graphOf([add("a", 5, [])]);
  strictEqual(graph.take(add("b", 5, ["a"])), "broken");
  strictEqual(graph.take(add("c", 6, ["a", "a"])), "broken");
  strictEqual(graph.take(add("a", 5, [])), "known");
  strictEqual(graph.take(add("d", 8, ["e"])), "waits");
  ok(!graph.isIn("d"));
  strictEqual(graph.take(add("e", 6, ["a"])), "placed");
  ok(graph.isIn("d"));
  deepStrictEqual(graph.heads(), ["d"]);
});

Deno.test("Graph takes 20,000 decisions and no more, waiting ones among them", () => {
  const graph = new RosterGraph(FOUNDER);
  graph.take(add("far", 100_000, ["nowhere"]));
  for (let i = 1; i < 20_000; i++) graph.take(add(`n${i}`, i, i === 1 ? [] : [`n${i - 1}`]));
  strictEqual(graph.take(add("last", 30_000, ["n19999"])), "full");
  ok(graph.isIn("n19999"));
});

Deno.test("A removal names first what the removed one decided, when it can't name all", () => {
  const [founder, bob] = [keyOf(0), keyOf(1)];
  const book = new DecisionBook(founder);
  let at = 0n;
  const take = (issuer: string, domain: Domain, peer: string): void => {
    const groupId = "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50";
    const { mutation } = decisionOf({ id: "", domain, op: 1, peer, issuer, atNs: ++at, parents: undefined });
    book.take(knownDecision({ domain, mutation: { ...mutation, groupId } }));
  };
  take(founder, "admin", bob);
  for (let i = 2; i < 302; i++) take(i < 42 ? bob : founder, "roster", keyOf(i));
  const issuers = book.parentsFor(bob).map((id) => book.get(id)!.mutation.issuer);
  deepStrictEqual(issuers, [...Array(40).fill(bob), ...Array(216).fill(founder)]);
});

Deno.test("Roster of decisions that come one by one is that of all at once in another order", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const below = numbers(seed);
    const nodes = randomGraph(seed, 20);
    const ids = new Map<string, string>();
    const book = new DecisionBook(keyOf(0));
    const all: KnownDecision[] = [];
    for (const node of nodes) {
      const decision = knownDecision({ domain: node.domain, mutation: mutationOf(node, ids) });
      ids.set(node.id, decision.id);
      all.push(decision);
      book.take(decision);
      if (below(4) > 0) book.roster;
    }
    const other = new DecisionBook(keyOf(0));
    for (const decision of shuffled(all, below)) other.take(decision);
    deepStrictEqual(book.roster, other.roster, `seed ${seed}`);
  }
});

function mutationOf(
  { domain, op, peer, issuer, atNs, parents }: RosterNode,
  ids: ReadonlyMap<string, string>,
) {
  const keyOfName = (name: string) => name === "" ? NULL_PK : keyOf(NAMES.indexOf(name));
  const body = {
    groupId: "6f1c2b1e-58d3-4d5e-9a77-0b1c2d3e4f50",
    op,
    peer: keyOfName(peer),
    parentSeq: 0n,
    issuedAtNs: atNs,
    issuer: keyOfName(issuer),
  };
  return makeMutation(domain, body, new Uint8Array(32), unsigned, parents?.map((id) => ids.get(id)!));
}

const unsigned = { sign: () => new Uint8Array(65), verify: () => true };

const keyOf = (n: number): string => `02${n.toString(16).padStart(64, "0")}`;
