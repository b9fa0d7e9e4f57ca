/**
 * A decision from a feed as a node of the graph.
 *
 * @see lib/group/README.md "A roster without clocks"
 * @module
 */
import { toHex } from "../../wire/bytes.ts";
import { type Domain, type Mutation, mutationPreimage } from "./governance.ts";
import type { RosterNode } from "./node.ts";
import { isSeenBy, parentsOf, plainId, seenId } from "./seen.ts";
import type { Signer } from "../talk/signer.ts";

/**
 * A decision without what its issuer has not said to have seen: anybody who copies it can write that member.
 * @param mutation  Genuine.
 */
export function withOwnSeen(domain: Domain, mutation: Mutation, signer: Signer): Mutation {
  const { seen, ...plain } = mutation;
  const covered = mutationPreimage(domain, mutation);
  return seen && covered && isSeenBy(mutation.issuer, covered, seen, signer) ? mutation : plain;
}

/** A decision as a node of the graph. @throws {RangeError} When the group id is no UUID. */
export function nodeOf(domain: Domain, mutation: Mutation): RosterNode {
  const covered = mutationPreimage(domain, mutation);
  if (covered === undefined) throw new RangeError("the group id is no UUID");
  const { op, peer, issuer, issuedAtNs: atNs, seen } = mutation;
  const parents = seen ? parentsOf(seen) : undefined;
  const plain = plainId(covered);
  const id = toHex(seen && parents ? seenId(plain, seen.parents) : plain);
  return { id, domain, op, peer, issuer, atNs, parents };
}
