/** Which node holds a group's feeds, as its admins say it and its members know it. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import {
  encodeHolder,
  HOLDER_PATH,
  type HolderLeaf,
  readHolder,
} from "../../../lib/group/feed/holder_leaf.ts";
import { MAX_AHEAD_NS } from "../../../lib/group/roster/governor.ts";
import { GROUP, hashSigner, type Member, seeded, World } from "../sim/world.ts";

const HOLDER = keyPairOf(seeded(99).bytes(32)).pk;
const OTHER = keyPairOf(seeded(98).bytes(32)).pk;
const listIn = ({ feed }: Member): HolderLeaf | undefined => {
  const value = feed.get(HOLDER_PATH);
  return value && readHolder(value);
};
const sorted = (...members: Member[]): string[] => members.map(({ pair }) => pair.pk).sort();

for (const mode of ["public", "private"] as const) {
  Deno.test(`${mode} group: an admin names its holder, members know it, also after a restart`, () => {
    const world = new World(mode, seeded(3));
    const [a, b, c] = [world.founder, world.join(), world.join()];
    world.settle();
    world.do(b, { kind: "name-holder", holder: HOLDER });
    deepStrictEqual(b.refused, ["not an admin"]);
    world.do(a, { kind: "name-holder", holder: b.pair.pk });
    world.do(a, { kind: "name-holder", holder: undefined });
    deepStrictEqual(a.refused, ["a member holds nothing", "nothing changes"]);
    for (const member of world.members) strictEqual(member.held, undefined, "nobody holds it by itself");

    world.do(a, { kind: "name-holder", holder: HOLDER });
    world.settle();
    for (const member of world.members) strictEqual(member.held?.holder, HOLDER);
    deepStrictEqual(listIn(a)?.members, sorted(a, b, c));
    ok(!b.feed.has(HOLDER_PATH), "who decides nothing says nothing of it");
    world.restart(b);
    strictEqual(b.held?.holder, HOLDER);
    const said = listIn(a)!;
    world.do(a, { kind: "name-holder", holder: HOLDER });
    world.settle();
    strictEqual(a.refused.length, 2, "the one that holds it can be named again");
    deepStrictEqual(listIn(a), said, "and nothing is said anew");

    // Who is in is listed anew by itself.
    const before = listIn(a)!;
    const d = world.join();
    world.settle();
    deepStrictEqual(listIn(a)?.members, sorted(a, b, c, d));
    world.decide(a, "roster", 2, c);
    world.settle();
    deepStrictEqual(listIn(a)?.members, sorted(a, b, d));
    ok(listIn(a)!.listedNs > before.listedNs);
    strictEqual(listIn(a)!.namedNs, before.namedNs);
    strictEqual(d.held?.holder, HOLDER);

    world.do(a, { kind: "name-holder", holder: undefined });
    world.settle();
    for (const member of [a, b, d]) strictEqual(member.held?.holder, undefined);
  });
}

Deno.test("Admins say the same holder, the one that was named last, and go on when one has gone", () => {
  const world = new World("private", seeded(4));
  const [a, b, c] = [world.founder, world.join(), world.join()];
  world.decide(a, "admin", 1, b);
  world.settle();
  world.do(a, { kind: "name-holder", holder: HOLDER });
  world.settle();
  strictEqual(listIn(b)?.holder, HOLDER);
  b.skewNs = -86_400_000_000_000n; // a clock that is a day behind changes nothing
  world.do(b, { kind: "name-holder", holder: OTHER });
  world.settle();
  for (const member of world.members) strictEqual(member.held?.holder, OTHER);
  strictEqual(listIn(a)?.holder, OTHER);
  deepStrictEqual(listIn(b)?.members, sorted(a, b, c));
  world.decide(a, "admin", 2, b);
  world.settle();
  ok(!b.feed.has(HOLDER_PATH));
  strictEqual(c.held?.holder, OTHER);
  // Whoever does not decide may say what it likes.
  const value = encodeHolder({
    groupId: GROUP,
    namedNs: 2n ** 62n,
    listedNs: 1n,
    holder: HOLDER,
    members: [],
  });
  world.do(c, { kind: "leaves", feed: b.pair.pk, leaves: [{ path: HOLDER_PATH, value }] });
  strictEqual(c.held?.holder, OTHER);
});

Deno.test("An admin that names a holder for ever is overruled, by whoever's clock, also once it decides no more", () => {
  const world = new World("private", seeded(8));
  const [a, b, c] = [world.founder, world.join(), world.join()];
  world.decide(a, "admin", 1, b);
  world.settle();
  const says = (namedNs: bigint): void => {
    const value = encodeHolder({ groupId: GROUP, namedNs, listedNs: namedNs, holder: OTHER, members: [] });
    for (const reader of [a, c]) {
      world.do(reader, { kind: "leaves", feed: b.pair.pk, leaves: [{ path: HOLDER_PATH, value }] });
    }
  };
  says(2n ** 63n - 1n);
  for (const member of [a, c]) strictEqual(member.held?.holder, undefined, "nobody's clock says that");
  says(world.nowNs + MAX_AHEAD_NS);
  for (const member of [a, c]) strictEqual(member.held?.holder, OTHER);
  world.decide(a, "admin", 2, b);
  world.settle();
  c.skewNs = -3_600_000_000_000n;
  world.nowNs += 1n;
  world.do(a, { kind: "name-holder", holder: HOLDER });
  world.settle([a, c]);
  strictEqual(a.held?.holder, HOLDER);
  strictEqual(c.held?.holder, OTHER, "its clock is an hour behind");
  world.nowNs += 3_600_000_000_000n;
  world.decide(a, "mod", 3, b);
  world.settle([a, c]);
  strictEqual(c.held?.holder, HOLDER);
});

Deno.test("A holder that is let in holds nothing any more, and one that is put out can be named", () => {
  const world = new World("private", seeded(6));
  const [a, b, c] = [world.founder, world.join(), world.join()];
  world.settle();
  world.decide(a, "roster", 2, c);
  world.settle();
  world.do(a, { kind: "name-holder", holder: c.pair.pk });
  world.settle();
  for (const member of [a, b]) strictEqual(member.held?.holder, c.pair.pk);
  world.decide(a, "roster", 1, c);
  world.settle();
  for (const member of [a, b]) strictEqual(member.held?.holder, undefined);
});

Deno.test("Who is named later holds it also when the clock stood still meanwhile", () => {
  const world = new World("public", seeded(7));
  const [a, b] = [world.founder, world.join()];
  world.settle();
  for (const holder of [HOLDER, OTHER, HOLDER, undefined, OTHER]) {
    a.skewNs = (listIn(a)?.namedNs ?? world.nowNs) - world.nowNs;
    world.do(a, { kind: "name-holder", holder });
    a.skewNs = 0n;
    world.settle();
    for (const member of [a, b]) strictEqual(member.held?.holder, holder);
  }
});

Deno.test("A small group's feeds are all asked for at its holder, of a large one those that are followed", () => {
  const world = new World("private", seeded(5), hashSigner);
  while (world.members.length < 8) world.join();
  world.settle();
  world.do(world.founder, { kind: "name-holder", holder: HOLDER });
  world.settle();
  for (const { pair, follow, held } of world.members) {
    strictEqual(new Set([pair.pk, ...follow, ...held!.feeds]).size, 8);
    ok(held!.feeds.every((pk) => !follow.includes(pk) && pk !== pair.pk));
  }
  while (world.members.length < 17) world.join();
  world.settle();
  for (const { held } of world.members) deepStrictEqual([held?.holder, held?.feeds], [HOLDER, []]);
});

Deno.test("What says who holds is read as it is written, and nothing else is", () => {
  const leaf = { groupId: GROUP, namedNs: 5n, listedNs: 7n, holder: HOLDER, members: [OTHER] };
  const bytes = encodeHolder(leaf);
  deepStrictEqual(readHolder(bytes), leaf);
  deepStrictEqual(readHolder(encodeHolder({ ...leaf, holder: undefined })), { ...leaf, holder: undefined });
  for (const bad of [bytes.subarray(1), bytes.subarray(0, 10), Uint8Array.of(2, ...bytes.subarray(1))]) {
    strictEqual(readHolder(bad), undefined);
  }
  strictEqual(
    readHolder(encodeHolder({ ...leaf, namedNs: 2n ** 63n })),
    undefined,
    "nobody could name another one",
  );
});
