/**
 * All decisions of a group that are known, and the roster that follows from them: by the graph, and beside it by their
 * clocks alone, as Go programs see it.
 *
 * @see lib/group/README.md "A roster without clocks"
 * @module
 */
import type { PublicKeyHex } from "../../crypto/keys.ts";
import { nodeOf } from "./decision_node.ts";
import { type Decision, foldOf, foldRoster, type Roster, type RosterFold } from "./roster.ts";
import { MAX_NODES, RosterGraph } from "./graph.ts";
import { MAX_PARENTS } from "./seen.ts";

/** A decision with its id in the graph. */
export interface KnownDecision extends Decision {
  /** 64 hex characters. */
  readonly id: string;
}

/** A decision with its id. @param decision  Genuine, with nothing seen but what its issuer has said. */
export const knownDecision = ({ domain, mutation }: Decision): KnownDecision => ({
  domain,
  mutation,
  id: nodeOf(domain, mutation).id,
});

/** The decisions of one group. */
export class DecisionBook {
  readonly #founder: PublicKeyHex;
  readonly #graph: RosterGraph;
  readonly #decisions = new Map<string, KnownDecision>();
  /** The founder, and whom any decision that is known promotes. */
  readonly #deciders: Set<PublicKeyHex>;
  #newestNs = 0n;
  /** Of what counts; undefined: something has come that was not the last of all. */
  #fold: RosterFold | undefined;
  #roster: Roster | undefined;

  /** With nothing decided yet. */
  constructor(founder: PublicKeyHex) {
    this.#founder = founder;
    this.#graph = new RosterGraph(founder);
    this.#deciders = new Set([founder]);
  }

  /** What follows from all decisions. */
  get roster(): Roster {
    this.#fold ??= this.#foldAnew();
    this.#roster ??= this.#fold.roster();
    return this.#roster;
  }

  /** What follows from the same decisions by their clocks, as Go programs put them in order. */
  byClock(): Roster {
    return foldRoster({ founder: this.#founder, createdAtNs: 0n }, this.#decisions.values());
  }

  /** When the newest decision was made, nanoseconds. */
  get newestNs(): bigint {
    return this.#newestNs;
  }

  /** All that are known: also those that don't count, for others have seen them and name them. */
  all(): KnownDecision[] {
    return [...this.#decisions.values()];
  }

  /** A known one. */
  get(id: string): KnownDecision | undefined {
    return this.#decisions.get(id);
  }

  /** Whether a decision counts, and grants nothing against a denial that it has not seen. */
  stands(id: string): boolean {
    return this.#graph.effective().has(id);
  }

  /** Whether somebody may ever have decided: what others say is not worth keeping. */
  isDecider(pk: PublicKeyHex): boolean {
    return this.#deciders.has(pk);
  }

  /**
   * Takes a decision of somebody who may have decided.
   * @returns Why it is dropped; undefined: it was taken. One that names what has not come yet counts when that comes.
   */
  take(decision: KnownDecision): string | undefined {
    const { id, domain, mutation } = decision;
    const placed = this.#graph.take(nodeOf(domain, mutation));
    if (placed === "full") return `there are ${MAX_NODES} decisions already`;
    if (placed === "broken") return "it is not later than what it names";
    if (placed === "known") return undefined;
    if (placed !== "last") this.#fold = undefined;
    else if (this.#graph.counts(id)) this.#fold?.take(decision);
    this.#decisions.set(id, decision);
    if (domain === "admin" && mutation.op === 1) this.#deciders.add(mutation.peer);
    if (mutation.issuedAtNs > this.#newestNs) this.#newestNs = mutation.issuedAtNs;
    this.#roster = undefined;
    return undefined;
  }

  /**
   * What a new decision names: all that nothing names yet. When that is too much, what its peer decided comes first,
   * for only what a removal names still counts behind it, and then the newest.
   */
  parentsFor(peer: PublicKeyHex): string[] {
    const heads = this.#graph.heads().reverse();
    if (heads.length <= MAX_PARENTS) return heads;
    const isOfPeer = (id: string): boolean => this.#decisions.get(id)?.mutation.issuer === peer;
    return [...heads.filter(isOfPeer), ...heads.filter((id) => !isOfPeer(id))].slice(0, MAX_PARENTS);
  }

  #foldAnew(): RosterFold {
    const counting = this.#graph.effective();
    const decisions = [...this.#decisions.values()].filter(({ id }) => counting.has(id));
    return foldOf({ founder: this.#founder, createdAtNs: 0n }, decisions, true);
  }
}
