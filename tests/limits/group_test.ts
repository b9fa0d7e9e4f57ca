/** What a group does not hide and can't undo: docs/limits.md, "Groups". */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { keyPairOf } from "../../lib/crypto/keys.ts";
import { decodeInvite, encodeInvite } from "../../lib/group/joining/invite.ts";
import { keysOf } from "../../lib/group/keys/ring.ts";
import { readRotation } from "../../lib/group/keys/rotation.ts";
import { ringOf } from "../../lib/group/record/state.ts";
import { openLeaf, parseLeafPath, readLeaf } from "../../lib/group/talk/leaf.ts";
import { GROUP, type Member, seeded, textsOf, World } from "../group/sim/world.ts";

const leafOf = (member: Member) => {
  const [path, value] = [...member.feed].find(([at]) => at.startsWith(`msgs/${member.pair.pk}/`))!;
  return { at: parseLeafPath(path)!, leaf: readLeaf(value)! };
};

Deno.test("A sealed message of a private group shows its author, its time and its length", () => {
  const world = new World("private", seeded(1));
  const bob = world.join();
  world.settle();
  world.post(bob, "0123456789");
  const { at, leaf } = leafOf(bob);
  strictEqual(at.sender, bob.pair.pk);
  strictEqual(at.tsNs, world.nowNs);
  strictEqual(leaf.text, "");
  strictEqual(leaf.ciphertext.length, 10 + 16);
});

Deno.test("A new key is wrapped once for each member, which counts them, and says whose it is", () => {
  const world = new World("private", seeded(2));
  for (let i = 0; i < 4; i++) world.join();
  world.settle();
  world.do(world.founder, { kind: "rotate" });
  const [rotation] = [...world.founder.feed].filter(([path]) => path.startsWith("keys/"))
    .map(([, value]) => readRotation(value)!).slice(-1);
  strictEqual(rotation.wraps.length, 5);
  strictEqual(rotation.issuer, world.founder.pair.pk);
});

Deno.test("What is said in a public group lies in clear in every feed that holds it", () => {
  const world = new World("public", seeded(3), undefined, "public");
  world.post(world.founder, "hello");
  strictEqual(leafOf(world.founder).leaf.text, "hello");
});

Deno.test("Who is let in reads what was said before under the key that it is given", () => {
  const world = new World("private", seeded(4));
  world.post(world.founder, "before");
  const late = world.join();
  world.settle();
  deepStrictEqual(textsOf(late), ["before"]);
});

Deno.test("Who was removed still opens what was said before, and keeps what was taken back", () => {
  const world = new World("private", seeded(5));
  const [alice, bob] = [world.founder, world.join()];
  world.settle();
  world.post(alice, "between us");
  world.settle();
  const { leaf } = leafOf(alice);
  const disk = world.backup(bob);
  world.do(alice, { kind: "unsend", tsNs: leaf.tsNs });
  world.decide(alice, "roster", 2, bob);
  world.settle();
  strictEqual(openLeaf(leaf, keysOf(ringOf(bob.record))), "between us", "the keys of its time stay with it");
  ok([...disk.shown.values()].some(({ text }) => text === "between us"), "and so does any copy of its disk");
});

Deno.test("A demoted admin decides for those that have not heard of it, until they do", () => {
  const world = new World("public", seeded(6), undefined, "public");
  const [alice, bob, carol, dora] = [world.founder, world.join(), world.join(), world.join()];
  world.decide(alice, "admin", 1, bob);
  world.settle();
  world.decide(alice, "admin", 2, bob);
  world.decide(bob, "roster", 2, dora);
  world.fetch(carol, bob);
  ok(!carol.engine.isMember(dora.pair.pk), "carol knows only of bob's decision");
  world.settle();
  ok(carol.engine.isMember(dora.pair.pk), "it never counted");
});

Deno.test("Nobody can take the founder's rights: who has its key has the group", () => {
  const world = new World("public", seeded(7), undefined, "public");
  const [alice, bob] = [world.founder, world.join()];
  world.decide(alice, "admin", 1, bob);
  world.settle();
  world.decide(bob, "roster", 2, alice);
  world.decide(bob, "admin", 2, alice);
  deepStrictEqual(bob.refused, ["the founder", "the founder"]);
  ok(bob.record.admins.includes(alice.pair.pk));
});

Deno.test("Keys cost nothing: whoever is let in with one can be let in with a hundred", () => {
  const world = new World("public", seeded(8), undefined, "public");
  for (let i = 0; i < 100; i++) {
    world.do(world.founder, { kind: "admit", peer: keyPairOf(world.random.bytes(32)).pk });
  }
  strictEqual(world.founder.record.members.length, 101);
});

Deno.test("A link with the key inside opens the group to whoever reads the link", () => {
  const aesKey = seeded(9).bytes(32);
  const link = encodeInvite({
    id: GROUP,
    name: "ops",
    ownerPk: keyPairOf(seeded(10).bytes(32)).pk,
    port: 61_000,
    mode: "private",
    kind: "private",
    admins: [],
    powBits: 0,
    aesKey,
  });
  deepStrictEqual(decodeInvite(link).aesKey, aesKey);
});
