/** Keys of a private group: who has which, and what they open. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sha256 } from "../../../lib/crypto/hash.ts";
import type { FeedLeaf } from "../../../lib/cxo/feed/change.ts";
import { keysOf } from "../../../lib/group/keys/ring.ts";
import {
  encodeRotation,
  KEY_RING_LENGTH,
  LAST_EPOCH,
  makeRotation,
  rotationPreimage,
} from "../../../lib/group/keys/rotation.ts";
import { encodeGroupRecord, readGroupRecord } from "../../../lib/group/record/record.ts";
import { ringOf } from "../../../lib/group/record/state.ts";
import { openGovernance, sealAlike } from "../../../lib/group/roster/governance.ts";
import { openLeaf, readLeaf } from "../../../lib/group/talk/leaf.ts";
import { toHex, utf8 } from "../../../lib/wire/bytes.ts";
import { GROUP, hashSigner, type Member, rosterOf, seeded, textsOf, World } from "../sim/world.ts";

Deno.test("Removed member's whole disk opens nothing that is said after the removal", () => {
  const world = new World("private", seeded(4));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  world.post(alice, "before");
  world.settle();
  world.decide(alice, "roster", 2, bob);
  world.settle();
  world.post(carol, "after");
  world.settle([alice, carol]);
  deepStrictEqual(textsOf(carol), ["after", "before"]);
  strictEqual(bob.record.status, "revoked");
  const stolen = keysOf(ringOf(bob.record));
  for (const [path, value] of alice.feed) {
    if (!path.startsWith("msgs/")) continue;
    const text = openLeaf(readLeaf(value)!, stolen);
    ok(text === undefined || text === "before", `${path} opens`);
  }
  ok(!alice.readers!.includes(bob.pair.pk), "and it may not read");
});

Deno.test("Who was removed and added again reads what is new and nothing from between", () => {
  const world = new World("private", seeded(5));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  world.decide(alice, "roster", 2, bob);
  world.settle();
  world.post(carol, "between");
  world.settle();
  world.decide(alice, "roster", 1, bob);
  const { aesKey: key, keyEpoch: epoch, name, admins, members } = alice.record;
  world.do(bob, { kind: "admitted", key, epoch, name, admins, members });
  world.settle();
  world.post(carol, "again");
  world.settle();
  strictEqual(bob.record.status, "active");
  const seen = [...bob.shown.values()].map(({ text }) => text);
  ok(seen.includes("again"), "reads what is new");
  ok(!seen.includes("between"), "and nothing from between");
});

Deno.test("Two admins that rotate apart end, with everybody, on one key, and what was said under the other opens", () => {
  const world = new World("private", seeded(6));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  world.do(alice, { kind: "rotate" });
  world.post(alice, "under alice's");
  world.do(bob, { kind: "rotate" });
  world.post(bob, "under bob's");
  world.settle();
  const current = [alice, bob, carol].map(({ record }) => record.aesKey);
  deepStrictEqual([current[1], current[2]], [current[0], current[0]]);
  for (const member of [alice, bob, carol]) {
    deepStrictEqual(textsOf(member), ["under alice's", "under bob's"]);
  }
});

Deno.test("Who was away for more rotations than a ring holds reads what was said under each", () => {
  const world = new World("private", seeded(16));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  const said = Array.from({ length: 100 }, (_, i) => `under ${String(i).padStart(3, "0")}`);
  for (const text of said) {
    world.do(alice, { kind: "rotate" });
    world.post(alice, text);
    world.settle([alice, carol]);
  }
  // A long feed comes in pieces: keys before what lies under them.
  const leaves = [...alice.feed].filter(([path]) => !path.startsWith("msgs/"))
    .map(([path, value]) => ({ path, value }));
  world.do(bob, { kind: "leaves", feed: alice.pair.pk, leaves });
  world.settle();
  world.restart(bob);
  world.post(carol, "last");
  world.settle();
  for (const member of [alice, bob, carol]) deepStrictEqual(textsOf(member), ["last", ...said]);
});

Deno.test("Who begins anew with a key that was replaced meanwhile learns the roster under the new one", () => {
  const world = new World("private", seeded(15));
  const [alice, bob, carol, dora] = [world.founder, world.join(), world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  world.lose(dora, alice);
  world.do(bob, { kind: "rotate" }); // the rotation is bob's, and that bob decides lies under its key
  world.settle([bob, carol]);
  world.settle();
  deepStrictEqual(rosterOf(dora), rosterOf(alice));
  deepStrictEqual(dora.record.aesKey, bob.record.aesKey);
});

Deno.test("Rotation by who was no admin any more is no one's key, whatever was known when it came", () => {
  const world = new World("private", seeded(16));
  const [alice, bob, carol, dora] = [world.founder, world.join(), world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  world.decide(alice, "admin", 2, bob);
  world.nowNs += 1n;
  world.do(bob, { kind: "rotate" }); // bob has not heard of it yet
  world.fetch(carol, bob);
  strictEqual(carol.record.keyEpoch, 1n);
  world.post(carol, "under bob's");
  world.settle([alice, carol, dora]);
  world.settle();
  for (const member of world.members) {
    strictEqual(member.record.keyEpoch, 0n);
    deepStrictEqual(textsOf(member), ["under bob's"]);
  }
});

Deno.test("Heartbeat that came before its key is not shown once it opens, nor left where its admin is none any more", () => {
  const world = new World("private", seeded(17));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  world.do(bob, { kind: "rotate" });
  world.do(bob, { kind: "tick" });
  const beat = [...bob.feed].find(([path]) => path.startsWith("msgs/"))!;
  world.do(carol, { kind: "leaves", feed: bob.pair.pk, leaves: [{ path: beat[0], value: beat[1] }] });
  world.settle();
  deepStrictEqual([carol.shown.size, carol.feed.has(beat[0])], [0, false]);
  world.decide(alice, "admin", 2, bob);
  world.settle();
  world.tick(30);
  ok(![...bob.feed.keys()].some((path) => path.startsWith(`msgs/${bob.pair.pk}/`)));
});

Deno.test("Admin that rotated without knowing of a removal is followed by another rotation", () => {
  const world = new World("private", seeded(7));
  const [alice, bob, carol, dora] = [world.founder, world.join(), world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  world.decide(alice, "roster", 2, dora);
  world.nowNs += 1_000_000_000n;
  world.do(bob, { kind: "rotate" }); // later than alice's, and dora is in it
  world.settle([alice, bob, carol]);
  world.tick(1);
  world.tick(40);
  world.tick(40);
  world.settle([alice, bob, carol]);
  world.post(carol, "secret");
  world.settle([alice, bob, carol]);
  const stolen = keysOf(ringOf(dora.record));
  world.fetch(dora, bob);
  const leaf = readLeaf(
    [...carol.feed].find(([path, value]) =>
      path.includes(carol.pair.pk) && openLeaf(readLeaf(value)!, keysOf(ringOf(alice.record))) === "secret"
    )![1],
  )!;
  strictEqual(openLeaf(leaf, [...stolen, ...keysOf(ringOf(dora.record))]), undefined);
});

Deno.test("Who was let in by one admin while another one rotated has the key that follows", () => {
  const world = new World("private", seeded(17));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  const dora = world.join(bob);
  world.nowNs += 1_000_000_000n;
  world.do(alice, { kind: "rotate" }); // later than that, and dora is not in it
  world.settle();
  const { keyEpoch } = alice.record;
  world.tick(1);
  world.settle();
  const all = [alice, bob, carol, dora];
  deepStrictEqual(all.map(({ record }) => record.keyEpoch), all.map(() => keyEpoch + 1n));
  world.post(carol, "for all");
  world.settle();
  for (const member of all) deepStrictEqual(textsOf(member), ["for all"]);
  for (let i = 0; i < 10; i++) world.tick(40);
  world.settle();
  strictEqual(dora.record.keyEpoch, keyEpoch + 1n, "and no other key");
});

Deno.test("Decisions of a private group lie sealed, and open for who comes after a rotation", () => {
  const world = new World("private", seeded(14));
  const alice = world.founder;
  world.join();
  world.do(alice, { kind: "rotate" });
  const current = [alice.record.aesKey];
  const leaves = [...alice.feed].filter(([path]) => path.startsWith("roster/"));
  ok(leaves.length > 0);
  for (const [, value] of leaves) ok(openGovernance(value, current));
});

Deno.test("Copies of a decision in a private group are one value, also after a rotation", () => {
  const world = new World("private", seeded(15));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  const decisions = (member: typeof alice): string[] =>
    [...member.feed].filter(([path]) => /^(roster|admin)/.test(path)).map(([, value]) => toHex(value)).sort();
  strictEqual(decisions(alice).length, 3, "two are added, one of them is made an admin");
  deepStrictEqual(decisions(bob), decisions(alice));
  deepStrictEqual(decisions(carol), decisions(alice));
  const before = decisions(alice);
  world.do(alice, { kind: "rotate" });
  world.settle();
  deepStrictEqual(decisions(bob), decisions(alice), "two admins seal them again, alike");
  ok(decisions(alice).every((value) => !before.includes(value)));
  deepStrictEqual(rosterOf(carol), rosterOf(alice));
});

Deno.test("Nonce of a sealed decision follows from key and text", () => {
  const [key, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const [text, next] = [utf8('{"op":1}'), utf8('{"op":2}')];
  const nonceOf = (value: Uint8Array): string => toHex(value.subarray(4, 16));
  deepStrictEqual(sealAlike(key, text), sealAlike(key, text));
  strictEqual(
    new Set([[key, text], [key, next], [other, text]].map(([k, t]) => nonceOf(sealAlike(k, t)))).size,
    3,
  );
  deepStrictEqual(openGovernance(sealAlike(key, text), [other, key]), text);
  strictEqual(openGovernance(sealAlike(key, text), [other]), undefined);
});

Deno.test("A key is replaced after its age, 7 days and up to a quarter of them, by one admin", () => {
  const dayNs = 86_400_000_000_000n;
  const world = new World("private", seeded(18));
  const [alice, bob] = [world.founder, world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  for (const [days, epoch] of [[6n, 0n], [3n, 1n], [6n, 1n]]) {
    world.nowNs += days * dayNs;
    for (let i = 0; i < 2; i++) {
      world.tick(30);
      world.settle();
    }
    deepStrictEqual([alice, bob].map(({ record }) => record.keyEpoch), [epoch, epoch]);
    deepStrictEqual(alice.record.aesKey, bob.record.aesKey);
  }
});

Deno.test("The first key is replaced, too, where its founder is gone: an admin that came later knows that it is as old as its own coming", () => {
  const dayNs = 86_400_000_000_000n;
  const world = new World("private", seeded(19));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.settle();
  world.decide(alice, "admin", 1, bob);
  world.settle();
  strictEqual(ringOf(bob.record)[0].issuedAtNs, 0n, "nobody says when it was made");
  for (const [days, epoch] of [[6n, 0n], [3n, 1n], [6n, 1n]]) {
    world.nowNs += days * dayNs;
    for (const member of [bob, carol]) world.do(member, { kind: "tick" });
    world.settle([bob, carol]);
    deepStrictEqual([bob, carol].map(({ record }) => record.keyEpoch), [epoch, epoch]);
  }
});

Deno.test("An admin that takes the last epoch there is for its key is put out all the same, and the group reads on", () => {
  const world = new World("private", seeded(20));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.decide(alice, "admin", 1, bob);
  world.settle();
  const members = [alice, bob, carol];
  const last = makeRotation(
    {
      groupId: GROUP,
      epoch: LAST_EPOCH,
      groupKey: new Uint8Array(32).fill(9),
      members: members.map(({ pair }) => pair.pk),
      issuedAtNs: world.nowNs + 1n,
    },
    bob.pair,
    world.random,
    hashSigner,
  );
  const leaf = { path: "keys/00099", value: encodeRotation(last) };
  for (const reader of members) world.do(reader, { kind: "leaves", feed: bob.pair.pk, leaves: [leaf] });
  world.settle();
  strictEqual(carol.record.keyEpoch, LAST_EPOCH);

  world.decide(alice, "roster", 2, bob);
  world.post(alice, "without bob");
  world.settle([alice, carol]);
  world.do(carol, { kind: "rotate" });
  deepStrictEqual(carol.refused, ["not an admin"]);
  world.do(alice, { kind: "rotate" });
  world.settle([alice, carol]);
  for (const member of [alice, carol]) world.restart(member); // the record can be read
  world.post(carol, "nor with bob");
  world.settle([alice, carol]);
  for (const member of [alice, carol]) {
    deepStrictEqual(textsOf(member).toSorted(), ["nor with bob", "without bob"]);
    deepStrictEqual(readGroupRecord(encodeGroupRecord(member.record))?.keyEpoch, LAST_EPOCH);
    deepStrictEqual(member.record.aesKey, alice.record.aesKey);
  }
  const bobs = keysOf(ringOf(bob.record)).map(toHex);
  ok(!bobs.includes(toHex(alice.record.aesKey)));
});

/** A key of an admin that some are not given. */
function withhold(world: World, issuer: Member, epoch: bigint, ...members: Member[]): FeedLeaf {
  world.nowNs += 1_000_000n;
  const key = { groupId: GROUP, epoch, groupKey: world.random.bytes(32), issuedAtNs: world.nowNs };
  const wrapped = { ...key, members: members.map(({ pair }) => pair.pk) };
  const value = encodeRotation(makeRotation(wrapped, issuer.pair, world.random, hashSigner));
  return { path: "keys/00009", value };
}

for (const epoch of [2n, 1000n, LAST_EPOCH]) {
  Deno.test(`Who is put out and has made a key of epoch ${epoch} that the founder has not reads nothing that is said after it`, () => {
    const world = new World("private", seeded(17));
    const [alice, bob, carol] = [world.founder, world.join(), world.join()];
    world.decide(alice, "admin", 1, bob);
    world.settle();
    const leaf = withhold(world, bob, epoch, bob, carol);
    for (const member of world.members) {
      world.do(member, { kind: "leaves", feed: bob.pair.pk, leaves: [leaf] });
    }
    world.settle();
    deepStrictEqual(carol.record.aesKey, bob.record.aesKey);
    world.decide(alice, "roster", 2, bob);
    world.settle();
    const stolen = keysOf(ringOf(bob.record));
    ok(!stolen.some((key) => toHex(key) === toHex(carol.record.aesKey)), "it is another key");
    deepStrictEqual(carol.record.aesKey, alice.record.aesKey);
  });
}

Deno.test("A key that an admin is not given is replaced by it, also one that comes behind the removal of who made it", () => {
  const world = new World("private", seeded(18));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.decide(alice, "admin", 1, bob);
  world.settle();
  const late = withhold(world, bob, 7n, bob, carol);
  world.decide(alice, "roster", 2, bob);
  world.settle();
  world.do(carol, { kind: "leaves", feed: carol.pair.pk, leaves: [late] });
  world.settle();
  strictEqual(carol.record.keyEpoch, 7n);
  world.tick(1, [alice, carol]);
  world.settle([alice, carol]);
  deepStrictEqual([carol.record.keyEpoch, carol.record.aesKey], [8n, alice.record.aesKey]);
  world.tick(60, [alice, carol]);
  world.settle([alice, carol]);
  strictEqual(alice.record.keyEpoch, 8n, "once");
});

Deno.test("A key that was made by who is out is replaced, also where it is wrapped for just those who are in", () => {
  const world = new World("private", seeded(22));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.decide(alice, "admin", 1, bob);
  world.settle();
  const made = withhold(world, bob, 7n, alice, carol);
  world.decide(alice, "roster", 2, bob); // bob's key comes to carol before this
  world.do(carol, { kind: "leaves", feed: bob.pair.pk, leaves: [made] });
  world.settle();
  deepStrictEqual([alice.record.keyEpoch, carol.record.keyEpoch], [7n, 7n]);
  world.tick(1, [alice, carol]);
  world.settle([alice, carol]);
  deepStrictEqual([alice.record.keyEpoch, carol.record.keyEpoch], [8n, 8n]);
});

for (const keys of ["", "d2"] as const) {
  Deno.test(`Who restarts behind more keys than a ring holds knows the roster at once${keys && ", in a D2 group as well"}`, () => {
    const world = new World("private", seeded(19), hashSigner, "private", keys);
    const [alice, bob, carol] = [world.founder, world.join(), world.join()];
    world.decide(alice, "admin", 1, bob);
    world.settle();
    const before = rosterOf(carol);
    for (let i = 0; i < KEY_RING_LENGTH + 4; i++) world.do(alice, { kind: "rotate" });
    world.settle();
    const size = carol.feed.size;
    world.restart(carol);
    deepStrictEqual(rosterOf(carol), before);
    deepStrictEqual(carol.follow.toSorted(), [alice.pair.pk, bob.pair.pk].sort());
    world.settle();
    strictEqual(carol.feed.size, size, "and writes none of it down once more");
  });
}

/** Keys that an admin makes for nobody whom the test asks. */
const emptyKeys = (world: World, { pair }: Member, count: number): FeedLeaf[] =>
  Array.from({ length: count }, (_, i) => {
    const none = { recipient: pair.pk, tag: new Uint8Array(0), sealed: Uint8Array.of(1), ephemeral: pair.pk };
    const body = { groupId: GROUP, epoch: 1n, wraps: [none], parentSeq: 0n, issuedAtNs: ++world.nowNs };
    const made = { ...body, issuer: pair.pk };
    const signature = hashSigner.sign(pair.secret, sha256(rotationPreimage(made)!));
    return { path: `keys/${10_000 + i}`, value: encodeRotation({ ...made, signature }) };
  });

Deno.test("Who restarts with very many keys has each of them, and copies none once more", () => {
  const world = new World("private", seeded(20));
  const [alice, bob] = [world.founder, world.join()];
  world.settle();
  const leaves = emptyKeys(world, alice, 270);
  const read = (): void => {
    for (let at = 0; at < leaves.length; at += 48) {
      world.do(bob, { kind: "leaves", feed: alice.pair.pk, leaves: leaves.slice(at, at + 48) });
    }
  };
  read();
  const size = bob.feed.size;
  for (let i = 0; i < 2; i++) {
    world.restart(bob);
    read();
  }
  strictEqual(bob.feed.size, size);
  bob.feed.set("keys/99999", leaves[0].value);
  world.restart(bob);
  strictEqual(bob.feed.size, size, "a copy of an older program is dropped");
});

Deno.test("An admin that floods with keys drives out its own, and reads nothing more once it is put out", () => {
  const world = new World("private", seeded(21));
  const [alice, bob, carol] = [world.founder, world.join(), world.join()];
  world.decide(alice, "admin", 1, bob);
  world.do(alice, { kind: "rotate" });
  world.settle();
  const last = withhold(world, bob, 3n, bob, carol);
  for (const { path, value } of emptyKeys(world, bob, 4_095)) carol.feed.set(path, value);
  world.restart(carol);
  for (const member of [alice, carol]) {
    world.do(member, { kind: "leaves", feed: bob.pair.pk, leaves: [last] });
  }
  const keysIn = ({ feed }: Member): number =>
    [...feed.keys()].filter((path) => path.startsWith("keys/")).length;
  deepStrictEqual([keysIn(carol), carol.record.keyEpoch], [4_096, 3n]);
  world.decide(alice, "roster", 2, bob);
  world.fetch(carol, alice);
  deepStrictEqual([carol.record.keyEpoch, carol.record.aesKey], [4n, alice.record.aesKey]);
  strictEqual(keysIn(carol), 4_096);
});
