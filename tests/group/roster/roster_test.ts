/** The roster follows from the set of decisions, not from their order of arrival. */
import fc from "fast-check";
import { deepStrictEqual, ok } from "node:assert/strict";
import { NULL_PK } from "../../../lib/crypto/members.ts";
import type { Domain } from "../../../lib/group/roster/governance.ts";
import { type Decision, foldRoster, type Roster } from "../../../lib/group/roster/roster.ts";
import { permutations } from "./graphs.ts";

const NAMES = ["founder", "bob", "carol", "dora"];
const [FOUNDER] = NAMES;

interface Op {
  readonly domain: Domain;
  readonly op: number;
  readonly issuer: string;
  readonly peer: string;
}

const opArb: fc.Arbitrary<Op> = fc.record({
  which: fc.constantFrom(
    ["roster", 1],
    ["roster", 2],
    ["admin", 1],
    ["admin", 2],
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((op) => ["mod", op] as const),
  ),
  issuer: fc.constantFrom(...NAMES),
  peer: fc.constantFrom(...NAMES),
}).map(({ which: [domain, op], issuer, peer }) => ({
  domain: domain as Domain,
  op: op as number,
  issuer,
  peer,
}));

const decisionsOf = (ops: readonly Op[]): Decision[] =>
  ops.map(({ domain, op, issuer, peer }, i) => ({
    domain,
    mutation: {
      groupId: "g",
      op,
      peer: domain === "mod" && op >= 5 ? NULL_PK : peer,
      parentSeq: 0n,
      issuedAtNs: BigInt(i + 1),
      issuer,
      signature: Uint8Array.of(i),
    },
  }));

const seen = ({ members, admins, banned, mutedSince, readOnlySinceNs, backfill }: Roster) => ({
  members: [...members],
  admins: [...admins],
  banned: [...banned.keys()].sort(),
  muted: [...mutedSince].sort(),
  readOnlySinceNs,
  backfill,
});

/** The rules again, as plainly as they can be said: a list of lines that are carried out one after the other. */
function model(
  ops: readonly Op[],
): Omit<ReturnType<typeof seen>, "members" | "admins"> & { members: string[]; admins: string[] } {
  let members = [FOUNDER], admins = [FOUNDER], banned: string[] = [], muted: [string, bigint][] = [];
  let readOnlySinceNs: bigint | undefined, backfill = true;
  const without = (list: string[], name: string) => list.filter((other) => other !== name);
  ops.forEach(({ domain, op, issuer, peer }, i) => {
    if (!admins.includes(issuer)) return;
    const name = `${domain}${op}`;
    const onFounder = peer === FOUNDER && ["roster2", "admin2", "mod1", "mod3"].includes(name);
    if (onFounder) return;
    if (name === "roster1" && !banned.includes(peer) && !members.includes(peer)) members = [...members, peer];
    if (name === "roster2") [members, admins] = [without(members, peer), without(admins, peer)];
    if (name === "admin1" && members.includes(peer) && !admins.includes(peer)) admins = [...admins, peer];
    if (name === "admin2") admins = without(admins, peer);
    if (name === "mod1") {
      [members, admins] = [without(members, peer), without(admins, peer)];
      if (!banned.includes(peer)) banned = [...banned, peer];
    }
    if (name === "mod2") banned = without(banned, peer);
    if (name === "mod3" && !muted.some(([pk]) => pk === peer)) muted = [...muted, [peer, BigInt(i + 1)]];
    if (name === "mod4") muted = muted.filter(([pk]) => pk !== peer);
    if (name === "mod5") readOnlySinceNs ??= BigInt(i + 1);
    if (name === "mod6") readOnlySinceNs = undefined;
    if (name === "mod7") backfill = true;
    if (name === "mod8") backfill = false;
  });
  return { members, admins, banned: banned.sort(), muted: muted.sort(), readOnlySinceNs, backfill };
}

const genesis = { founder: FOUNDER, createdAtNs: 0n };

Deno.test("Roster agrees with the plain model", () => {
  fc.assert(
    fc.property(fc.array(opArb, { maxLength: 40 }), (ops) => {
      deepStrictEqual(seen(foldRoster(genesis, decisionsOf(ops))), model(ops));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("Roster is the same for all permutations of up to 6 decisions", () => {
  fc.assert(
    fc.property(fc.array(opArb, { minLength: 2, maxLength: 6 }), (ops) => {
      const decisions = decisionsOf(ops);
      const expected = seen(foldRoster(genesis, decisions));
      for (const order of permutations(decisions)) {
        deepStrictEqual(seen(foldRoster(genesis, order)), expected);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("Roster takes a decision twice as once, and a replayed old add undoes nothing", () => {
  const decisions = decisionsOf([
    { domain: "roster", op: 1, issuer: FOUNDER, peer: "bob" },
    { domain: "roster", op: 2, issuer: FOUNDER, peer: "bob" },
  ]);
  const roster = foldRoster(genesis, [...decisions, decisions[0], decisions[0]]);
  deepStrictEqual(roster.members, [FOUNDER]);
  ok(roster.memberSpans.get("bob")?.length === 1);
});
