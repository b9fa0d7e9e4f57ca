/** What a group is called, as its founder signed it and members hand it on. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { NO_SIGNATURE } from "../../../lib/crypto/members.ts";
import { sha256 } from "../../../lib/crypto/hash.ts";
import {
  encodeName,
  giveName,
  type GivenName,
  isFounders,
  NAME_PATH,
  readName,
} from "../../../lib/group/record/name_leaf.ts";
import { openGovernance, sealAlike } from "../../../lib/group/roster/governance.ts";
import { MAX_AHEAD_NS } from "../../../lib/group/roster/governor.ts";
import { curveSigner } from "../../../lib/group/talk/signer.ts";
import { fromUtf8, utf8 } from "../../../lib/wire/bytes.ts";
import { GROUP, hashSigner, type Member, seeded, World } from "../sim/world.ts";

const ANOTHER = GROUP.replace("6f", "7f");
const names = (...members: Member[]): string[] => members.map(({ record }) => record.name);
const rename = (world: World, name: string): void => void world.do(world.founder, { kind: "rename", name });

/** What somebody's feed says, told to a member. */
function tell(world: World, reader: Member, writer: Member, value: Uint8Array): void {
  world.do(reader, { kind: "leaves", feed: writer.pair.pk, leaves: [{ path: NAME_PATH, value }] });
}

const given = (
  { founder, nowNs }: World,
  { name = "forged", group = GROUP, by = founder, atNs = nowNs + 1n } = {},
): GivenName => giveName(group, name, atNs, by.pair.secret, hashSigner);

for (const kind of ["public", "private", "d2"] as const) {
  Deno.test(`${kind} group: with the founder gone its new name reaches who was away and who comes late, under each new key`, () => {
    const mode = kind === "public" ? "public" : "private";
    const world = new World(mode, seeded(3), hashSigner, "", kind === "d2" ? "d2" : "");
    const [a, b, c, d] = [world.founder, world.join(), world.join(), world.join()];
    world.decide(a, "admin", 1, b);
    world.settle();
    rename(world, "crew");
    world.settle([a, b, c]);
    deepStrictEqual(names(a, b, c, d), ["crew", "crew", "crew", "ops"]);

    const awake = [b, c, d]; // the founder never comes back
    world.settle(awake);
    deepStrictEqual(names(...awake), ["crew", "crew", "crew"]);
    for (const member of awake) world.restart(member);
    world.do(b, { kind: mode === "private" ? "rotate" : "tick" });
    world.settle(awake);
    const e = world.stranger();
    world.do(e, { kind: "rename", name: "of an old link" });
    world.ask(e, b);
    world.settle([...awake, e]);
    deepStrictEqual(names(e), ["crew"]);
    const values = [...awake, e].map(({ feed }) => feed.get(NAME_PATH)!);
    for (const value of values) deepStrictEqual(value, values[0], "all hand on one value");
    const plain = mode === "public" ? values[0] : openGovernance(values[0], [b.record.aesKey]);
    strictEqual(readName(plain!)?.name, "crew", "under the current key");
    strictEqual(fromUtf8(values[0]).includes("crew"), mode === "public");
    for (const member of world.members) deepStrictEqual([member.refused, member.dropped], [[], []]);
  });
}

Deno.test("A name that is forged, replayed, another group's or another member's changes nothing", () => {
  const world = new World("public", seeded(4));
  const [a, b, c] = [world.founder, world.join(), world.join()];
  world.settle();
  const first = given(world, { name: "first" });
  tell(world, c, b, encodeName(first));
  world.nowNs += 1_000n;
  rename(world, "crew");
  world.settle();
  const before = [b.feed.get(NAME_PATH), c.feed.get(NAME_PATH)];
  const refused: [Uint8Array, string][] = [
    [encodeName(given(world, { by: b })), "its signature is not the founder's"],
    [encodeName(given(world, { group: ANOTHER })), "its signature is not the founder's"],
    [encodeName({ ...given(world), name: "another" }), "its signature is not the founder's"],
    [encodeName({ ...given(world), issuedAtNs: world.nowNs + 2n }), "its signature is not the founder's"],
    [utf8('{"name":"crew 2"}'), "it is a name that nobody has signed"],
    [encodeName(given(world, { name: "x".repeat(65) })), "it is no name"],
    [encodeName(given(world, { name: " " })), "it is no name"],
    [encodeName(given(world, { name: "a\u202eb" })), "it is no name"],
    [utf8("[]"), "it is no name"],
  ];
  for (const [value, why] of refused) {
    tell(world, c, b, value);
    strictEqual(c.dropped.pop(), why);
  }
  tell(world, c, b, encodeName(first));
  tell(world, c, a, encodeName(first));
  tell(world, c, a, utf8('{"name":"unsigned"}'));
  world.do(c, { kind: "rename", name: "of a probe" });
  const admitted = { key: new Uint8Array(0), epoch: 0n, admins: [], members: [] };
  world.do(c, { kind: "admitted", name: "of an admin", ...admitted });
  world.restart(c);
  world.settle();
  deepStrictEqual([c.record.name, c.dropped], ["crew", []]);
  deepStrictEqual([b.feed.get(NAME_PATH), c.feed.get(NAME_PATH)], before);
});

Deno.test("In a private group a name in clear is none, and one that no key opens yet is read when one does", () => {
  const world = new World("private", seeded(5));
  const [a, b, c] = [world.founder, world.join(), world.join()];
  world.settle();
  tell(world, c, a, encodeName(given(world)));
  strictEqual(c.dropped.pop(), "it is no name");
  world.do(a, { kind: "rotate" });
  rename(world, "crew");
  tell(world, c, b, a.feed.get(NAME_PATH)!);
  strictEqual(c.record.name, "ops");
  const keys = [...a.feed].filter(([path]) => path.startsWith("keys/"));
  const leaves = keys.map(([path, value]) => ({ path, value }));
  world.do(c, { kind: "leaves", feed: a.pair.pk, leaves });
  deepStrictEqual([c.record.name, c.dropped], ["crew", []]);
});

Deno.test("Founder of a program from before signatures is believed until there is a signed name, nobody else is", () => {
  const world = new World("public", seeded(6));
  const [a, b] = [world.founder, world.join()];
  world.settle();
  tell(world, b, a, utf8('{"name":"crew"}'));
  strictEqual(b.record.name, "crew");
  ok(!b.feed.has(NAME_PATH), "there is nothing to hand on");
  world.do(b, { kind: "rename", name: "of a probe" });
  strictEqual(b.record.name, "of a probe");
  rename(world, "signed");
  world.settle();
  strictEqual(b.record.name, "signed");
});

Deno.test("A founder's later name counts also when its clock went back, and after it has lost its disk", () => {
  const world = new World("public", seeded(7));
  const [a, b] = [world.founder, world.join()];
  world.settle();
  const disk = world.backup(a);
  a.skewNs = MAX_AHEAD_NS - 1_000n;
  rename(world, "first");
  world.settle();
  a.skewNs = 0n;
  world.restore(a, disk);
  strictEqual(a.record.name, "ops");
  world.settle();
  deepStrictEqual(names(a, b), ["first", "first"], "others hand its own name to it");
  rename(world, "second");
  world.settle();
  deepStrictEqual(names(a, b), ["second", "second"]);
  tell(
    world,
    b,
    a,
    encodeName(given(world, { name: "far", atNs: world.nowNs + MAX_AHEAD_NS + 60_000_000_000n })),
  );
  strictEqual(b.record.name, "second", "what is further ahead than a decision may be waits");
  world.tick(60);
  strictEqual(b.record.name, "far");
});

Deno.test("Names that come in any order, from anybody and more than once end with the newest one", () => {
  const world = new World("private", seeded(8));
  const [a, b, c] = [world.founder, world.join(), world.join()];
  world.settle();
  const disks = [b, c].map((member) => world.backup(member));
  const name = fc.record({ at: fc.integer({ min: 1, max: 4 }), name: fc.constantFrom("x", "y", "z") });
  const heard = fc.array(name, { minLength: 1, maxLength: 6 }).chain((said) =>
    fc.record({
      said: fc.constant(said),
      orders: fc.tuple(...[b, c].map(() => fc.shuffledSubarray(said, { minLength: said.length }))),
      twice: fc.subarray(said),
      restarts: fc.boolean(),
    })
  );
  fc.assert(
    fc.property(heard, ({ said, orders, twice, restarts }) => {
      for (const [i, member] of [b, c].entries()) {
        world.restore(member, disks[i]);
        for (const [n, { at, name }] of [...orders[i], ...twice].entries()) {
          const value = encodeName(given(world, { name, atNs: world.nowNs + BigInt(at) }));
          tell(world, member, n % 2 === 0 ? a : [c, b][i], sealAlike(a.record.aesKey, value));
          if (restarts) world.restart(member);
        }
      }
      const [newest] = said.map(({ at, name }) => `${at}${name}`).sort().reverse();
      deepStrictEqual(names(b, c), [newest.slice(1), newest.slice(1)]);
      deepStrictEqual(b.feed.get(NAME_PATH), c.feed.get(NAME_PATH));
    }),
    { numRuns: 40, seed: 20261201 },
  );
});

const VECTOR =
  '{"name":"crew","issued_at":"2026-05-12T10:00:00.123456789Z","signature":"4c5b58c9b6f9704b953e3a82a2b2ae16451e29ad570e736ba1e6edcf82674f3f00ac85d3ccd4e5fda7480e1f699fc2ab46c625a2b631c9d1400b1ddcb0ae5c3201"}';

Deno.test("Leaf of a name: bytes", () => {
  const alice = keyPairOf(sha256(utf8("alice")));
  const name = readName(utf8(VECTOR))!;
  strictEqual(fromUtf8(encodeName(name)), VECTOR);
  deepStrictEqual([name.name, name.issuedAtNs], ["crew", 1_778_580_000_123_456_789n]);
  for (const one of [name, giveName(GROUP, name.name, name.issuedAtNs, alice.secret, curveSigner)]) {
    ok(isFounders(one, GROUP, alice.pk, curveSigner));
    ok(!isFounders(one, ANOTHER, alice.pk, curveSigner));
  }
  deepStrictEqual(readName(utf8('{"name":"ops"}'))?.signature, NO_SIGNATURE);
  const times = [0n, -1n, 2n ** 63n].map((issuedAtNs) => readName(encodeName({ ...name, issuedAtNs })));
  deepStrictEqual(times, [undefined, undefined, undefined], "nobody could give another one");
});
