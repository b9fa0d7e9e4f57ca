/** Runners of the groups `decisions` and `graphs` of roster.json. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { nodeOf, withOwnSeen } from "../../../lib/group/roster/decision_node.ts";
import {
  type Domain,
  encodeMutation,
  isGenuine,
  makeMutation,
  mutationPreimage,
  OPERATIONS,
  readMutation,
} from "../../../lib/group/roster/governance.ts";
import { RosterGraph } from "../../../lib/group/roster/graph.ts";
import type { RosterNode } from "../../../lib/group/roster/node.ts";
import { plainId } from "../../../lib/group/roster/seen.ts";
import { curveSigner } from "../../../lib/group/talk/signer.ts";
import { utf8 } from "../../../lib/wire/bytes.ts";
import { entries, hexEqual } from "../helpers.ts";
import type { GroupRunner } from "../types.ts";

const SECRET = "SHA-256 of ";

/** Bytes: what is signed, ids, and that both signatures are the issuer's. */
export const rosterDecisions: GroupRunner = (group, file) => {
  ok(file.issuer_secret.startsWith(SECRET), "issuer_secret is not understood");
  const issuer = keyPairOf(sha256(utf8(file.issuer_secret.slice(SECRET.length))));
  return entries(
    group,
    ({ domain }, i) => `${i}: ${domain}`,
    ({ domain, preimage, plain_id, names, id, value_json }) => {
      const mutation = readMutation(utf8(value_json));
      ok(mutation?.seen, "it is no decision that says what it has seen");
      const covered = mutationPreimage(domain, mutation)!;
      hexEqual(covered, preimage, "preimage");
      hexEqual(plainId(covered), plain_id, "plain id");
      ok(isGenuine(domain, mutation, curveSigner), "the signature is not the issuer's");
      strictEqual(withOwnSeen(domain, mutation, curveSigner), mutation, "what it names is not the issuer's");
      deepStrictEqual(nodeOf(domain, mutation).parents, names);
      strictEqual(nodeOf(domain, mutation).id, id);
      const { signature: _, seen: _seen, ...body } = mutation;
      const made = makeMutation(domain, body, issuer.secret, curveSigner, names);
      strictEqual(nodeOf(domain, made).id, id, "made again it has another id");
      deepStrictEqual(readMutation(encodeMutation(made)), made);
    },
  );
};

/** What a decision is called, by its domain and number. */
const CALLED = new Map(
  Object.entries(OPERATIONS).flatMap(([domain, ops]) =>
    Object.entries(ops).map(([op, word]) => [word, { domain: domain as Domain, op: Number(op) }])
  ),
);

/** Graphs and their rosters, with the decisions in the file's order, in the opposite one, and asked after each. */
export const rosterGraphs: GroupRunner = (group) =>
  entries(
    group,
    ({ name }) => name,
    (entry) => {
      const nodes: RosterNode[] = entry.decisions.map(nodeIn);
      for (const order of [nodes, [...nodes].reverse()]) {
        const graph = new RosterGraph("alice");
        for (const node of order) {
          graph.take(node);
          graph.isIn("alice");
        }
        deepStrictEqual(nodes.map(({ id }) => id).filter((id) => graph.counts(id)), entry.counts, "counts");
        const keys = [...new Set(["alice", ...nodes.map(({ peer }) => peer)])].sort();
        deepStrictEqual(keys.filter((pk) => graph.isIn(pk)), entry.members, "members");
        deepStrictEqual(keys.filter((pk) => graph.isAdmin(pk)), entry.admins, "admins");
        deepStrictEqual(keys.filter((pk) => graph.isBanned(pk)), entry.banned, "banned");
        deepStrictEqual(keys.filter((pk) => graph.isMuted(pk)), entry.muted, "muted");
        strictEqual(graph.isReadOnly, entry.read_only, "read_only");
        strictEqual(graph.copies, entry.copies, "copies");
      }
    },
  );

// deno-lint-ignore no-explicit-any
function nodeIn({ id, by, does, who, at, sees }: any): RosterNode {
  const called = CALLED.get(does);
  ok(called, `"${does}" is no decision`);
  return { id, ...called, peer: who ?? "", issuer: by, atNs: BigInt(at), parents: sees ?? undefined };
}
