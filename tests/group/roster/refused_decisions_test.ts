/** Decisions and keys in a feed that nobody takes. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { sha256 } from "../../../lib/crypto/hash.ts";
import { NULL_PK } from "../../../lib/crypto/members.ts";
import { encodeRotation, makeRotation } from "../../../lib/group/keys/rotation.ts";
import {
  type Domain,
  encodeMutation,
  type Mutation,
  mutationPreimage,
  sealGovernance,
} from "../../../lib/group/roster/governance.ts";
import { MAX_AHEAD_NS } from "../../../lib/group/roster/governor.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { formatGoTime, parseGoTime } from "../../../lib/wire/go_time.ts";
import { GROUP, hashSigner, type Member, rosterOf } from "../sim/world.ts";
import { Refusing } from "./refusing.ts";

const OTHER_GROUP = GROUP.replace("6", "7");
const NO_SIGNATURE = new Uint8Array(65);

type Decision = [domain: Domain, make: (r: Refusing) => Mutation | Uint8Array];

const decisions: Record<string, Decision> = {
  "of another group": ["mod", (r) => r.mutation("mod", 3, r.bob, r.admin, { groupId: OTHER_GROUP })],
  "in another domain than it was signed for": ["admin", (r) => r.mutation("roster", 1, r.bob, r.admin)],
  "in the form of before domains": ["admin", (r) => {
    const made = r.mutation("admin", 1, r.bob, r.admin);
    const [version, _domain, ...rest] = mutationPreimage("admin", made)!;
    const digest = sha256(Uint8Array.of(version, ...rest));
    return { ...made, signature: hashSigner.sign(r.admin.pair.secret, digest) };
  }],
  "without a signature": [
    "mod",
    (r) => ({ ...r.mutation("mod", 3, r.bob, r.admin), signature: NO_SIGNATURE }),
  ],
  "with another peer than was signed": [
    "mod",
    (r) => ({ ...r.mutation("mod", 3, r.mallory, r.admin), peer: r.bob.pair.pk }),
  ],
  "by a member": ["roster", (r) => r.mutation("roster", 1, r.mallory, r.bob)],
  "by a stranger": ["admin", (r) => r.mutation("admin", 1, r.mallory, r.mallory)],
  "by nobody": ["roster", (r) => ({ ...r.mutation("roster", 1, r.mallory, r.admin), issuer: NULL_PK })],
  "that removes the founder": ["roster", (r) => r.mutation("roster", 2, r.alice, r.admin)],
  "that demotes the founder": ["admin", (r) => r.mutation("admin", 2, r.alice, r.admin)],
  "that bans the founder": ["mod", (r) => r.mutation("mod", 1, r.alice, r.admin)],
  "that mutes the founder": ["mod", (r) => r.mutation("mod", 3, r.alice, r.admin)],
  "that adds who is banned": ["roster", (r) => r.mutation("roster", 1, r.banned, r.admin)],
  "that unmutes nobody": ["mod", (r) => r.mutation("mod", 4, NULL_PK, r.admin)],
  "that makes a group read-only for one": ["mod", (r) => r.mutation("mod", 5, r.bob, r.admin)],
  "with a number that there is not": ["mod", (r) => r.mutation("mod", 9, r.bob, r.admin)],
  "from further ahead than 20 years": [
    "mod",
    (r) =>
      r.mutation("mod", 3, r.bob, r.admin, {
        issuedAtNs: r.world.nowNs + MAX_AHEAD_NS + 86_400_000_000_000n,
      }),
  ],
  "from before the time of what it undoes": [
    "roster",
    (r) => r.mutation("roster", 2, r.bob, r.admin, { issuedAtNs: r.world.nowNs - 3_600_000_000_000n }),
  ],
  "of the year 1600, which 64 bits of nanoseconds do not hold": [
    "mod",
    (r) => r.mutation("mod", 3, r.bob, r.admin, { issuedAtNs: parseGoTime("1600-01-01T00:00:00Z") }),
  ],
  "from before the year 0, which no text of ours can say": ["mod", (r) => {
    const said = "0000-01-01T00:00:00+01:00";
    const made = r.mutation("mod", 3, r.bob, r.admin, { issuedAtNs: parseGoTime(said) });
    const { issuedAtNs } = r.mutation("mod", 3, r.bob, r.admin);
    const text = fromUtf8(encodeMutation({ ...made, issuedAtNs }));
    return utf8(text.replace(formatGoTime(issuedAtNs), said));
  }],
  "that is no JSON": ["roster", () => utf8("add everybody")],
  "that is another JSON": ["roster", () => utf8('{"op":"add"}')],
  "that is empty": ["roster", () => new Uint8Array(0)],
  "that is cut behind its mark": ["roster", () => utf8("SKG1")],
  "sealed under a key that there is not": [
    "roster",
    (r) =>
      sealGovernance(
        new Uint8Array(32).fill(9),
        encodeMutation(r.mutation("roster", 1, r.mallory, r.admin)),
        r.world.random,
      ),
  ],
};

for (const mode of ["public", "private"] as const) {
  Deno.test(`Nobody in a ${mode} group follows a decision of the table`, () => {
    const r = new Refusing(mode);
    const before = rosterOf(r.bob);
    for (const [what, [domain, make]] of Object.entries(decisions)) {
      const made = make(r);
      r.gives(r.path(domain), made instanceof Uint8Array ? made : encodeMutation(made));
      deepStrictEqual(rosterOf(r.bob), before, what);
    }
    r.world.tick(60);
    r.world.settle();
    for (const member of [r.alice, r.admin, r.bob]) deepStrictEqual(rosterOf(member), before);
  });
}

Deno.test("The decisions that the table changes count when nothing is changed", () => {
  const r = new Refusing("public");
  r.gives(r.path("mod"), encodeMutation(r.mutation("mod", 3, r.bob, r.admin)));
  ok(r.bob.record.muted.includes(r.bob.pair.pk));
  r.gives(r.path("roster"), encodeMutation(r.mutation("roster", 1, r.mallory, r.admin)));
  ok(r.bob.record.members.includes(r.mallory.pair.pk));
});

const NEW_KEY = new Uint8Array(32).fill(5);

const rotations: Record<string, (r: Refusing) => Uint8Array> = {
  "of another group": (r) => rotationOf(r, r.admin, { groupId: OTHER_GROUP }),
  "of the first key's epoch": (r) => rotationOf(r, r.admin, { epoch: 0n }),
  "of an older epoch": (r) => rotationOf(r, r.admin, { epoch: 1n, issuedAtNs: 1n }),
  "by a member": (r) => rotationOf(r, r.bob),
  "by a stranger": (r) => rotationOf(r, r.mallory),
  "that was changed": (r) => {
    const value = rotationOf(r, r.admin);
    value[value.indexOf('"epoch":'.charCodeAt(1)) + 1] ^= 1;
    return value;
  },
  "with half a key": (r) => rotationOf(r, r.admin, { groupKey: NEW_KEY.subarray(16) }),
  "that is no JSON": () => utf8("keys"),
};

function rotationOf(
  r: Refusing,
  issuer: Member,
  change: Partial<Parameters<typeof makeRotation>[0]> = {},
): Uint8Array {
  const members = r.bob.record.members;
  const key = { groupId: GROUP, epoch: 9n, groupKey: NEW_KEY, members, issuedAtNs: r.world.nowNs, ...change };
  return encodeRotation(makeRotation(key, issuer.pair, r.world.random, hashSigner));
}

Deno.test("Nobody speaks under a key of the table", () => {
  const r = new Refusing("private");
  const { aesKey, keyEpoch } = r.bob.record;
  for (const [what, make] of Object.entries(rotations)) {
    r.gives(r.path("keys"), make(r));
    r.world.tick(1);
    deepStrictEqual([r.bob.record.aesKey, r.bob.record.keyEpoch], [aesKey, keyEpoch], what);
  }
});

Deno.test("The key that the table changes counts when nothing is changed", () => {
  const r = new Refusing("private");
  r.gives(r.path("keys"), rotationOf(r, r.admin));
  r.world.tick(1);
  deepStrictEqual([r.bob.record.aesKey, r.bob.record.keyEpoch], [NEW_KEY, 9n]);
});
