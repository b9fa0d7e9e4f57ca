/** Keys that a Go admin makes: it wraps none for itself. */
import { deepStrictEqual } from "node:assert/strict";
import { keyPairOf } from "../../../lib/crypto/keys.ts";
import { encodeRotation, makeRotation } from "../../../lib/group/keys/rotation.ts";
import { encodeMutation, makeMutation } from "../../../lib/group/roster/governance.ts";
import { changes, GROUP, hashSigner, type Member, seeded, World } from "../sim/world.ts";

const put = (member: Member, path: string, value: Uint8Array): void => {
  member.feed.set(path, value);
  changes(member, path);
};

/** A private group in which bob is an admin; with a Go program if that has decided something. */
function group(seed: number, isGo: boolean): { world: World; people: Member[] } {
  const world = new World("private", seeded(seed), undefined, "private");
  const people = [world.founder, world.join(), world.join()];
  world.settle();
  const [alice, bob] = people;
  world.decide(alice, "admin", 1, bob);
  world.settle();
  if (isGo) {
    world.nowNs += 1_000_000_000n;
    const peer = keyPairOf(world.random.bytes(32)).pk;
    const body = { groupId: GROUP, op: 3, peer, parentSeq: 0n, issuedAtNs: world.nowNs, issuer: bob.pair.pk };
    put(bob, "mod/00077", encodeMutation(makeMutation("mod", body, bob.pair.secret, hashSigner)));
    world.settle();
  }
  return { world, people };
}

/** Bob's next key, wrapped for some; what epoch all have ten minutes later. */
function rotated(world: World, people: readonly Member[], holders: readonly Member[]): bigint[] {
  world.nowNs += 1_000_000_000n;
  const [, bob] = people;
  const made = makeRotation(
    {
      groupId: GROUP,
      epoch: bob.record.keyEpoch + 1n,
      groupKey: world.random.bytes(32),
      members: holders.map(({ pair }) => pair.pk),
      issuedAtNs: world.nowNs,
    },
    bob.pair,
    world.random,
    hashSigner,
  );
  put(bob, "keys/00077", encodeRotation(made));
  for (let i = 0; i < 20; i++) {
    world.tick(30);
    world.settle();
  }
  return people.filter((member) => member !== bob).map(({ record }) => record.keyEpoch);
}

Deno.test("A key of a Go admin stays that is wrapped for all others", () => {
  const { world, people: [alice, bob, carol] } = group(40, true);
  deepStrictEqual(rotated(world, [alice, bob, carol], [alice, carol]), [1n, 1n]);
});

Deno.test("A key of a Go admin is replaced that is wrapped for one too few, or for one who was put out", () => {
  const few = group(41, true);
  deepStrictEqual(rotated(few.world, few.people, few.people.slice(0, 1)), [2n, 2n]);
  const many = group(42, true);
  const [alice, bob, carol] = many.people;
  many.world.decide(alice, "roster", 2, carol); // a key of alice's
  deepStrictEqual(alice.record.keyEpoch, 1n);
  deepStrictEqual(rotated(many.world, [alice, bob], [alice, carol]), [2n]); // bob has not heard of it: 1 of another
});

Deno.test("A key of an admin of ours is replaced that is wrapped for one too few", () => {
  const { world, people: [alice, bob, carol] } = group(43, false);
  deepStrictEqual(rotated(world, [alice, bob, carol], [alice, carol]), [2n, 2n]);
});
